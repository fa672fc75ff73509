"""Who asks about lineage."""

import pytest

from app.db.session import Database
from tests import factories
from tests.schema.client import Client


@pytest.fixture
async def ada(database: Database, client: Client) -> Client:
    """Signed in, with the rights of a new account."""
    await factories.make_user(database, "ada")
    return await client.sign_in("ada")
