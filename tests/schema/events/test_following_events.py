"""The subscription `events`, over graphql-transport-ws."""

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any

import pytest

from app.db.tables import Package
from app.enums import EventType, Visibility
from app.events.cursor import BEGINNING
from app.events.log import append
from app.public_ids import public_id
from tests import factories
from tests.schema.client import Client
from tests.schema.events.notes import note
from tests.schema.events.test_events import EVENTS
from tests.schema.uploads.conftest import token_of
from tests.server import Running

FOLLOW = """
subscription EverythingSince($after: String, $filter: EventFilter) {
  events(after: $after, filter: $filter) { cursor event { id type entityId occurredAt payload ipAddress } }
}
"""
FROM_THE_START = BEGINNING.encode()
SUBSCRIBERS = 200


async def taken(server: Running, count: int, token: str, **variables: Any) -> list[dict[str, Any]]:
    """The next events that a subscriber is told, each with its cursor."""
    async with server.subscribed(FOLLOW, variables, token=token) as events:
        return [(await events.next())["data"]["events"] for _ in range(count)]


def names(told: list[dict[str, Any]]) -> list[str]:
    return [each["event"]["payload"]["name"] for each in told]


async def publish(server: Running, package: Package, name: str) -> None:
    await note(server.services.database, EventType.PACKAGE_PUBLISHED, package, payload={"name": name})


async def test_tells_what_happens_with_ids_of_the_api(server: Running) -> None:
    # given
    token = await token_of(server, "reader")
    package = await factories.make_package(server.services.database)
    # when
    async with server.subscribed(FOLLOW, {"after": await server.head()}, token=token) as events:
        await publish(server, package, "tiny")
        told = (await events.next())["data"]["events"]["event"]
    # then
    assert (told["type"], told["entityId"]) == ("PACKAGE_PUBLISHED", public_id("Package", package.id))
    assert (told["payload"], told["ipAddress"]) == ({"name": "tiny"}, None)


async def test_goes_on_after_a_cursor_of_the_query(server: Running) -> None:
    # given
    token = await token_of(server, "reader")
    package = await factories.make_package(server.services.database)
    for name in ("first", "second", "third"):
        await publish(server, package, name)
    # when
    data = await server.post(EVENTS, {"filter": {"entityType": "PACKAGE"}}, token=token)
    edges = data["events"]["edges"]
    told = await taken(server, 2, token, after=edges[2]["cursor"])
    # then
    assert names(told) == ["second", "third"]
    assert [each["cursor"] for each in told] == [edges[1]["cursor"], edges[0]["cursor"]]


async def test_reconnecting_between_two_servers_misses_nothing_and_tells_nothing_twice(
    server: Running, other_server: Running
) -> None:
    # given
    chance = random.Random(7)
    servers = [server, other_server]
    token = await token_of(server, "reader")
    package = await factories.make_package(server.services.database)
    wanted = [str(number) for number in range(40)]

    async def write() -> None:
        for name in wanted:
            await publish(chance.choice(servers), package, name)

    async def follow() -> list[str]:
        found: list[str] = []
        cursor = FROM_THE_START
        while len(found) < len(wanted):
            count = min(chance.randint(1, 9), len(wanted) - len(found))
            filter = {"types": ["PACKAGE_PUBLISHED"]}
            told = await taken(chance.choice(servers), count, token, after=cursor, filter=filter)
            found += names(told)
            cursor = told[-1]["cursor"]
        return found

    # when
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        followers = [tasks.create_task(follow()) for _ in range(3)]
    # then
    assert [follower.result() for follower in followers] == [wanted] * 3


async def test_what_commits_late_is_told_in_its_place(server: Running) -> None:
    # given
    database = server.services.database
    if not database.is_postgresql:
        return  # one transaction writes at a time
    token = await token_of(server, "reader")
    package = await factories.make_package(database)
    await publish(server, package, "before")
    # when
    async with server.subscribed(FOLLOW, {"after": FROM_THE_START}, token=token) as events:
        [before] = names([(await events.next())["data"]["events"]])
        async with database.write() as late:
            await append(
                late,
                EventType.PACKAGE_PUBLISHED,
                actor_id=None,
                entity_type="Package",
                entity_id=package.id,
                payload={"name": "late"},
            )
            await publish(server, package, "early")
        told = [(await events.next())["data"]["events"] for _ in range(2)]
    again = await taken(server, 1, token, after=told[0]["cursor"])
    # then
    assert before == "before"
    assert names(told) == ["late", "early"]
    assert names(again) == ["early"]


