"""PostgreSQL and S3 out of reach, at the start and later; and two server processes that share them."""

import hashlib
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import make_url
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.events.cursor import BEGINNING
from tests.archive_files import model_archive
from tests.s3_server import S3Server
from tests.serving.process import KEY, PASSWORD, Server, log_lines, run, serving, wait_until
from tests.serving.relay import Relay

UPLOAD = """mutation ($file: Upload!, $name: String!) {
  uploadPackage(input: {file: $file, name: $name, version: "1.0.0"}) {
    ... on UploadPackagePayload { package { id sha256 } }
    ... on Error { code message }
  }
}"""
DOWNLOAD = """mutation ($id: ID!) {
  requestDownload(input: {packageId: $id}) { ... on RequestDownloadPayload { url } ... on Error { code message } }
}"""
ME = "{ viewer { username } }"


@pytest.fixture
def database_url(make_database_url: Callable[[str, str], str]) -> str:
    """An empty PostgreSQL database."""
    return make_database_url("postgresql", "outages")


@pytest.fixture
def database(database_url: str) -> Iterator[Relay]:
    """A way to the database, cut."""
    with psycopg.connect(database_url) as connection:
        host, port = connection.info.host, connection.info.port

    def reach() -> socket.socket:
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        end = socket.socket(socket.AF_UNIX)
        end.connect(f"{host}/.s.PGSQL.{port}")
        return end

    relay = Relay(reach, is_cut=True)
    yield relay
    relay.cut()


@pytest.fixture
def store(s3_server: S3Server) -> Iterator[Relay]:
    """A way to the store, cut."""
    port = int(s3_server.endpoint_url.rsplit(":", 1)[1])
    relay = Relay(lambda: socket.create_connection(("127.0.0.1", port)), is_cut=True)
    yield relay
    relay.cut()


def settings_for(database_url: str, database: Relay, s3_server: S3Server, store: Relay) -> dict[str, object]:
    """Settings of a server in production that goes those ways."""
    url = make_url(database_url).set(host="127.0.0.1", port=database.port, query={"sslmode": "disable"})
    return {
        "environment": "production",
        "secret_key": KEY,
        "admin_password": PASSWORD,
        "token_call_limit": 0,
        "database_url": url.render_as_string(hide_password=False),
        "s3_bucket": "outages",
        "s3_endpoint_url": f"http://127.0.0.1:{store.port}",
        "s3_public_endpoint_url": s3_server.endpoint_url,
        "s3_access_key_id": s3_server.access_key_id,
        "s3_secret_access_key": s3_server.secret_access_key,
    }


def upload(server: Server, token: str, name: str) -> tuple[str, bytes]:
    """Publish a small archive; returns its id and content."""
    archive = model_archive()
    answer = server.http.post(
        "/graphql",
        data={
            "operations": json.dumps({"query": UPLOAD, "variables": {"file": None, "name": name}}),
            "map": json.dumps({"0": ["variables.file"]}),
        },
        files={"0": ("package.zip", archive)},
        headers={"GraphQL-Preflight": "1", "Authorization": f"Bearer {token}"},
    ).json()
    package = answer["data"]["uploadPackage"]["package"]
    assert package["sha256"] == hashlib.sha256(archive).hexdigest()
    return package["id"], archive


@contextmanager
def subscribed(server: Server, token: str) -> Iterator[ClientConnection]:
    """A socket that hears of all packages there ever were."""
    url = server.url.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as connection:
        connection.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(connection.recv(30)) == {"type": "connection_ack"}
        query = f'subscription {{ packagePublished(after: "{BEGINNING.encode()}") {{ package {{ name }} }} }}'
        connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        yield connection


def heard(connection: ClientConnection) -> str:
    """The name of the next package."""
    message = json.loads(connection.recv(30))
    assert message["type"] == "next", message
    return str(message["payload"]["data"]["packagePublished"]["package"]["name"])


def workers_with_clients(server: Server) -> int:
    """How many of its processes hold connections of clients."""
    port = int(server.url.rsplit(":", 1)[1])
    return sum(
        any(each.laddr.port == port and each.status == "ESTABLISHED" for each in connections_of(process))
        for process in psutil.Process(server.process.pid).children(recursive=True)
    )


def connections_of(process: psutil.Process) -> Sequence[Any]:
    """Its connections; none where it has ended meanwhile, as those do that analyse an archive's code."""
    try:
        return process.net_connections("tcp4")
    except psutil.NoSuchProcess:
        return ()


def test_two_processes_wait_for_database_and_store_and_then_act_as_one(
    tmp_path: Path, database_url: str, database: Relay, s3_server: S3Server, store: Relay
) -> None:
    # given
    settings = settings_for(database_url, database, s3_server, store)
    database.mend()
    assert run(tmp_path, "db", "init", **settings).returncode == 0
    database.cut()

    with serving(tmp_path, ready=False, workers=2, **settings) as server, ExitStack() as stack:
        # then it lives, is not ready, and says why
        server.wait_for("/health/ready", 503)
        server.wait_for_log("database: connection failed")
        # when one comes, it still waits for the other
        database.mend()
        wait_until(lambda: server.http.get("/health/ready").json()["components"]["database"], "the database")
        assert server.http.get("/health/ready").json()["components"] == {"database": True, "storage": False}
        store.mend()
        server.wait_for("/health/ready", 200)

        # then a sign-in holds in all processes
        token = server.sign_in()
        sockets = [stack.enter_context(subscribed(server, token))]
        while workers_with_clients(server) < 2:
            sockets.append(stack.enter_context(subscribed(server, token)))
        # and what one publishes, all hear of
        package_id, archive = upload(server, token, "first")
        assert [heard(each) for each in sockets] == ["first"] * len(sockets)
        # and the file comes from the store itself
        url = server.post(DOWNLOAD, token, id=package_id)["data"]["requestDownload"]["url"]
        assert url.startswith(s3_server.endpoint_url)
        assert httpx.get(url, trust_env=False).content == archive

        assert server.stop() == 0
    lines = log_lines(server.output)
    assert not [line for line in lines if "exception" in line]
    assert PASSWORD not in server.output


def test_a_database_that_comes_back_is_used_again_at_once(
    tmp_path: Path, database_url: str, database: Relay, s3_server: S3Server, store: Relay
) -> None:
    # given connections in the pool, and a subscriber
    settings = settings_for(database_url, database, s3_server, store)
    database.mend()
    store.mend()
    with serving(tmp_path, "--migrate", database_pool_size=4, **settings) as server:
        token = server.sign_in()
        with subscribed(server, token) as subscriber:
            upload(server, token, "before")
            assert heard(subscriber) == "before"
            # when
            database.cut()
            # then
            server.wait_for("/health/ready", 503)
            refused = server.post(ME, token)
            assert refused["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            # when
            database.mend()
            # then no request fails on a connection of before
            assert [server.post(ME, token).get("errors") for _ in range(8)] == [None] * 8
            assert server.status("/health/ready") == 200
            upload(server, token, "after")
            assert heard(subscriber) == "after"

        # when
        store.cut()
        # then
        server.wait_for("/health/ready", 503)
        assert server.http.get("/health/ready").json()["components"] == {"database": True, "storage": False}
        store.mend()
        server.wait_for("/health/ready", 200)
        upload(server, token, "last")
    assert not [line for line in log_lines(server.output) if "exception" in line]
