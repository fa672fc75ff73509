"""A running server on each database."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.db.session import Database
from tests.server import Running, running, url_of


@pytest.fixture
async def server(database: Database, settings: Settings) -> AsyncIterator[Running]:
    """A server that keeps files on disk."""
    async with running(settings.model_copy(update={"database_url": SecretStr(url_of(database))})) as found:
        yield found


@pytest.fixture
async def other_server(database: Database, settings: Settings) -> AsyncIterator[Running]:
    """Another server on the same database."""
    async with running(settings.model_copy(update={"database_url": SecretStr(url_of(database))})) as found:
        yield found
