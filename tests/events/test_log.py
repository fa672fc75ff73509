"""Appending events."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables.events import Event
from app.enums import EventType, Visibility
from app.events.log import Origin, append
from tests.events.helpers import commit, roll_back
from tests.factories import make_user, public_organization_id


async def _events(database: Database) -> list[Event]:
    async with database.write() as session:
        return list(await session.scalars(select(Event).order_by(Event.id)))


async def test_stores_everything_given(database: Database) -> None:
    # given
    user = await make_user(database)
    organization_id = await public_organization_id(database)
    before = datetime.now(UTC)

    # when
    async with database.write() as session:
        await append(
            session,
            EventType.PACKAGE_UPDATED,
            actor_id=user.id,
            entity_type="Package",
            entity_id=user.id,
            organization_id=organization_id,
            payload={
                "id": user.id,
                "at": datetime(2026, 1, 2, tzinfo=UTC),
                "visibility": Visibility.PUBLIC,
                "n": [1, None],
            },
            origin=Origin("2001:db8::1", "curl/8 " + "x" * 600),
        )

    # then
    (event,) = await _events(database)
    assert (event.type, event.actor_id, event.organization_id) == (EventType.PACKAGE_UPDATED, user.id, organization_id)
    assert (event.entity_type, event.entity_id, event.project_id) == ("Package", str(user.id), None)
    assert event.payload == {
        "id": str(user.id),
        "at": "2026-01-02T00:00:00+00:00",
        "visibility": "PUBLIC",
        "n": [1, None],
    }
    assert event.ip_address == "2001:db8::1"
    assert event.user_agent == ("curl/8 " + "x" * 600)[:512]
    assert before <= event.occurred_at <= datetime.now(UTC)


async def test_stores_nothing_that_was_not_given(database: Database) -> None:
    await commit(database, "7")
    (event,) = await _events(database)
    assert (event.entity_id, event.payload, event.ip_address, event.user_agent) == ("7", {}, None, None)


async def test_refuses_what_json_cannot_hold(database: Database) -> None:
    async with database.write() as session:
        with pytest.raises(TypeError):
            await append(
                session,
                EventType.PACKAGE_UPDATED,
                actor_id=None,
                entity_type="Package",
                entity_id=UUID(int=1),
                payload={"what": object()},
            )


async def test_events_of_one_transaction_share_its_id(database: Database) -> None:
    # when
    await commit(database, "a", "b")
    await commit(database, "c")

    # then
    first, second, third = [event.transaction_id for event in await _events(database)]
    if database.is_postgresql:
        assert 0 < first == second < third
    else:
        assert first == second == third == 0


async def test_a_rolled_back_event_leaves_no_trace(database: Database) -> None:
    await roll_back(database, "a")
    assert await _events(database) == []


async def test_an_id_is_never_given_again(database: Database) -> None:
    # given
    await commit(database, "a")
    (first,) = await _events(database)

    # when
    async with database.write() as session:
        await session.delete(first)
    await commit(database, "b")

    # then
    (second,) = await _events(database)
    assert second.id > first.id
