"""Who belongs to an organization, and as what."""

import asyncio
from typing import Any

import pytest

from app.db.session import Database
from app.enums import EventType
from app.public_ids import public_id
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, user_id

ADD = """mutation ($user: ID!, $role: OrganizationRole! = MEMBER, $slug: String! = "acme") {
  addOrganizationMember(input: {organization: $slug, userId: $user, role: $role}) {
    __typename
    ... on AddOrganizationMemberPayload { organization { members(first: 10) { edges { role node { username } } } } }
    ... on Error { code message path }
  }
}"""
CHANGE = """mutation ($user: ID!, $role: OrganizationRole!) {
  changeOrganizationRole(input: {organization: "acme", userId: $user, role: $role}) {
    __typename
    ... on ChangeOrganizationRolePayload { organization { slug viewerRole } }
    ... on Error { code message path }
  }
}"""
REMOVE = """mutation ($user: ID!) {
  removeOrganizationMember(input: {organization: "acme", userId: $user}) {
    __typename
    ... on RemoveOrganizationMemberPayload { organization { slug } }
    ... on Error { code message path }
  }
}"""
ROLES = ("owner", "admin", "member", "viewer")


@pytest.fixture
async def users(client: Client, database: Database) -> dict[str, Any]:
    """acme's owner, admin, member and viewer, an outsider and an administrator, each by that name."""
    acme = await factories.make_organization(database, "acme")
    users = {name: await factories.make_user(database, name) for name in (*ROLES, "outsider")}
    for role in ROLES:
        await factories.make_membership(database, acme, users[role], role.upper())
    return users | {"root": await factories.make_user(database, "root", is_admin=True), "acme": acme}


@pytest.fixture
async def people(client: Client, users: dict[str, Any]) -> dict[str, Client]:
    """The users, signed in, and nobody."""
    return {"nobody": client} | {name: await client.sign_in(name) for name in users if name != "acme"}


async def members_of(client: Client) -> dict[str, str]:
    """Roles by username, as an administrator sees them."""
    query = '{ organization(slug: "acme") { members { edges { role node { username } } } } }'
    found = (await (await client.sign_in("root")).execute(query))["organization"]
    return {edge["node"]["username"]: edge["role"] for edge in found["members"]["edges"]}


async def test_a_member_is_added_and_sees_the_organization(
    people: dict[str, Client], users: dict[str, Any], database: Database
) -> None:
    # when
    answer = await people["admin"].execute(ADD, user=user_id(users["outsider"]), role="VIEWER")

    # then
    edges = answer["addOrganizationMember"]["organization"]["members"]["edges"]
    assert {"role": "VIEWER", "node": {"username": "outsider"}} in edges
    seen = await people["outsider"].execute('{ organization(slug: "acme") { viewerRole } }')
    assert seen["organization"] == {"viewerRole": "VIEWER"}
    [event] = await events(database, EventType.ORGANIZATION_MEMBER_ADDED)
    assert event.payload == {"userId": public_id("User", users["outsider"].id), "role": "VIEWER"}


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("nobody", "MEMBER", "UNAUTHENTICATED"),
        ("outsider", "MEMBER", "NOT_FOUND"),
        ("viewer", "VIEWER", "FORBIDDEN"),
        ("member", "MEMBER", "FORBIDDEN"),
        ("admin", "ADMIN", None),
        ("admin", "OWNER", "FORBIDDEN"),
        ("owner", "OWNER", None),
        ("root", "OWNER", None),
    ],
)
async def test_managers_add_members_and_owners_owners(
    people: dict[str, Client], users: dict[str, Any], by: str, role: str, code: str | None
) -> None:
    answer = await people[by].execute(ADD, user=user_id(users["outsider"]), role=role)
    assert answer["addOrganizationMember"].get("code") == code


async def test_nobody_is_added_twice_and_no_account_never(people: dict[str, Client], users: dict[str, Any]) -> None:
    twice = await people["owner"].execute(ADD, user=user_id(users["viewer"]))
    unknown = await people["owner"].execute(ADD, user="usr_" + "0" * 32)
    results = [answer["addOrganizationMember"] for answer in (twice, unknown)]
    assert [result["code"] for result in results] == ["CONFLICT", "NOT_FOUND"]
    assert [result["path"] for result in results] == [["input", "userId"]] * 2


