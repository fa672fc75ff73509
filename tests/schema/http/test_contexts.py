"""Who asks, from where, by which address; and what each operation is charged, however it comes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.config import Settings
from app.db.session import Database
from schema.http.contexts import base_url_of, credential_in, origin_of
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, make_account
from tests.server import Running, running, url_of

ME = "{ viewer { username } }"
SIGN_IN = """mutation ($name: String!, $password: String!) {
  signIn(input: {username: $name, password: $password}) { ... on SignInPayload { token } ... on Error { code } }
}"""


def request(client: str | None = "10.0.0.1", scheme: str = "http", **headers: str | list[str]) -> Request:
    lines = [
        (name.replace("_", "-").encode(), value.encode())
        for name, given in {"host": "inner:8000", **headers}.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "scheme": scheme,
            "headers": lines,
            "client": (client, 1234) if client else None,
            "server": ("127.0.0.1", 8000),
        }
    )


@pytest.fixture
def proxied(settings: Settings) -> Settings:
    """Settings that trust two networks of proxies."""
    return Settings.model_validate({**settings.model_dump(), "trusted_proxies": "10.0.0.0/8,fd00::/8"})


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        (None, "203.0.113.9", None),
        # of a chain, the last address that no trusted proxy vouches for
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        # lines of their own count like entries of one
        ("10.0.0.1", ["198.51.100.7", "203.0.113.9"], "203.0.113.9"),
        # who is no trusted proxy is not believed
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ("::1", "198.51.100.7", "::1"),
        # nonsense is nobody's address
        ("10.0.0.1", "unknown", None),
        ("10.0.0.1", "198.51.100.7, <script>", None),
        ("10.0.0.1", " , ,", "10.0.0.1"),
    ],
)
def test_addresses_are_believed_hop_by_hop(
    proxied: Settings, client: str | None, forwarded: str | list[str], address: str | None
) -> None:
    assert origin_of(request(client, x_forwarded_for=forwarded), proxied).ip_address == address


def test_without_trusted_proxies_nothing_forwarded_is_believed(settings: Settings) -> None:
    given = request("10.0.0.1", x_forwarded_for="1.2.3.4", x_forwarded_host="evil.example", x_forwarded_proto="https")
    assert origin_of(given, settings).ip_address == "10.0.0.1"
    assert base_url_of(given, settings) == "http://inner:8000"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://inner:8000"),
        ({"scheme": "wss"}, "https://inner:8000"),
        ({"x_forwarded_proto": "https", "x_forwarded_host": "registry.example"}, "https://registry.example"),
        ({"x_forwarded_proto": "https, http", "x_forwarded_host": "a.example, b.example"}, "https://a.example"),
        ({"x_forwarded_proto": "javascript"}, "http://inner:8000"),
        ({"client": "203.0.113.9", "x_forwarded_host": "evil.example"}, "http://inner:8000"),
    ],
)
def test_the_base_url_is_the_clients(proxied: Settings, given: dict[str, Any], url: str) -> None:
    assert base_url_of(request(**given), proxied) == url


def test_a_public_url_goes_before_what_is_asked_for(proxied: Settings) -> None:
    fixed = proxied.model_copy(update={"public_url": "https://registry.example/"})
    assert base_url_of(request(x_forwarded_host="other.example"), fixed) == "https://registry.example"


@pytest.mark.parametrize(
    ("headers", "credential"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": " bearer  abc "}, "abc"),
        ({"x-authorization": "Bearer abc"}, "abc"),
        ({"authorization": "Basic dTpw", "x-authorization": "Bearer abc"}, "abc"),
        ({"authorization": "Bearer abc", "x-authorization": "Bearer other"}, "abc"),
        ({"authorization": "Bearer"}, None),
        ({"authorization": "abc"}, None),
        ({}, None),
    ],
)
def test_the_credential_is_in_either_header(headers: dict[str, str], credential: str | None) -> None:
    assert credential_in(headers) == credential


@pytest.fixture
async def server(database: Database, settings: Settings) -> AsyncIterator[Running]:
    """A running server."""
    async with running(settings.model_copy(update={"database_url": SecretStr(url_of(database))})) as found:
        yield found


async def token_of(server: Running, *, call_limit: int) -> str:
    """A token of a new account with so many calls."""
    await factories.make_user(server.services.database, "ada")
    client = await Client(server.services).sign_in("ada", call_limit=call_limit)
    assert client.token is not None
    return client.token


def codes(body: dict[str, Any]) -> list[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in body.get("errors", [])]


async def test_a_bad_credential_is_told_and_does_not_hinder_signing_in(server: Running) -> None:
    # given
    await make_account(server.services.database, "ada")
    bad = {"Authorization": "Bearer nonsense"}
    url = f"{server.base_url}/graphql"
    # when
    refused = (await server.http.post(url, json={"query": ME}, headers=bad)).json()
    variables = {"name": "ada", "password": PASSWORD}
    entered = (await server.http.post(url, json={"query": SIGN_IN, "variables": variables}, headers=bad)).json()
    # then
    assert codes(refused) == ["UNAUTHENTICATED"]
    assert "token" in entered["data"]["signIn"]


async def test_each_operation_of_a_batch_is_charged(server: Running) -> None:
    # given
    headers = {"X-Authorization": f"Bearer {await token_of(server, call_limit=5)}"}
    url = f"{server.base_url}/graphql"
    # when
    first = (await server.http.post(url, json=[{"query": ME}] * 4, headers=headers)).json()
    second = (await server.http.post(url, json=[{"query": ME}] * 3, headers=headers)).json()
    # then
    assert [codes(each) for each in first] == [[]] * 4
    assert sorted(codes(each) for each in second) == [[], ["LIMIT_EXCEEDED"], ["LIMIT_EXCEEDED"]]


async def test_free_fields_are_not_charged(server: Running) -> None:
    # given
    await make_account(server.services.database, "bob")
    headers = {"Authorization": f"Bearer {await token_of(server, call_limit=1)}"}
    url = f"{server.base_url}/graphql"
    free = {"query": SIGN_IN, "variables": {"name": "bob", "password": PASSWORD}}
    # when
    answers = [(await server.http.post(url, json=body, headers=headers)).json() for body in [free] * 3]
    answers += [(await server.http.post(url, json={"query": "{ __typename }"}, headers=headers)).json()] * 3
    # then
    assert [codes(each) for each in answers] == [[]] * 6
    assert codes((await server.http.post(url, json={"query": ME}, headers=headers)).json()) == []
    assert codes((await server.http.post(url, json={"query": ME}, headers=headers)).json()) == ["LIMIT_EXCEEDED"]


async def test_each_operation_on_a_socket_is_charged_and_its_credential_checked_again(server: Running) -> None:
    # given
    token = await token_of(server, call_limit=3)
    url = server.base_url.replace("http:", "ws:") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}

        async def ask(query: str) -> dict[str, Any]:
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            message = json.loads(await socket.recv())
            if message["type"] == "error":
                return {"errors": message["payload"]}
            assert json.loads(await socket.recv())["type"] == "complete"
            return dict(message["payload"])

        # when
        answers = [await ask(ME) for _ in range(2)]
        answers.append(await ask("mutation { signOut { ... on SignOutPayload { __typename } } }"))
        answers.append(await ask(ME))
    # then
    assert [codes(each) for each in answers] == [[], [], [], ["UNAUTHENTICATED"]]


@pytest.mark.parametrize(
    "payload", [{"token": "nonsense"}, {"Authorization": "Basic dTpw"}, {"Authorization": "Bearer "}, {"token": 1}]
)
async def test_a_socket_with_a_bad_credential_is_closed(server: Running, payload: dict[str, Any]) -> None:
    url = server.base_url.replace("http:", "ws:") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize("path", ["/", "/graphql", "/health/live", "/nowhere", "/graphiql/none.js"])
async def test_every_answer_has_headers_that_keep_browsers_safe(server: Running, path: str) -> None:
    answer = await server.http.get(server.base_url + path, headers={"Accept": "text/html"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_health_tells_no_more_than_which_part_is_missing(server: Running) -> None:
    assert (await server.http.get(f"{server.base_url}/health/live")).json() == {"status": "live"}
    ready = await server.http.get(f"{server.base_url}/health/ready")
    assert ready.json() == {"status": "ready", "components": {"database": True, "storage": True}}
    assert ready.headers["cache-control"] == "no-store"
