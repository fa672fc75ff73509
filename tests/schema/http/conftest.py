"""Real servers on free ports: one with the usual limits, one with tight ones."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.config import Settings, load_settings
from tests.schema.http.sample import Journal, endpoint


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


@dataclass
class Endpoint:
    """A running server: how to reach it, and what it saw."""

    port: int
    settings: Settings
    journal: Journal
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def post(self, query: str, accept: str = "application/json", **rest: Any) -> httpx.Response:
        """Send one operation."""
        return await self.http.post(self.url, json={"query": query, **rest}, headers={"Accept": accept})

    async def post_raw(self, body: bytes, **headers: str) -> httpx.Response:
        """Send a body as it is."""
        given = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.http.post(self.url, content=body, headers=given)

    @asynccontextmanager
    async def socket(
        self, *, subprotocol: str = "graphql-transport-ws", **options: Any
    ) -> AsyncIterator[ClientConnection]:
        """An open WebSocket, not signed in."""
        url = self.url.replace("http:", "ws:")
        async with connect(url, subprotocols=[Subprotocol(subprotocol)], **options) as connection:
            yield connection

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare TCP connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)


@asynccontextmanager
async def serving(data_dir: Path, **overrides: Any) -> AsyncIterator[Endpoint]:
    """An endpoint with these settings on a free port."""
    settings = load_settings(_env_file=None, data_dir=data_dir, secret_key="s" * 32, **overrides)
    journal = Journal()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        endpoint(settings, journal),
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            yield Endpoint(listener.getsockname()[1], settings, journal, client)
    finally:
        server.should_exit = True
        await running
        listener.close()


@pytest.fixture(scope="session")
async def ample(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    """A server with the usual limits."""
    async with serving(tmp_path_factory.mktemp("ample")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
async def tight(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    """A server with limits that a test can pass at once."""
    limits: dict[str, Any] = {
        "max_body_bytes": 2048,
        "max_upload_bytes": 3 << 20,
        "max_batch_operations": 3,
        "request_timeout_seconds": 0.3,
        "upload_idle_seconds": 0.6,
        "websocket_init_seconds": 0.3,
        "websocket_send_seconds": 0.3,
        "max_subscriptions_per_socket": 2,
        "max_query_cost": 150,
        "allowed_origins": "https://friend.example",
    }
    async with serving(tmp_path_factory.mktemp("tight"), **limits) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def no_unhandled_exceptions(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which an exception reached the server or ended a task."""
    yield
    for record in caplog.get_records("call"):
        assert "ASGI" not in record.getMessage()
        assert record.name not in ("strawberry.ws.task", "asyncio")


@pytest.fixture(autouse=True)
def fresh_journal(request: pytest.FixtureRequest) -> None:
    """Empty the journals before each test."""
    for name in {"ample", "tight"} & set(request.fixturenames):
        journal = request.getfixturevalue(name).journal
        journal.__init__()
