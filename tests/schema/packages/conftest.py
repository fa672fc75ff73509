"""Fixtures of the tests that read packages."""

from dataclasses import replace

import pytest

from app.identity.authentication import Authenticator
from schema.context import Services
from tests.schema.client import Client


@pytest.fixture
def stranger(services: Services) -> Client:
    """Nobody, at a server where anybody may read PUBLIC packages."""
    settings = services.settings.model_copy(update={"anonymous_read": True})
    authenticator = Authenticator(services.database, settings)
    return Client(replace(services, settings=settings, authenticator=authenticator))
