"""Nothing is missed, nothing comes twice, and the order holds, whatever writers and readers do at the same time."""

import asyncio
import random

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables.events import Event
from app.events.cursor import BEGINNING, EventCursor, parse_cursor
from app.events.tail import EventTail
from tests.events.helpers import GUARD_SECONDS, note

WRITERS = 8
TRANSACTIONS = 25


async def _write(database: Database, writer: int, chance: random.Random) -> None:
    for number in range(TRANSACTIONS):
        try:
            async with database.write() as session:
                for part in range(chance.randint(1, 3)):
                    await note(session, f"{writer}.{number}.{part}")
                    if chance.random() < 0.3:
                        await asyncio.sleep(0)  # another writer's turn, between appending and committing
                if chance.random() < 0.2:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue


async def _follow_reconnecting(tail: EventTail, chance: random.Random, seen: list[EventCursor]) -> None:
    after = BEGINNING
    while True:
        async with tail.subscribe(after=after) as rows:
            for _ in range(chance.randint(1, 20)):
                row = await anext(rows)
                after = parse_cursor(row["cursor"])
                seen.append(after)
                if row["entity_id"] == "end":
                    return


@pytest.mark.parametrize("seed", range(3))
async def test_reconnecting_while_others_write(database: Database, tail: EventTail, seed: int) -> None:
    # given
    chance = random.Random(seed)
    seen: list[list[EventCursor]] = [[], []]

    # when
    async with asyncio.timeout(GUARD_SECONDS), asyncio.TaskGroup() as followers:
        for cursors in seen:
            followers.create_task(_follow_reconnecting(tail, random.Random(chance.random()), cursors))
        async with asyncio.TaskGroup() as writers:
            for writer in range(WRITERS):
                writers.create_task(_write(database, writer, random.Random(chance.random())))
        async with database.write() as session:
            await note(session, "end")

    # then
    async with database.read() as connection:
        rows = await connection.execute(select(Event.transaction_id, Event.id))
        written = sorted(EventCursor(*row) for row in rows)
    assert len(written) > WRITERS * TRANSACTIONS // 2
    assert seen == [written, written]
