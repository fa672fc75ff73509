"""Servers that keep files on disk, and in S3."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from app.storage.disk import DiskStore
from app.storage.files_route import files_route
from app.storage.object_store import ObjectStore
from schema.context import Services
from tests.schema.client import Client
from tests.storage.conftest import disk_store, s3_store, store

__all__ = ["disk_store", "s3_store", "store"]


@pytest.fixture
def storing(services: Services, store: ObjectStore) -> Client:
    """Nobody in particular, before a server that stores in either way."""
    return Client(replace(services, store=store))


@pytest.fixture
async def browser(store: ObjectStore) -> AsyncIterator[httpx.AsyncClient]:
    """Follows links without credentials: in the application on disk, over the network on S3."""
    if isinstance(store, DiskStore):
        transport = httpx.ASGITransport(Starlette(routes=[files_route(store)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
            yield client
    else:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield client
