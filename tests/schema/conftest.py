"""Fixtures of the tests that run operations."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.config import Settings
from app.db.session import Database
from app.events.tail import EventTail
from app.identity.authentication import Authenticator
from app.jobs.scoring import ScoringJobs
from app.storage.factory import make_store
from schema.context import Services
from tests.schema.client import Client


@pytest.fixture
async def services(database: Database, settings: Settings) -> AsyncIterator[Services]:
    """The parts of a server on the test's database. The tail and the scoring are not started."""
    store = make_store(settings)
    await store.start()
    yield Services(
        settings=settings,
        database=database,
        store=store,
        tail=EventTail(database),
        authenticator=Authenticator(database, settings),
        scoring=ScoringJobs(database, store, settings),
    )
    await store.close()


@pytest.fixture
def client(services: Services) -> Client:
    """Nobody in particular."""
    return Client(services)


@pytest.fixture
def stranger(services: Services) -> Client:
    """Nobody, at a server where anybody may read PUBLIC packages."""
    settings = services.settings.model_copy(update={"anonymous_read": True})
    authenticator = Authenticator(services.database, settings)
    return Client(replace(services, settings=settings, authenticator=authenticator))
