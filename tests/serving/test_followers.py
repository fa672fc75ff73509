"""Followers of the event log whose connections land on either of two server processes."""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.events.cursor import BEGINNING
from tests.serving.process import KEY, PASSWORD, Server, run, serving

WRITERS, CHANGES = 4, 25
CREATE = """mutation ($slug: String!) {
  createOrganization(input: {slug: $slug, name: "Name"}) { __typename ... on Error { message } }
}"""
FOLLOW = """subscription ($after: String) {
  events(after: $after, filter: {types: [ORGANIZATION_CREATED]}) { cursor event { payload } }
}"""


@contextmanager
def following(server: Server, token: str, after: str) -> Iterator[ClientConnection]:
    """A socket that hears of organizations, over a connection of its own: the system picks the process."""
    url = server.url.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as connection:
        connection.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(connection.recv(30)) == {"type": "connection_ack"}
        payload = {"query": FOLLOW, "variables": {"after": after}}
        connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        yield connection


def processes_in_touch(server: Server) -> set[int]:
    """The server processes that hold connections of clients."""
    port = int(server.url.rsplit(":", 1)[1])
    return {
        process.pid
        for process in psutil.Process(server.process.pid).children(recursive=True)
        if any(each.laddr.port == port and each.status == "ESTABLISHED" for each in process.net_connections("tcp4"))
    }


def heard(connection: ClientConnection) -> tuple[str, str]:
    """The next event: its cursor, and the slug that was created."""
    message = json.loads(connection.recv(30))
    assert message["type"] == "next", message
    told = message["payload"]["data"]["events"]
    return told["cursor"], told["event"]["payload"]["slug"]


def follow_reconnecting(server: Server, token: str, seed: int) -> list[str]:
    """All that is created, by one who loses the connection again and again."""
    chance, found, cursor = random.Random(seed), [], BEGINNING.encode()
    while len(found) < WRITERS * CHANGES:
        with following(server, token, cursor) as connection:
            for _ in range(min(chance.randint(1, 30), WRITERS * CHANGES - len(found))):
                cursor, slug = heard(connection)
                found.append(slug)
    return found


def write(server: Server, token: str, writer: int) -> None:
    """Create organizations, one after the other."""
    for number in range(CHANGES):
        answer = server.post(CREATE, token, slug=f"o{writer}-{number}")
        assert answer["data"]["createOrganization"]["__typename"] == "CreateOrganizationPayload", answer


def test_reconnecting_to_either_of_two_processes_misses_nothing_and_hears_nothing_twice(
    tmp_path: Path, make_database_url: Callable[[str, str], str]
) -> None:
    # given
    settings = {
        "database_url": make_database_url("postgresql", "followers"),
        "secret_key": KEY,
        "admin_password": PASSWORD,
        "token_call_limit": 0,
    }
    assert run(tmp_path, "db", "init", **settings).returncode == 0
    with serving(tmp_path, workers=2, **settings) as server, ExitStack() as stack:
        token = server.sign_in()
        # one connection to each process stays open all the time
        steady = [stack.enter_context(following(server, token, BEGINNING.encode()))]
        while len(processes_in_touch(server)) < 2:
            steady.append(stack.enter_context(following(server, token, BEGINNING.encode())))
        with ThreadPoolExecutor() as pool:
            # when
            followers = [pool.submit(follow_reconnecting, server, token, seed) for seed in range(3)]
            for done in [pool.submit(write, server, token, writer) for writer in range(WRITERS)]:
                done.result()
            # then all hear the same, in the same order, and each change once
            told = [follower.result() for follower in followers]
        told += [[heard(connection)[1] for _ in range(WRITERS * CHANGES)] for connection in steady]
    assert sorted(told[0]) == sorted(f"o{writer}-{number}" for writer in range(WRITERS) for number in range(CHANGES))
    assert all(each == told[0] for each in told)
