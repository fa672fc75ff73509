"""The whole application on a real port, for tests that need HTTP, WebSockets or several clients."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.config import Settings
from app.db.repositories import events
from app.db.session import Database
from app.main import make_app
from schema.context import Services


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


def url_of(database: Database) -> str:
    """The URL a setting would hold for this database."""
    url = database.engine.url
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


class Subscribed:
    """One subscription on a socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def next(self) -> dict[str, Any]:
        """The payload of the next event; fails when none comes."""
        async with asyncio.timeout(20):
            message = json.loads(await self._connection.recv())
        assert message["type"] == "next", message
        payload: dict[str, Any] = message["payload"]
        return payload

    async def refusal(self) -> list[dict[str, Any]]:
        """The errors that the subscription ends with."""
        async with asyncio.timeout(20):
            message = json.loads(await self._connection.recv())
        errors: list[dict[str, Any]] = (
            message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        )
        return errors


@dataclass(frozen=True)
class Running:
    """A running server and how to talk to it."""

    base_url: str
    services: Services
    http: httpx.AsyncClient

    async def head(self) -> str:
        """The cursor of the last event."""
        async with self.services.database.read() as connection:
            return (await events.head(connection)).encode()

    async def post(
        self, query: str, variables: dict[str, Any] | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """Send one operation as JSON; returns the answer's `data`, and fails on errors."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables or {}}
        answer = (await self.http.post(f"{self.base_url}/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def upload(
        self, query: str, variables: dict[str, Any], file: bytes, *, token: str | None = None, path: str = "input.file"
    ) -> httpx.Response:
        """Send one operation with one file by the multipart request specification."""
        headers = {"GraphQL-Preflight": "1"} | ({"Authorization": f"Bearer {token}"} if token else {})
        fields = {
            "operations": json.dumps({"query": query, "variables": variables}),
            "map": json.dumps({"0": [f"variables.{path}"]}),
        }
        return await self.http.post(
            f"{self.base_url}/graphql", data=fields, files={"0": ("package.zip", file)}, headers=headers
        )

    @asynccontextmanager
    async def subscribed(
        self, query: str, variables: dict[str, Any] | None = None, *, token: str | None = None
    ) -> AsyncIterator[Subscribed]:
        """A subscription over graphql-transport-ws, signed in by connection_init.

        Nothing tells when the server has begun with it: pass `after`, from `head`, to miss nothing.
        """
        url = self.base_url.replace("http:", "ws:") + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
            payload = {"Authorization": f"Bearer {token}"} if token else {}
            await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await connection.recv())["type"] == "connection_ack"
            await connection.send(
                json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables or {}}})
            )
            yield Subscribed(connection)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """The application with these settings, on a free port; its database must be migrated."""
    app = make_app(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, ws="websockets-sansio", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            while not server.started:
                assert not serving.done(), "the server did not start"
                await asyncio.sleep(0.01)
            yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.services, client)
    finally:
        server.should_exit = True
        await serving
        listener.close()
