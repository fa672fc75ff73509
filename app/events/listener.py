"""PostgreSQL's notifications, on a connection of their own that is made anew whenever it is lost."""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from sqlalchemy import URL

from app.db.repositories.events import LISTEN

logger = logging.getLogger("app.events")

APPLICATION_NAME = "ml-registry events"
FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 10


async def listen(url: URL, notified: Callable[[str], None]) -> None:
    """Call `notified` with each notification's payload, until cancelled.

    It is also called, with an empty text, whenever listening begins: what was announced before is not told.
    """
    retry_seconds = FIRST_RETRY_SECONDS
    while True:
        try:
            async with await _connect(url) as connection:
                await connection.execute(LISTEN)
                retry_seconds = FIRST_RETRY_SECONDS
                notified("")
                async for notification in connection.notifies():
                    notified(notification.payload)
        except (psycopg.Error, OSError) as error:
            logger.warning("Lost the connection that listens for events; connecting again: %s", error)
        await asyncio.sleep(retry_seconds)
        retry_seconds = min(retry_seconds * 2, LAST_RETRY_SECONDS)


async def _connect(url: URL) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False),
        autocommit=True,
        application_name=APPLICATION_NAME,
        # A connection that waits for hours must notice that a firewall on the way has forgotten it.
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
    )
