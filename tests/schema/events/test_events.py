"""The query `events`."""

from typing import Any

import pytest
from sqlalchemy import update

from app.db.base import utc_now
from app.db.tables import Event, Package
from app.enums import EventType, OrganizationRole, Visibility
from app.events.cursor import parse_cursor
from app.events.log import Origin, append
from app.public_ids import public_id
from schema.context import Services
from tests import factories
from tests.schema.client import HERE, Answer, Client
from tests.schema.events.notes import note

EVENTS = """
query Events($filter: EventFilter, $first: Int = 50, $last: Int, $after: String, $before: String) {
  events(first: $first, last: $last, after: $after, before: $before, filter: $filter) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage }
    edges {
      cursor
      node { id type actor { username } entityType entityId payload ipAddress userAgent occurredAt }
    }
  }
}
"""
BESIDE = Origin("198.51.100.7", "somebody else's")


def nodes(answer: Answer) -> list[dict[str, Any]]:
    return [edge["node"] for edge in answer["events"]["edges"]]


def types(answer: Answer) -> list[str]:
    return [node["type"] for node in nodes(answer)]


async def test_an_administrator_sees_everything_newest_first(client: Client) -> None:
    # given
    database = client.services.database
    admin = await factories.make_user(database, "admin", is_admin=True)
    package = await factories.make_package(database, "tiny")
    await note(database, EventType.USER_SIGNED_IN, admin, actor=admin, payload={"sessionId": "ses_1"})
    await note(database, EventType.PACKAGE_PUBLISHED, package, payload={"name": "tiny"})
    # when
    answer = await (await client.sign_in("admin")).execute(EVENTS)
    # then
    assert answer["events"]["totalCount"] == 2
    published, signed_in = nodes(answer)
    assert published["entityId"] == public_id("Package", package.id)
    assert (published["type"], published["entityType"], published["actor"]) == ("PACKAGE_PUBLISHED", "PACKAGE", None)
    assert published["payload"] == {"name": "tiny"}
    assert signed_in["actor"] == {"username": "admin"}
    assert (signed_in["entityType"], signed_in["entityId"]) == ("USER", public_id("User", admin.id))
    assert (signed_in["ipAddress"], signed_in["userAgent"]) == (HERE.ip_address, HERE.user_agent)


async def test_an_event_is_found_by_its_id_by_those_who_see_it(client: Client) -> None:
    # given
    database = client.services.database
    one, _ = [await factories.make_user(database, name) for name in ("one", "other")]
    await note(database, EventType.USER_SIGNED_IN, one, actor=one)
    one_client, other_client = await client.sign_in("one"), await client.sign_in("other")
    [event] = nodes(await one_client.execute(EVENTS))
    # when
    query = "query ($id: ID!) { node(id: $id) { ... on Event { type entityId } } }"
    found = await one_client.execute(query, id=event["id"])
    hidden = await other_client.execute(query, id=event["id"])
    # then
    assert found["node"] == {"type": "USER_SIGNED_IN", "entityId": public_id("User", one.id)}
    assert hidden["node"] is None


async def test_pages_go_both_ways_and_meet_every_event_once(client: Client) -> None:
    # given
    database = client.services.database
    admin = await factories.make_user(database, "admin", is_admin=True)
    for _ in range(7):
        await note(database, EventType.USER_SIGNED_IN, admin, actor=admin)
    reader = await client.sign_in("admin")
    whole = [node["id"] for node in nodes(await reader.execute(EVENTS))]
    # when
    forwards, cursor = [], None
    for _ in range(3):
        answer = await reader.execute(EVENTS, first=3, after=cursor)
        forwards += [node["id"] for node in nodes(answer)]
        cursor = answer["events"]["edges"][-1]["cursor"]
    backwards: list[str] = []
    cursor = None
    for _ in range(3):
        answer = await reader.execute(EVENTS, first=None, last=3, before=cursor)
        backwards = [node["id"] for node in nodes(answer)] + backwards
        cursor = answer["events"]["edges"][0]["cursor"]
    # then
    assert len(whole) == 7
    assert forwards == whole
    assert backwards == whole
    assert not answer["events"]["pageInfo"]["hasPreviousPage"]


