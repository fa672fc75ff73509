"""The schema's history: from nothing to the newest revision and back, on both databases."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Constraint, Index, Table, UniqueConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from app.db import migrations
from app.db.base import Base, new_id
from app.db.session import Database
from app.db.tables import UserPermission
from app.db.tables.search import FTS5
from tests.databases import DIALECTS
from tests.db.schemas import ALEMBIC_TABLE, describe

ALL_TABLES = Base.metadata.sorted_tables
_numbers = count(1)
# SQLAlchemy does not read SQLite's indexes over expressions; the comparison of the catalogues does.
UNREFLECTED = pytest.mark.filterwarnings("ignore:.*expression-based index")

UPGRADE = """
import asyncio, sys
from app.db import migrations
from app.db.session import Database

async def main():
    database = Database(sys.argv[1])
    await migrations.upgrade(database)
    await database.close()

asyncio.run(main())
"""


@pytest.fixture(params=DIALECTS)
async def empty_database(
    request: pytest.FixtureRequest, make_database_url: Callable[[str, str], str]
) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    database = Database(make_database_url(request.param, f"migrations{next(_numbers)}"))
    yield database
    await database.close()


async def _tables(database: Database) -> set[str]:
    async with database.read() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return {name for name in names if not name.startswith(FTS5)} - {ALEMBIC_TABLE}


async def test_goes_up_and_down_and_up(empty_database: Database) -> None:
    # given
    assert await migrations.current(empty_database) is None
    assert await migrations.is_pending(empty_database)

    # when / then all tables are there
    await migrations.upgrade(empty_database)
    assert await _tables(empty_database) == {table.name for table in ALL_TABLES}
    assert await migrations.current(empty_database) == migrations.head()
    assert not await migrations.is_pending(empty_database)

    # when / then nothing is left
    await migrations.downgrade(empty_database, "base")
    assert await _tables(empty_database) == set()
    assert await migrations.is_pending(empty_database)

    # when / then they are there again, and once more changes nothing
    await migrations.upgrade(empty_database)
    await migrations.upgrade(empty_database)
    assert await _tables(empty_database) == {table.name for table in ALL_TABLES}


def _is_declared(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name is None or not name.startswith(FTS5)  # SQLite's own, behind a declared one


@UNREFLECTED
async def test_alembic_finds_no_difference(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_declared}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


@UNREFLECTED
async def test_the_migrated_schema_is_the_declared_one(
    database: Database, make_database_url: Callable[[str, str], str]
) -> None:
    # given the tables as declared
    other = Database(make_database_url("postgresql" if database.is_postgresql else "sqlite", "declared"))
    async with other.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        declared = await connection.run_sync(describe)
    await other.close()

    # then the migrations made the same columns, constraints and indexes, in every detail
    async with database.read() as connection:
        assert await connection.run_sync(describe) == declared


@UNREFLECTED
async def test_the_comparison_sees_details(empty_database: Database) -> None:
    # given
    await migrations.upgrade(empty_database)
    async with empty_database.engine.begin() as connection:
        before = await connection.run_sync(describe)

        # when a functional index loses its function and a partial one its condition
        for statement in (
            "DROP INDEX uq_users_email",
            "CREATE UNIQUE INDEX uq_users_email ON users (email)",
            "DROP INDEX uq_package_aliases_current",
            "CREATE UNIQUE INDEX uq_package_aliases_current ON package_aliases (organization_id, name, alias)",
        ):
            await connection.execute(text(statement))

        # then
        after = await connection.run_sync(describe)
    changed = {name for _, name in before if before[_, name] != after.get((_, name))}
    assert changed == {"users.uq_users_email", "package_aliases.uq_package_aliases_current"}


async def test_versions_are_compared_byte_by_byte(database: Database) -> None:
    query = "SELECT 'a' < 'B'"
    if database.is_postgresql:
        query = """SELECT collname FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
                    WHERE attrelid = 'packages'::regclass AND attname = 'version_key'"""
    async with database.read() as connection:
        assert (await connection.execute(text(query))).scalar_one() == ("C" if database.is_postgresql else 0)


async def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(UserPermission(user_id=new_id()))


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_every_foreign_key_leads_an_index(table: Table) -> None:
    leading = {index.columns[0].name for index in table.indexes if isinstance(index.expressions[0], Column)}
    leading |= {key.columns[0].name for key in table.constraints if isinstance(key, UniqueConstraint)}
    leading |= {table.primary_key.columns[0].name}
    assert {key.parent.name for key in table.foreign_keys} <= leading


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_names_follow_the_convention(table: Table) -> None:
    prefixes = {
        "CheckConstraint": "ck",
        "ForeignKeyConstraint": "fk",
        "PrimaryKeyConstraint": "pk",
        "UniqueConstraint": "uq",
    }
    for constraint in table.constraints:
        assert str(constraint.name).startswith(f"{prefixes[type(constraint).__name__]}_{table.name}")
    for index in table.indexes:
        assert str(index.name).startswith(f"{'uq' if index.unique else 'ix'}_{table.name}_")
    named: list[Constraint | Index] = [*table.constraints, *table.indexes]
    assert all(len(str(each.name)) <= 63 for each in named), "PostgreSQL cuts longer names"


async def test_tasks_that_start_together_migrate_once(empty_database: Database) -> None:
    # given several servers' pools
    url = empty_database.engine.url.render_as_string(hide_password=False)
    servers = [Database(url) for _ in range(4)]

    # when
    await asyncio.gather(*(migrations.upgrade(server) for server in servers))

    # then
    assert await migrations.current(empty_database) == migrations.head()
    for server in servers:
        await server.close()


async def test_processes_that_start_together_migrate_once(empty_database: Database) -> None:
    # given
    url = empty_database.engine.url.set(
        drivername="postgresql" if empty_database.is_postgresql else "sqlite"
    ).render_as_string(hide_password=False)

    # when
    async def server() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UPGRADE, url, cwd=migrations.ALEMBIC_INI.parent, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await process.communicate()
        return process.returncode, errors

    results = await asyncio.gather(*(server() for _ in range(3)))

    # then
    assert [code for code, _ in results] == [0, 0, 0], results
    assert await migrations.current(empty_database) == migrations.head()


async def test_a_schema_from_a_newer_version_is_left_alone(empty_database: Database) -> None:
    # given
    await migrations.upgrade(empty_database)
    async with empty_database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    # when / then an older server serves it, but does not touch it
    assert not await migrations.is_pending(empty_database)
    with pytest.raises(migrations.MigrationError, match="9999"):
        await migrations.upgrade(empty_database)


async def test_what_fails_changes_nothing_and_leaves_foreign_keys_enforced(empty_database: Database) -> None:
    # given
    await migrations.upgrade(empty_database)
    statement = text("INSERT INTO permissions VALUES ('00000000000000000000000000000001', true, true, true, true)")

    # when a migration leaves a row that refers to a missing one
    with pytest.raises((migrations.MigrationError, IntegrityError)):
        async with migrations.locked_connection(empty_database) as connection:
            await connection.execute(statement)

    # then it is not there, and the pool's connections enforce as before
    async with empty_database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM permissions"))).scalar_one() == 0
    with pytest.raises(IntegrityError):
        async with empty_database.engine.begin() as connection:
            await connection.execute(statement)


async def test_history_marks_where_the_database_is(database: Database) -> None:
    history = await migrations.history(database)
    assert history[0] == (migrations.head(), history[0].message, True)
    assert history[-1][:2] == ("0001", "Initial schema.")


@UNREFLECTED
async def test_a_new_revision_is_written_from_the_difference(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a copy of the history, and a table that has lost a column
    root = migrations.ALEMBIC_INI.parent
    for source in [root / "alembic.ini", *root.glob("alembic/*.*"), *root.glob("alembic/versions/*.py")]:
        target = tmp_path / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text())
    monkeypatch.setattr(migrations, "ALEMBIC_INI", tmp_path / "alembic.ini")
    with pytest.raises(migrations.MigrationError, match="upgrade it first"):
        await migrations.make_revision(empty_database, "too early")
    await migrations.upgrade(empty_database)
    async with empty_database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE auth_tokens DROP COLUMN last_used_at"))

    # when
    path = await migrations.make_revision(empty_database, "remember the last use")
    before = await migrations.is_pending(empty_database)
    await migrations.upgrade(empty_database)
    migrations._known_revisions.cache_clear()

    # then it adds the column, in SQLAlchemy's own words, and so brings the tables back
    assert before
    assert path.name == f"{path.stem[:4]}_remember_the_last_use.py"
    assert 'sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True)' in path.read_text().replace("'", '"')
    async with empty_database.read() as connection:
        await connection.execute(text("SELECT last_used_at FROM auth_tokens"))


async def test_alembics_own_command_uses_the_settings(tmp_path: Path) -> None:
    # given
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}

    # when
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "alembic", "upgrade", "head", cwd=migrations.ALEMBIC_INI.parent, env=environment
    )

    # then
    assert await process.wait() == 0
    database = Database(environment["DATABASE_URL"])
    assert await migrations.current(database) == migrations.head()
    await database.close()
