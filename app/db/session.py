"""The way to the database: short reading connections, and writing sessions that commit when left."""

import asyncio
import select
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

# What services and the API name of the library, so that they need not know it.
__all__ = ["AsyncConnection", "AsyncSession", "Database", "IntegrityError"]

SQLITE_BUSY_MILLISECONDS = 10_000
CONNECT_SECONDS = 5


class Database:
    """One pool of connections. `url` is a plain postgresql:// or sqlite:/// URL; drivers are chosen here.

    `echo` shows the values of statements in logs and errors; that they are logged at all is a matter of logging.
    """

    def __init__(self, url: str, *, pool_size: int = 8, pool_timeout: float = 10, echo: bool = False) -> None:
        parsed = make_url(url)
        self.is_postgresql = parsed.get_backend_name().startswith("postgres")
        self.engine = (
            _postgresql_engine(parsed, pool_size, pool_timeout, echo)
            if self.is_postgresql
            else _sqlite_engine(parsed, pool_size, pool_timeout, echo)
        )
        # Reads need no transaction of their own: without one a statement is one round trip instead of three.
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # SQLite has one writer; waiting here costs nothing, waiting in the driver costs a thread and a poll.
        self._one_writer: AbstractAsyncContextManager[Any] = nullcontext() if self.is_postgresql else asyncio.Lock()
        self.on_commit: list[Callable[[AsyncSession], None]] = []  # called after each commit, with what was committed

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for a few statements. Never share it between tasks; never keep it over a network call."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed when the block ends, rolled back when it raises."""
        async with self._one_writer, AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
            await session.connection()  # SQLite takes its write lock before the first read, so that no read is stale
            yield session
            await session.commit()
            for hook in self.on_commit:
                hook(session)

    async def check(self) -> None:
        """Raise the driver's error when the database cannot be reached."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _postgresql_engine(url: Any, pool_size: int, pool_timeout: float, echo: bool) -> AsyncEngine:
    ours = {"options": "-c timezone=UTC", "application_name": "ml-registry", "connect_timeout": CONNECT_SECONDS}
    engine = create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        pool_recycle=1800,
        hide_parameters=not echo,
        connect_args={name: value for name, value in ours.items() if name not in url.query},
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def refuse_dead(connection: Any, _entry: ConnectionPoolEntry, _proxy: Any) -> None:
        """Have a connection made anew that the server has closed: nothing but its end can wait in an idle one.

        Costs a system call of some microseconds, where the pool's own `pre_ping` costs a round trip.
        """
        driver = connection.driver_connection
        if driver.closed or _can_be_read(driver.fileno()):
            raise DisconnectionError

    return engine


def _can_be_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _sqlite_engine(url: Any, pool_size: int, pool_timeout: float, echo: bool) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        hide_parameters=not echo,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={SQLITE_BUSY_MILLISECONDS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
