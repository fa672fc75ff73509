"""Short ways to append events and to take them from a subscription."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.repositories.events import EventRow
from app.db.session import Database
from app.enums import EventType
from app.events.log import append

GUARD_SECONDS = 20
"""How long a test may wait for what must come; only a failing test gets there."""


async def note(session: AsyncSession, *names: str, type: EventType = EventType.PACKAGE_PUBLISHED) -> None:
    """Append one event for each name, in the session's transaction."""
    for name in names:
        await append(session, type, actor_id=None, entity_type="Package", entity_id=name)


async def commit(database: Database, *names: str, type: EventType = EventType.PACKAGE_PUBLISHED) -> None:
    """Append one event for each name and commit them together."""
    async with database.write() as session:
        await note(session, *names, type=type)


async def roll_back(database: Database, *names: str) -> None:
    """Append one event for each name and commit none."""
    with suppress(ZeroDivisionError):
        async with database.write() as session:
            await note(session, *names)
            raise ZeroDivisionError


async def take(rows: AsyncIterator[EventRow], count: int) -> list[EventRow]:
    """The next `count` events."""
    async with asyncio.timeout(GUARD_SECONDS):
        return [await anext(rows) for _ in range(count)]


async def take_names(rows: AsyncIterator[EventRow], count: int) -> list[str]:
    """The names of the next `count` events."""
    return names(await take(rows, count))


def names(rows: Sequence[EventRow]) -> list[str]:
    """What the events are about."""
    return [row["entity_id"] for row in rows]
