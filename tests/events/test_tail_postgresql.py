"""What only PostgreSQL has: writers at the same time, several processes, and a connection that listens."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text, update

from app.db.session import Database
from app.db.tables.events import Event
from app.events.cursor import BEGINNING
from app.events.listener import APPLICATION_NAME
from app.events.tail import EventTail
from tests.events.conftest import NEVER
from tests.events.helpers import GUARD_SECONDS, commit, note, take_names

pytestmark = pytest.mark.parametrize("migrated_database", ["postgresql"], indirect=True)


@pytest.fixture
async def other_tail(other_process: Database) -> AsyncIterator[EventTail]:
    tail = EventTail(other_process, poll_seconds=NEVER)
    await tail.start()
    yield tail
    await tail.stop()


async def _listening_process(database: Database) -> int:
    """The server process of the one connection that listens to this database, as soon as it does."""
    statement = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = :name AND state = 'idle' AND query LIKE 'LISTEN%'"
    )
    async with asyncio.timeout(GUARD_SECONDS), database.read() as connection:
        while (pid := await connection.scalar(statement, {"name": APPLICATION_NAME})) is None:
            pass
    return int(pid)


async def test_transactions_that_commit_in_reverse_order_are_both_given(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        # given
        async with database.write() as late:
            await note(late, "began first")
            async with database.write() as early:
                await note(early, "committed first")
            committed_first = asyncio.ensure_future(anext(rows))
            async with database.read() as connection:  # it is there to be read...
                found = await connection.execute(select(Event.entity_id))
                assert found.scalars().all() == ["committed first"]
            # when
        # then
        async with asyncio.timeout(GUARD_SECONDS):
            first = await committed_first
        assert [first["entity_id"], *await take_names(rows, 1)] == ["began first", "committed first"]
        await commit(database, "last")
        assert await take_names(rows, 1) == ["last"]


async def test_an_older_transaction_that_appends_later_comes_first(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        async with database.write() as older:
            await older.execute(text("SELECT pg_current_xact_id()"))
            await commit(database, "younger")
            await note(older, "older")
        assert await take_names(rows, 2) == ["older", "younger"]


async def test_what_was_committed_before_is_not_new_though_unsettled(database: Database, tail: EventTail) -> None:
    async with database.write() as older:
        # given
        await note(older, "open")
        await commit(database, "before")

        # when
        rows = tail.subscribe()
        await rows.start()
        await commit(database, "after")

    # then
    assert await take_names(rows, 2) == ["open", "after"]
    await rows.aclose()


async def test_ends_waiting_when_the_older_transaction_rolls_back(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        async with database.write() as older:
            await note(older, "never")
            await commit(database, "a")
            await older.rollback()
        assert await take_names(rows, 1) == ["a"]


async def test_a_long_reading_transaction_delays_nothing(
    database: Database, tail: EventTail, other_process: Database
) -> None:
    async with other_process.engine.connect() as reader, tail.subscribe() as rows:
        await reader.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))  # as pg_dump does
        await reader.execute(select(Event.id))
        await commit(database, "a")
        assert await take_names(rows, 1) == ["a"]


async def test_another_process_hears_of_it(database: Database, tail: EventTail, other_tail: EventTail) -> None:
    async with other_tail.subscribe() as rows:
        await commit(database, "a")
        assert await take_names(rows, 1) == ["a"]
        await commit(database, "b")
        assert await take_names(rows, 1) == ["b"]


async def test_a_lost_listening_connection_is_made_anew(
    database: Database, tail: EventTail, other_process: Database
) -> None:
    async with tail.subscribe() as rows:
        # given
        pid = await _listening_process(database)
        writer = EventTail(other_process, poll_seconds=NEVER)
        await writer.start()

        # when
        async with other_process.read() as connection:
            ended = await connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        assert ended

        # then
        await commit(other_process, "while nobody listened")
        assert await take_names(rows, 1) == ["while nobody listened"]
        await commit(other_process, "heard again")
        assert await take_names(rows, 1) == ["heard again"]
        await writer.stop()


async def test_events_of_a_restored_dump_stand_before_new_ones(database: Database) -> None:
    # given
    await commit(database, "old 1", "old 2")
    async with database.write() as session:
        await session.execute(update(Event).values(transaction_id=2**40))

    # when
    tail = EventTail(database, poll_seconds=NEVER)
    await tail.start()

    # then
    async with tail.subscribe(after=BEGINNING) as rows:
        await commit(database, "new")
        assert await take_names(rows, 3) == ["old 1", "old 2", "new"]
    await tail.stop()
