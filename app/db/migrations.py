"""The database's schema over time: alembic, run on the application's own connections and under a lock."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.session import Database

ALEMBIC_INI = Path(__file__).parents[2] / "alembic.ini"
ADVISORY_LOCK = 0x6D6C_7265_6769  # any fixed number will do, as long as nothing else in the database locks it


class MigrationError(Exception):
    """The database cannot be migrated; the message says why and what to do."""


class Revision(NamedTuple):
    """One step of the schema's history."""

    revision: str
    message: str
    is_current: bool


@asynccontextmanager
async def locked_connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction that no other migrating process can be in at the same time.

    The transaction is committed when the block ends and rolled back when it raises. Changing a table on SQLite means
    to copy and drop it, which with enforced foreign keys would delete the rows that refer to it. So enforcement is off
    meanwhile, and all keys are checked before the commit (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    async with database.engine.connect() as connection:
        if database.is_postgresql:
            async with connection.begin():
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
                yield connection
            return
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            raise MigrationError("The connection to the database was lost.")
        await driver.execute("PRAGMA foreign_keys=OFF")  # means nothing inside a transaction
        try:
            async with connection.begin():  # BEGIN IMMEDIATE: the database's one write lock
                yield connection
                broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
                if broken:
                    tables = ", ".join(sorted({row[0] for row in broken}))
                    raise MigrationError(f"Rows would refer to missing ones, so nothing was changed. Tables: {tables}")
        finally:
            await driver.execute("PRAGMA foreign_keys=ON")


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to the revision; nothing happens where it is there already.

    Servers that start together wait for the first one, and then find nothing to do.
    Raises MigrationError when the schema was made by a newer version of the application.
    """
    await _run(database, lambda config: command.upgrade(config, revision))


async def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to the revision, `-1` (one step) or `base` (nothing left). Raises MigrationError."""
    await _run(database, lambda config: command.downgrade(config, revision))


async def current(database: Database) -> str | None:
    """The revision the database is at, None for an empty one."""
    async with database.read() as connection:
        return await connection.run_sync(_current)


def head() -> str:
    """The newest revision that this version of the application knows."""
    return _known_revisions()[0]


async def is_pending(database: Database) -> bool:
    """Whether revisions are still to be applied. A schema from a newer version of the application has none."""
    revision = await current(database)
    return revision is None or revision in _known_revisions()[1:]


async def history(database: Database) -> list[Revision]:
    """All revisions, newest first, with the one that the database is at marked."""
    present = await current(database)
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [Revision(script.revision, script.doc, script.revision == present) for script in scripts]


async def make_revision(database: Database, message: str) -> Path:
    """Write a new revision from the difference between the tables and the database; returns its file.

    Raises MigrationError when the database is not at the newest revision: it would be compared to the wrong thing.
    """
    if await is_pending(database):
        raise MigrationError("The database is not up to date: upgrade it first.")
    number = f"{len(_known_revisions()) + 1:04}"
    await _run(database, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))
    _known_revisions.cache_clear()
    script = ScriptDirectory.from_config(_config()).get_revision(number)
    return Path(script.path)


async def _run(database: Database, action: Callable[[Config], object]) -> None:
    async with locked_connection(database) as connection:
        await connection.run_sync(_run_on, action)


def _run_on(connection: Connection, action: Callable[[Config], object]) -> None:
    revision = _current(connection)
    if revision is not None and revision not in _known_revisions():
        raise MigrationError(
            f"The database is at revision {revision}, which this version of the application does not know: "
            "run the version that made it, or a newer one."
        )
    config = _config()
    config.attributes["connection"] = connection
    action(config)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    return Config(ALEMBIC_INI)


@cache
def _known_revisions() -> tuple[str, ...]:
    """All revisions, newest first; they are part of the application and do not change while it runs."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())