async def test_cursors_are_places_in_the_log(client: Client) -> None:
    # given
    database = client.services.database
    admin = await factories.make_user(database, "admin", is_admin=True)
    await note(database, EventType.USER_SIGNED_IN, admin, actor=admin)
    # when
    answer = await (await client.sign_in("admin")).execute(EVENTS)
    # then
    [edge] = answer["events"]["edges"]
    assert edge["node"]["id"] == f"evt_{parse_cursor(edge['cursor']).id}"


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize("cursor", ["nonsense", "AAAAAAAAAAEAAAAAAAAAAQ"])
async def test_an_unknown_cursor_is_invalid(client: Client, argument: str, cursor: str) -> None:
    # given
    await factories.make_user(client.services.database, "reader")
    # when
    answer = await (await client.sign_in("reader")).execute(EVENTS, {argument: cursor})
    # then
    assert answer.code == "INVALID_INPUT"
    assert f"`{argument}`" in answer.errors[0]["message"]


async def test_what_is_not_settled_yet_is_not_told(client: Client) -> None:
    # given
    database = client.services.database
    if not database.is_postgresql:
        return  # one transaction writes at a time: nothing can come to stand before what has committed
    admin = await factories.make_user(database, "admin", is_admin=True)
    reader = await client.sign_in("admin")
    async with database.write() as earlier:
        await append(earlier, EventType.USER_SIGNED_IN, actor_id=admin.id, entity_type="User", entity_id=admin.id)
        await note(database, EventType.USER_SIGNED_OUT, admin, actor=admin)
        # when
        during = await reader.execute(EVENTS)
    after = await reader.execute(EVENTS)
    # then
    assert (types(during), during["events"]["totalCount"]) == ([], 0)
    assert types(after) == ["USER_SIGNED_OUT", "USER_SIGNED_IN"]


async def test_filters_compose(client: Client) -> None:
    # given
    database = client.services.database
    admin = await factories.make_user(database, "admin", is_admin=True)
    other = await factories.make_user(database, "other")
    lab = await factories.make_organization(database, "lab")
    package = await factories.make_package(database, organization=lab)
    await note(database, EventType.USER_SIGNED_IN, admin, actor=admin)
    await note(database, EventType.USER_SIGNED_IN, other, actor=other)
    await note(database, EventType.ORGANIZATION_CREATED, lab, actor=other, organization_id=lab.id)
    await note(database, EventType.PACKAGE_PUBLISHED, package, actor=other)
    await note(database, EventType.PACKAGE_SCORED, package)
    async with database.write() as session:
        old = utc_now().replace(year=2020)
        await session.execute(update(Event).where(Event.type == EventType.PACKAGE_SCORED).values(occurred_at=old))
    reader = await client.sign_in("admin")

    async def found(**filter: Any) -> list[str]:
        answer = await reader.execute(EVENTS, filter=filter)
        assert answer["events"]["totalCount"] == len(nodes(answer))
        return types(answer)

    # when / then
    other_id, package_id = public_id("User", other.id), public_id("Package", package.id)
    signed_in, created, published, scored = (
        "USER_SIGNED_IN",
        "ORGANIZATION_CREATED",
        "PACKAGE_PUBLISHED",
        "PACKAGE_SCORED",
    )
    assert await found(types=[published, created]) == [published, created]
    assert await found(types=[]) == []
    assert await found(actor=other_id) == [published, created, signed_in]
    assert await found(actor=other_id, types=[signed_in]) == [signed_in]
    assert await found(entityType="PACKAGE") == [scored, published]
    assert await found(entityId=package_id) == [scored, published]
    assert await found(entityId=other_id) == [signed_in]
    assert await found(organization="lab") == [scored, published, created]
    assert await found(organization="no-such") == []
    assert await found(to="2021-01-01T00:00:00Z") == [scored]
    assert await found(**{"from": "2021-01-01T00:00:00Z"}, entityType="PACKAGE") == [published]
    assert len(await found(types=None, actor=None, entityId=None)) == 5


@pytest.mark.parametrize(
    "filter",
    [{"actor": "pkg_1"}, {"actor": "nonsense"}, {"entityId": "ses_1"}, {"entityId": ""}, {"organization": "\0"}],
)
async def test_impossible_filters_are_invalid(client: Client, filter: dict[str, Any]) -> None:
    # given
    await factories.make_user(client.services.database, "reader")
    # when
    answer = await (await client.sign_in("reader")).execute(EVENTS, filter=filter)
    # then
    assert answer.code == "INVALID_INPUT"


async def test_strangers_see_nothing(client: Client) -> None:
    assert (await client.execute(EVENTS)).code == "UNAUTHENTICATED"


