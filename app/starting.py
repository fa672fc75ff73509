"""Starting what needs a database or a store that may be out of reach: tried again until it works."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from app.observability.health import MigrationPending
from app.observability.outages import one_line
from app.storage.object_store import StorageUnavailable

logger = logging.getLogger("app.starting")

OUT_OF_REACH = (SQLAlchemyError, OSError, StorageUnavailable, MigrationPending)
FIRST_RETRY_SECONDS = 0.25
LAST_RETRY_SECONDS = 2.0

Step = tuple[str, Callable[[], Awaitable[object]]]


async def insist(steps: Sequence[Step]) -> None:
    """Take the steps in order, each again and again as long as what it needs is out of reach.

    The log says so in one line, again only when the reason changes. Other exceptions are logged and raised.
    """
    for name, step in steps:
        told, retry_seconds = "", FIRST_RETRY_SECONDS
        while True:
            try:
                await step()
                break
            except OUT_OF_REACH as error:
                reason = one_line(error)
            except Exception:
                logger.exception("%s: failed", name)
                raise
            if reason != told:
                logger.warning("%s: %s; trying again until it works", name, reason)
                told = reason
            await asyncio.sleep(retry_seconds)
            retry_seconds = min(retry_seconds * 2, LAST_RETRY_SECONDS)
        if told:
            logger.info("%s: works now", name)


@asynccontextmanager
async def started(steps: Sequence[Step], *, patience_seconds: float = 2) -> AsyncIterator[None]:
    """Take the steps, before the block where that takes no longer than `patience_seconds`, else during it.

    So a server listens, and can tell that it is not ready, while it waits for its database.
    """
    starting = asyncio.create_task(insist(steps))
    await asyncio.wait([starting], timeout=patience_seconds)
    if starting.done():
        starting.result()  # raises what is a mistake of ours
    try:
        yield
    finally:
        starting.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await starting


def settle_collector() -> None:
    """Have the garbage collector leave alone what the server keeps for good, and run less often.

    An answer makes thousands of short-lived objects, among which there are hardly any cycles: with Python's own
    thresholds the collector takes a third of the time of a large answer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
