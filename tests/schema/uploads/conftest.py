"""The whole application over HTTP, on each database and with each store."""

import uuid
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.db.session import Database
from tests import factories
from tests.s3_server import S3Server
from tests.schema.client import Client
from tests.server import Running, running, url_of


@pytest.fixture(params=["disk", "s3"])
def stored(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings that keep files on disk, and settings that keep them in S3."""
    if request.param == "disk":
        return settings
    server: S3Server = request.getfixturevalue("s3_server")
    return settings.model_copy(
        update={
            "s3_bucket": f"tests-{uuid.uuid4().hex}",
            "s3_endpoint_url": server.endpoint_url,
            "s3_access_key_id": SecretStr(server.access_key_id),
            "s3_secret_access_key": SecretStr(server.secret_access_key),
        }
    )


@pytest.fixture
async def server(database: Database, stored: Settings) -> AsyncIterator[Running]:
    """A running server."""
    async with running(stored.model_copy(update={"database_url": SecretStr(url_of(database))})) as found:
        yield found


async def token_of(server: Running, username: str, **rights: bool) -> str:
    """A new account's sign-in token."""
    await factories.make_user(server.services.database, username, **rights)
    client = await Client(server.services).sign_in(username)
    assert client.token is not None
    return client.token


@pytest.fixture
async def publisher(server: Running) -> str:
    """The token of somebody who may publish."""
    return await token_of(server, "publisher", can_upload=True)