async def test_one_sees_what_happened_to_ones_own_account(client: Client) -> None:
    # given
    database = client.services.database
    one, admin = await factories.make_user(database, "one"), await factories.make_user(database, "admin", is_admin=True)
    await note(database, EventType.USER_SIGNED_IN, one, actor=one)
    await note(database, EventType.USER_SIGN_IN_FAILED, one, origin=BESIDE)
    await note(database, EventType.USER_PERMISSIONS_CHANGED, one, actor=admin, origin=BESIDE)
    await note(database, EventType.USER_SIGNED_IN, admin, actor=admin)
    # when
    answer = await (await client.sign_in("one")).execute(EVENTS)
    # then
    shown = [(node["type"], node["ipAddress"], node["userAgent"]) for node in nodes(answer)]
    assert shown == [
        ("USER_PERMISSIONS_CHANGED", None, None),
        ("USER_SIGN_IN_FAILED", BESIDE.ip_address, BESIDE.user_agent),
        ("USER_SIGNED_IN", HERE.ip_address, HERE.user_agent),
    ]
    assert answer["events"]["totalCount"] == 3


async def test_a_sign_in_by_an_unknown_name_is_for_administrators_and_about_nobody(client: Client) -> None:
    # given
    database = client.services.database
    await factories.make_user(database, "admin", is_admin=True)
    await factories.make_user(database, "reader")
    async with database.write() as session:
        await append(
            session, EventType.USER_SIGN_IN_FAILED, actor_id=None, entity_type="User", entity_id="unknown", origin=HERE
        )
    # when
    [shown] = nodes(await (await client.sign_in("admin")).execute(EVENTS))
    hidden = await (await client.sign_in("reader")).execute(EVENTS)
    # then
    assert (shown["entityType"], shown["entityId"], shown["ipAddress"]) == ("USER", None, HERE.ip_address)
    assert nodes(hidden) == []


async def test_an_organizations_managers_see_its_events_and_members_only_their_own(client: Client) -> None:
    # given
    database = client.services.database
    lab = await factories.make_organization(database, "lab")
    users = {}
    for role in OrganizationRole:
        users[role] = await factories.make_user(database, role.lower())
        await factories.make_membership(database, lab, users[role], role)
    await factories.make_user(database, "outsider")
    project = await factories.make_project(database, lab)
    owner, member = users[OrganizationRole.OWNER], users[OrganizationRole.MEMBER]
    await note(database, EventType.ORGANIZATION_UPDATED, lab, actor=owner, organization_id=lab.id)
    await note(database, EventType.PROJECT_CREATED, project, actor=owner, project_id=project.id)
    await note(database, EventType.ORGANIZATION_MEMBER_REMOVED, lab, actor=member, organization_id=lab.id)
    # when
    found = {name: await (await client.sign_in(name)).execute(EVENTS) for name in (*map(str.lower, users), "outsider")}
    # then
    whole = ["ORGANIZATION_MEMBER_REMOVED", "PROJECT_CREATED", "ORGANIZATION_UPDATED"]
    assert {name: types(answer) for name, answer in found.items()} == {
        "owner": whole,
        "admin": whole,
        "member": ["ORGANIZATION_MEMBER_REMOVED"],
        "viewer": [],
        "outsider": [],
    }
    assert [node["ipAddress"] for node in nodes(found["admin"])] == [HERE.ip_address] * 3


async def test_what_happens_to_a_package_is_told_to_who_sees_it_at_present(client: Client) -> None:
    # given
    database = client.services.database
    lab = await factories.make_organization(database, "lab")
    member = await factories.make_user(database, "member")
    membership = await factories.make_membership(database, lab, member)
    await factories.make_user(database, "outsider")
    package = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    await note(database, EventType.PACKAGE_PUBLISHED, package, actor=None)
    inside, outside = await client.sign_in("member"), await client.sign_in("outsider")
    # when / then
    [seen] = nodes(await inside.execute(EVENTS))
    assert (seen["type"], seen["ipAddress"], seen["userAgent"]) == ("PACKAGE_PUBLISHED", None, None)
    assert nodes(await outside.execute(EVENTS)) == []
    # when / then
    async with database.write() as session:
        await session.delete(membership)
    assert nodes(await inside.execute(EVENTS)) == []
    # when / then
    async with database.write() as session:
        await session.execute(update(Package).values(visibility=Visibility.PUBLIC))
    assert types(await outside.execute(EVENTS)) == ["PACKAGE_PUBLISHED"]
    # when / then
    async with database.write() as session:
        await session.execute(update(Package).values(deleted_at=utc_now()))
    assert nodes(await outside.execute(EVENTS)) == []


