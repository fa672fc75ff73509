"""Fixtures of all tests: settings and migrated databases, SQLite and PostgreSQL alike."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from app.config import Settings, load_settings
from app.db import migrations
from app.db.session import Database
from tests.databases import DIALECTS, create_postgresql_database, drop_postgresql_database, empty, postgresql_server_url
from tests.s3_server import s3_server

__all__ = ["s3_server"]


# How long an example takes says nothing on a machine that does other things too. Where changes are judged, the same
# examples come every time; elsewhere new ones.
hypothesis.settings.register_profile(
    "tests",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    print_blob=True,
)
hypothesis.settings.load_profile("tests")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of their own for each test: nothing outside its folder, no network, cheap password hashes."""
    return load_settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        secret_key="a-secret-key-of-thirty-two-characters-or-more",
        password_hash_rounds=4,
        scoring_enabled=False,
    )


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The URL of a PostgreSQL server that the tests may create databases on."""
    return postgresql_server_url()


@pytest.fixture(scope="session")
def make_database_url(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str, str], str]]:
    """Creates an empty database: (dialect, name) → URL. Removed at the end of the session."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    created = []

    def make(dialect: str, name: str) -> str:
        if dialect == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp(name) / 'registry.db'}"
        server_url = request.getfixturevalue("postgresql_server")
        created.append((server_url, f"test_{worker}_{name}"))
        return create_postgresql_database(*created[-1])

    yield make
    for server_url, name in created:
        drop_postgresql_database(server_url, name)


@pytest.fixture(scope="session", params=DIALECTS)
async def migrated_database(
    request: pytest.FixtureRequest, make_database_url: Callable[[str, str], str]
) -> AsyncIterator[Database]:
    """A migrated database of each kind, kept for the session. Tests use `database`, which cleans up after them."""
    database = Database(make_database_url(request.param, "shared"))
    await migrations.upgrade(database)
    await empty(database)
    yield database
    await database.close()


@pytest.fixture
async def database(migrated_database: Database) -> AsyncIterator[Database]:
    """A database with the public organization and nothing else; the test runs on SQLite and on PostgreSQL."""
    yield migrated_database
    migrated_database.on_commit.clear()  # whoever listened was the test's
    await empty(migrated_database)