async def test_tells_what_the_query_tells_under_the_same_filter(server: Running) -> None:
    # given
    database = server.services.database
    chance = random.Random(3)
    users = [await factories.make_user(database, f"user{number}") for number in range(3)]
    lab = await factories.make_organization(database, "lab")
    await factories.make_membership(database, lab, users[0])
    packages = [
        await factories.make_package(database, uploaded_by=users[1]),
        await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION),
    ]
    types = [EventType.PACKAGE_PUBLISHED, EventType.PACKAGE_SCORED, EventType.DOWNLOAD_RECORDED]
    for _ in range(30):
        await note(database, chance.choice(types), chance.choice(packages), actor=chance.choice(users))
    for user in users:
        token = (await Client(server.services).sign_in(user.username or "")).token
        assert token
        for filter in (
            {},
            {"types": ["PACKAGE_SCORED", "DOWNLOAD_RECORDED"]},
            {"actor": public_id("User", users[2].id)},
            {"entityId": public_id("Package", packages[0].id), "types": ["PACKAGE_PUBLISHED"]},
            {"organization": "public"},
        ):
            # when
            data = await server.post(EVENTS, {"filter": filter}, token=token)
            asked = [edge["node"]["id"] for edge in data["events"]["edges"]][::-1]
            told = await taken(server, len(asked), token, after=FROM_THE_START, filter=filter)
            # then
            assert [each["event"]["id"] for each in told] == asked


async def test_each_event_is_told_under_the_viewers_present_rights(server: Running) -> None:
    # given
    database = server.services.database
    leaver = await factories.make_user(database, "leaver")
    token = (await Client(server.services).sign_in("leaver")).token or ""
    lab = await factories.make_organization(database, "lab")
    membership = await factories.make_membership(database, lab, leaver)
    internal = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    public = await factories.make_package(database)
    async with server.subscribed(FOLLOW, {"after": await server.head()}, token=token) as events:
        await publish(server, internal, "told")
        assert names([(await events.next())["data"]["events"]]) == ["told"]
        # when
        async with database.write() as session:
            await session.delete(membership)
        await publish(server, internal, "hidden")
        await publish(server, public, "public")
        # then
        assert names([(await events.next())["data"]["events"]]) == ["public"]


async def test_many_subscribers_of_one_server_all_hear(server: Running) -> None:
    # given
    token = await token_of(server, "reader")
    package = await factories.make_package(server.services.database)
    after = await server.head()
    async with AsyncExitStack() as stack:
        subscribers = [
            await stack.enter_async_context(server.subscribed(FOLLOW, {"after": after}, token=token))
            for _ in range(SUBSCRIBERS)
        ]
        # when
        wanted = ["first", "second", "third"]
        for name in wanted:
            await publish(server, package, name)
        # then
        for subscriber in subscribers:
            assert names([(await subscriber.next())["data"]["events"] for _ in wanted]) == wanted


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"after": "nonsense"}, "INVALID_INPUT"),
        ({"after": "AAAAAAAAAAEAAAAAAAAAAQ"}, "INVALID_INPUT"),
        ({"filter": {"actor": "nonsense"}}, "INVALID_INPUT"),
        ({"filter": {"organization": "\0"}}, "INVALID_INPUT"),
    ],
)
async def test_what_cannot_be_is_refused(server: Running, variables: dict[str, Any], code: str) -> None:
    async with server.subscribed(FOLLOW, variables, token=await token_of(server, "reader")) as events:
        assert (await events.refusal())[0]["extensions"]["code"] == code


async def test_strangers_hear_nothing(server: Running) -> None:
    async with server.subscribed(FOLLOW) as events:
        assert (await events.refusal())[0]["extensions"]["code"] == "UNAUTHENTICATED"