async def test_downloads_are_told_to_who_made_them_to_the_managers_and_to_administrators(client: Client) -> None:
    # given
    database = client.services.database
    people = {name: await factories.make_user(database, name) for name in ("uploader", "downloader", "reader")}
    await factories.make_user(database, "admin", is_admin=True)
    package = await factories.make_package(database, uploaded_by=people["uploader"])
    await note(
        database, EventType.DOWNLOAD_RECORDED, package, actor=people["downloader"], payload={"denialReason": "x"}
    )
    # when
    found = {name: nodes(await (await client.sign_in(name)).execute(EVENTS)) for name in (*people, "admin")}
    # then
    assert {name: [node["ipAddress"] for node in shown] for name, shown in found.items()} == {
        "uploader": [HERE.ip_address],
        "downloader": [HERE.ip_address],
        "reader": [],
        "admin": [HERE.ip_address],
    }


async def test_who_manages_a_package_does_not_learn_from_where_it_was_rated(client: Client) -> None:
    # given
    database = client.services.database
    uploader, rater = [await factories.make_user(database, name) for name in ("uploader", "rater")]
    package = await factories.make_package(database, uploaded_by=uploader)
    await note(database, EventType.PACKAGE_RATED, package, actor=rater)
    # when
    [shown] = nodes(await (await client.sign_in("uploader")).execute(EVENTS))
    # then
    assert (shown["actor"], shown["ipAddress"], shown["userAgent"]) == ({"username": "rater"}, None, None)


async def test_a_link_is_told_to_who_sees_both_ends(client: Client) -> None:
    # given
    database = client.services.database
    lab = await factories.make_organization(database, "lab")
    await factories.make_membership(database, lab, await factories.make_user(database, "member"))
    await factories.make_user(database, "outsider")
    parent = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    child = await factories.make_package(database)
    payload = {"parentId": public_id("Package", parent.id), "childId": public_id("Package", child.id)}
    await note(database, EventType.LINEAGE_LINKED, child, payload=payload)
    # when
    inside = await (await client.sign_in("member")).execute(EVENTS)
    outside = await (await client.sign_in("outsider")).execute(EVENTS)
    # then
    assert types(inside) == ["LINEAGE_LINKED"]
    assert (nodes(outside), outside["events"]["totalCount"]) == ([], 0)


async def test_without_the_right_to_search_one_sees_only_ones_own_packages(client: Client) -> None:
    # given
    database = client.services.database
    uploader = await factories.make_user(database, "uploader", can_search=False)
    own, other = await factories.make_package(database, uploaded_by=uploader), await factories.make_package(database)
    for package in (own, other):
        await note(database, EventType.PACKAGE_SCORED, package)
    # when
    answer = await (await client.sign_in("uploader")).execute(EVENTS)
    # then
    assert [node["entityId"] for node in nodes(answer)] == [public_id("Package", own.id)]


async def test_an_api_keys_events_are_its_owners(client: Client) -> None:
    # given
    database = client.services.database
    for name in ("owner", "other"):
        await factories.make_user(database, name)
    owner = await client.sign_in("owner")
    create = """mutation { createApiKey(input: {name: "ci", scopes: [SEARCH]}) {
      ... on CreateApiKeyPayload { apiKey { id } } } }"""
    key_id = (await owner.execute(create))["createApiKey"]["apiKey"]["id"]
    # when
    [shown] = nodes(await owner.execute(EVENTS))
    hidden = await (await client.sign_in("other")).execute(EVENTS, filter={"entityId": key_id})
    # then
    assert (shown["type"], shown["entityType"], shown["entityId"]) == ("API_KEY_CREATED", "API_KEY", key_id)
    assert hidden["events"]["totalCount"] == 0


async def test_types_of_a_newer_version_are_passed_over(services: Services, client: Client) -> None:
    # given
    database = services.database
    admin = await factories.make_user(database, "admin", is_admin=True)
    await note(database, EventType.USER_SIGNED_IN, admin, actor=admin)
    await note(database, EventType.USER_SIGNED_OUT, admin, actor=admin)
    async with database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE events SET type = 'FROM_THE_FUTURE' WHERE type = 'USER_SIGNED_OUT'")
    # when
    answer = await (await client.sign_in("admin")).execute(EVENTS)
    # then
    assert (types(answer), answer["events"]["totalCount"]) == (["USER_SIGNED_IN"], 1)