@pytest.mark.parametrize(
    ("by", "whose", "role", "code"),
    [
        ("nobody", "member", "VIEWER", "UNAUTHENTICATED"),
        ("outsider", "member", "VIEWER", "NOT_FOUND"),
        ("member", "member", "ADMIN", "FORBIDDEN"),
        ("admin", "member", "ADMIN", None),
        ("admin", "admin", "OWNER", "FORBIDDEN"),
        ("admin", "owner", "MEMBER", "FORBIDDEN"),
        ("owner", "admin", "OWNER", None),
        ("owner", "owner", "MEMBER", "CONFLICT"),
        ("owner", "owner", "OWNER", None),
        ("root", "owner", "MEMBER", "CONFLICT"),
        ("owner", "outsider", "MEMBER", "NOT_FOUND"),
    ],
)
async def test_roles_are_changed_by_standing(
    people: dict[str, Client], users: dict[str, Any], by: str, whose: str, role: str, code: str | None
) -> None:
    # when
    answer = await people[by].execute(CHANGE, user=user_id(users[whose]), role=role)

    # then
    assert answer["changeOrganizationRole"].get("code") == code
    if code is None:
        assert (await members_of(people["nobody"]))[whose] == role


@pytest.mark.parametrize(
    ("by", "whose", "code"),
    [
        ("nobody", "member", "UNAUTHENTICATED"),
        ("outsider", "member", "NOT_FOUND"),
        ("viewer", "member", "FORBIDDEN"),
        ("viewer", "viewer", None),
        ("admin", "member", None),
        ("admin", "owner", "FORBIDDEN"),
        ("owner", "owner", "CONFLICT"),
        ("owner", "outsider", "NOT_FOUND"),
        ("outsider", "outsider", "NOT_FOUND"),
        ("root", "admin", None),
    ],
)
async def test_members_are_removed_by_standing_and_may_leave(
    people: dict[str, Client], users: dict[str, Any], by: str, whose: str, code: str | None
) -> None:
    # when
    answer = await people[by].execute(REMOVE, user=user_id(users[whose]))

    # then
    assert answer["removeOrganizationMember"].get("code") == code
    assert (whose in await members_of(people["nobody"])) == (code is not None and whose != "outsider")


async def test_who_is_removed_leaves_the_projects_too(
    people: dict[str, Client], users: dict[str, Any], database: Database
) -> None:
    # given
    project = await factories.make_project(database, users["acme"], "fraud")
    await factories.make_project_member(database, project, users["member"])
    query = '{ organization(slug: "acme") { id } project(organization: "acme", slug: "fraud") { id } }'
    assert all((await people["member"].execute(query)).data.values())

    # when
    await people["owner"].execute(REMOVE, user=user_id(users["member"]))

    # then
    assert (await people["member"].execute(query)).data == {"organization": None, "project": None}
    await people["owner"].execute(ADD, user=user_id(users["member"]))
    assert (await people["member"].execute(query))["project"] is None


async def test_two_owners_who_leave_at_once_leave_one(
    people: dict[str, Client], users: dict[str, Any], database: Database
) -> None:
    # given
    await people["owner"].execute(CHANGE, user=user_id(users["admin"]), role="OWNER")

    # when
    answers = await asyncio.gather(
        people["owner"].execute(REMOVE, user=user_id(users["owner"])),
        people["admin"].execute(CHANGE, user=user_id(users["admin"]), role="MEMBER"),
    )

    # then
    names = sorted(next(iter((answer.data or {}).values()))["__typename"] for answer in answers)
    assert names[0] == "Conflict" or names[1] == "Conflict"
    assert list((await members_of(people["nobody"])).values()).count("OWNER") == 1


async def test_an_owner_who_is_deleted_and_one_who_leaves_leave_one(
    people: dict[str, Client], users: dict[str, Any]
) -> None:
    # given
    await people["owner"].execute(CHANGE, user=user_id(users["admin"]), role="OWNER")
    delete = "mutation ($user: ID!) { deleteUser(input: {userId: $user}) { __typename } }"

    # when
    answers = await asyncio.gather(
        people["owner"].execute(delete, user=user_id(users["owner"])),
        people["admin"].execute(REMOVE, user=user_id(users["admin"])),
    )

    # then
    assert [answer.errors for answer in answers] == [[], []]
    assert list((await members_of(people["nobody"])).values()).count("OWNER") == 1


async def test_one_account_added_by_several_at_once_is_added_once(
    people: dict[str, Client], users: dict[str, Any]
) -> None:
    answers = await asyncio.gather(*(people["owner"].execute(ADD, user=user_id(users["outsider"])) for _ in range(4)))
    names = sorted(answer["addOrganizationMember"]["__typename"] for answer in answers)
    assert names == ["AddOrganizationMemberPayload"] + ["Conflict"] * 3
