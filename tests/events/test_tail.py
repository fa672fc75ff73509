"""Following the event log as it grows, on one process and on several."""

import asyncio
import weakref
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from app.db.session import Database
from app.enums import EventType
from app.errors import InvalidInput
from app.events.cursor import BEGINNING, EventCursor, parse_cursor
from app.events.subscription import SlowConsumer
from app.events.tail import EventTail
from tests.events.conftest import NEVER
from tests.events.helpers import GUARD_SECONDS, commit, note, roll_back, take, take_names

ABSENT = EventCursor(2**62, 2**62)


async def test_gives_what_commits_from_now_on(database: Database, tail: EventTail) -> None:
    # given
    await commit(database, "before")

    # when
    async with tail.subscribe() as rows:
        await commit(database, "a", "b")
        await commit(database, "c")

        # then
        assert await take_names(rows, 3) == ["a", "b", "c"]


async def test_an_event_has_all_that_visibility_is_judged_by(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        await commit(database, "a", type=EventType.PACKAGE_SCORED)
        (row,) = await take(rows, 1)
    assert row["type"] is EventType.PACKAGE_SCORED
    assert (row["entity_type"], row["entity_id"], row["payload"]) == ("Package", "a", {})
    assert (row["actor_id"], row["organization_id"], row["project_id"]) == (None, None, None)
    assert row["occurred_at"].tzinfo is not None
    assert parse_cursor(row["cursor"]) == (row["transaction_id"], row["id"]) == tail.head


async def test_gives_only_the_types_asked_for(database: Database, tail: EventTail) -> None:
    async with tail.subscribe(types={EventType.PACKAGE_RATED}) as rows:
        await commit(database, "a", type=EventType.PACKAGE_PUBLISHED)
        await commit(database, "b", type=EventType.PACKAGE_RATED)
        (row,) = await take(rows, 1)
        assert row["entity_id"] == "b"

    await commit(database, "c", type=EventType.PACKAGE_PUBLISHED)
    await commit(database, "d", type=EventType.PACKAGE_RATED)
    async with tail.subscribe(after=parse_cursor(row["cursor"]), types={EventType.PACKAGE_RATED}) as rows:
        assert await take_names(rows, 1) == ["d"]


async def test_a_rolled_back_event_is_not_given(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        await roll_back(database, "never")
        await commit(database, "a")
        assert await take_names(rows, 1) == ["a"]


async def test_replays_what_came_behind_the_cursor_then_goes_on(database: Database, tail: EventTail) -> None:
    # given
    async with tail.subscribe() as rows:
        await commit(database, "a", "b", "c")
        first, _, _ = await take(rows, 3)

    # when
    async with tail.subscribe(after=parse_cursor(first["cursor"])) as rows:
        replayed = await take_names(rows, 2)
        await commit(database, "d")

        # then
        assert replayed == ["b", "c"]
        assert await take_names(rows, 1) == ["d"]


async def test_replays_more_than_a_batch_from_the_beginning(database: Database, tail: EventTail) -> None:
    # given
    expected = [str(number) for number in range(1201)]
    await commit(database, *expected)

    # when
    async with tail.subscribe(after=BEGINNING) as rows:
        # then
        assert await take_names(rows, 1201) == expected
        await commit(database, "last")
        assert await take_names(rows, 1) == ["last"]


async def test_reads_nothing_while_nobody_subscribes(database: Database, tail: EventTail) -> None:
    # given
    start = tail.head

    # when
    await commit(database, "a", "b")

    # then
    assert tail.head == start
    async with tail.subscribe() as rows:
        await commit(database, "c")
        assert await take_names(rows, 1) == ["c"]


async def test_all_subscribers_share_the_rows(database: Database, tail: EventTail) -> None:
    async with AsyncExitStack() as stack:
        subscriptions = [await stack.enter_async_context(tail.subscribe()) for _ in range(3)]
        await commit(database, "a")
        (one,), (two,), (three,) = [await take(rows, 1) for rows in subscriptions]
    assert one is two is three


async def test_refuses_a_cursor_that_the_log_does_not_have(tail: EventTail) -> None:
    with pytest.raises(InvalidInput, match="`after`"):
        await take(tail.subscribe(after=ABSENT), 1)


async def test_refuses_the_cursor_of_a_removed_event(database: Database, tail: EventTail) -> None:
    # given
    async with tail.subscribe() as rows:
        await commit(database, "a")
        (row,) = await take(rows, 1)

    # when
    async with database.write() as session:
        await session.execute(text("DELETE FROM events"))

    # then
    with pytest.raises(InvalidInput, match="`after`"):
        await tail.subscribe(after=parse_cursor(row["cursor"])).start()


async def test_goes_on_after_the_log_was_emptied(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        await commit(database, "a", "b", "c")
        await take(rows, 3)
        async with database.write() as session:
            await session.execute(text("DELETE FROM events"))
        await commit(database, "d")
        assert await take_names(rows, 1) == ["d"]


async def test_a_slow_consumer_is_told_and_can_go_on_from_its_cursor(database: Database) -> None:
    # given
    tail = EventTail(database, poll_seconds=NEVER, buffer=3)
    await tail.start()
    async with tail.subscribe() as slow, tail.subscribe() as quick:
        await commit(database, "a")
        (seen,) = await take(slow, 1)

        # when
        assert await take_names(quick, 1) == ["a"]
        for name in "bcde":
            await commit(database, name)
            assert await take_names(quick, 1) == [name]

        # then
        with pytest.raises(SlowConsumer, match="`after`"):
            await take(slow, 1)
    async with tail.subscribe(after=parse_cursor(seen["cursor"])) as rows:
        assert await take_names(rows, 4) == ["b", "c", "d", "e"]
    await tail.stop()


async def test_stopping_ends_the_subscriptions(database: Database) -> None:
    # given
    tail = EventTail(database, poll_seconds=NEVER)
    await tail.start()
    async with tail.subscribe() as rows:
        waiting = asyncio.ensure_future(anext(rows, None))

        # when
        await tail.stop()

        # then
        async with asyncio.timeout(GUARD_SECONDS):
            assert await waiting is None
    assert await anext(tail.subscribe(), None) is None
    assert database.on_commit == []


async def test_an_abandoned_subscription_is_let_go_of(tail: EventTail) -> None:
    rows = tail.subscribe()
    await rows.start()
    abandoned = weakref.ref(rows)
    del rows
    assert abandoned() is None


async def test_a_process_without_a_tail_is_found_by_polling(database: Database, other_process: Database) -> None:
    tail = EventTail(database, poll_seconds=0.01)
    await tail.start()
    async with tail.subscribe() as rows:
        await commit(other_process, "a")
        assert await take_names(rows, 1) == ["a"]
    await tail.stop()


async def test_an_event_type_of_a_newer_version_is_passed_over(database: Database, tail: EventTail) -> None:
    async with tail.subscribe() as rows:
        async with database.write() as session:
            await note(session, "new", "old")
            await session.execute(text("UPDATE events SET type = 'INVENTED_LATER' WHERE entity_id = 'new'"))
        assert await take_names(rows, 1) == ["old"]


async def test_stopping_amid_a_replay_leaves_no_gap(database: Database) -> None:
    # given
    tail = EventTail(database, poll_seconds=NEVER)
    await tail.start()
    await commit(database, "a", "b")
    async with tail.subscribe() as quick, tail.subscribe(after=BEGINNING) as rows:
        assert await take_names(rows, 1) == ["a"]
        await commit(database, "c")
        assert await take_names(quick, 1) == ["c"]

        # when
        await tail.stop()

        # then
        async with asyncio.timeout(GUARD_SECONDS):
            assert [row["entity_id"] async for row in rows] == ["b"]
