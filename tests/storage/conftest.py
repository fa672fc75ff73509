"""Both object stores, so that the same tests run against each."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.storage.disk import DiskStore
from app.storage.files_route import files_route
from app.storage.object_store import ObjectStore
from app.storage.s3 import S3Store
from app.storage.signing import Signer
from tests.s3_server import S3Server

BASE_URL = "http://registry.test"
SIGNER = Signer(["the first secret of the tests ...", "the second secret of the tests .."], "download link")


@pytest.fixture
async def disk_store(tmp_path: Path) -> AsyncIterator[DiskStore]:
    store = DiskStore(tmp_path / "storage", SIGNER)
    await store.start()
    yield store
    await store.close()


def new_s3_store(server: S3Server, *, secret: str | None = None, public_url: str | None = None) -> S3Store:
    return S3Store(
        f"tests-{uuid.uuid4().hex}",
        region="us-east-1",
        endpoint_url=server.endpoint_url,
        public_endpoint_url=public_url,
        access_key_id=server.access_key_id,
        secret_access_key=secret or server.secret_access_key,
        max_connections=8,
    )


@pytest.fixture
async def s3_store(s3_server: S3Server) -> AsyncIterator[S3Store]:
    store = new_s3_store(s3_server)
    await store.start()
    yield store
    await store.close()


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    chosen: ObjectStore = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
async def browser(store: ObjectStore) -> AsyncIterator[httpx.AsyncClient]:
    """Follows the store's links without credentials: in the application on disk, over the network on S3."""
    transport = httpx.ASGITransport(Starlette(routes=[files_route(store)])) if isinstance(store, DiskStore) else None
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        yield client
