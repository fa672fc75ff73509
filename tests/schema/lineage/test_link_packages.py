"""Linking packages."""

from itertools import pairwise

import pytest

from app.db.base import new_id, utc_now
from app.db.session import Database
from app.enums import EventType, Visibility
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import LINEAGE, LINK
from tests.schema.published import events, package_id


async def link(client: Client, parent, child, type_="FINE_TUNED_FROM"):
    ids = {"parentId": parent, "childId": child}
    given = {name: end if isinstance(end, str) else package_id(end) for name, end in ids.items()}
    return (await client.execute(LINK, input={**given, "relationshipType": type_}))["linkPackages"]


@pytest.fixture
async def grace(database: Database, client: Client) -> Client:
    """Has published packages."""
    await factories.make_user(database, "grace", can_upload=True)
    return await client.sign_in("grace")


async def own(database: Database, client: Client, how_many: int):
    viewer = await client.services.authenticator.viewer_of(client.token)
    return [await factories.make_package(database, uploaded_by=viewer.user_id) for _ in range(how_many)]


async def test_a_link_is_made_told_and_recorded(grace: Client, database: Database) -> None:
    # given
    parent = await factories.make_package(database)
    (child,) = await own(database, grace, 1)
    # when
    found = await link(grace, parent, child, "ADAPTER_OF")
    # then
    ends = {"parent": {"id": package_id(parent)}, "child": {"id": package_id(child)}}
    assert found == {"__typename": "LinkPackagesPayload", "edge": {**ends, "relationshipType": "ADAPTER_OF"}}
    (event,) = await events(database, EventType.LINEAGE_LINKED)
    assert event.entity_id == str(child.id)
    assert event.payload == {
        "parentId": package_id(parent),
        "childId": package_id(child),
        "relationshipType": "ADAPTER_OF",
        "isProposed": False,
    }
    graph = (await grace.execute(LINEAGE, id=package_id(child)))["node"]["lineage"]
    assert graph["nodeCount"] == 2


async def test_a_cycle_is_refused_with_its_chain(grace: Client, database: Database) -> None:
    # given: the chain from the child to the parent passes a deleted package, which is not named
    first, last = await own(database, grace, 2)
    gone = await factories.make_package(database, deleted_at=utc_now())
    middle = await factories.make_package(database)
    await factories.make_edges(database, list(pairwise([first.id, gone.id, middle.id, last.id])))
    # when
    found = await link(grace, last, first)
    # then
    shown = [{"id": package_id(of), "name": of.name, "version": of.version} for of in (first, middle, last)]
    assert (found["code"], found["path"], found["chain"]) == ("CONFLICT", ["input", "parentId"], shown)
    assert not await events(database, EventType.LINEAGE_LINKED)


async def test_the_same_link_twice_conflicts(grace: Client, database: Database) -> None:
    parent, child = await own(database, grace, 2)
    await link(grace, parent, child)
    again = await link(grace, parent, child)
    assert (again["code"], again["chain"]) == ("CONFLICT", [])


async def test_a_package_and_itself_are_invalid(grace: Client, database: Database) -> None:
    (package,) = await own(database, grace, 1)
    found = await link(grace, package, package)
    assert (found["code"], found["path"]) == ("INVALID_INPUT", ["input", "parentId"])


async def test_another_ones_child_is_forbidden(ada: Client, database: Database) -> None:
    parent, child = [await factories.make_package(database) for _ in range(2)]
    found = await link(ada, parent, child)
    assert (found["code"], found["path"]) == ("FORBIDDEN", ["input", "childId"])


async def test_what_is_hidden_is_not_found_like_what_is_missing(grace: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    secret = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    (child,) = await own(database, grace, 1)
    # when
    answers = [await link(grace, parent, child) for parent in (secret, new_id(), "nonsense", f"usr_{new_id().hex}")]
    # then
    assert {(answer["code"], *answer["path"]) for answer in answers} == {("NOT_FOUND", "input", "parentId")}
    assert answers[0] == answers[1]


async def test_strangers_are_refused(client: Client, database: Database) -> None:
    parent, child = [await factories.make_package(database) for _ in range(2)]
    assert (await link(client, parent, child))["code"] == "UNAUTHENTICATED"
