"""A tail of the test's database, and short ways to append and to read on."""

from collections.abc import AsyncIterator

import pytest

from app.db.session import Database
from app.events.tail import EventTail

NEVER = 3600.0


@pytest.fixture
async def tail(database: Database) -> AsyncIterator[EventTail]:
    """A tail that runs, and that only announcements wake."""
    tail = EventTail(database, poll_seconds=NEVER)
    await tail.start()
    yield tail
    await tail.stop()


@pytest.fixture
async def other_process(database: Database) -> AsyncIterator[Database]:
    """Other connections to the same database, as another process has them."""
    other = Database(database.engine.url.render_as_string(hide_password=False))
    yield other
    await other.close()
