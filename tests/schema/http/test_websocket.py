"""graphql-transport-ws: no frame ends in an unhandled exception, and no client holds more than its share."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.errors import Unauthenticated
from schema.http.websocket import bearer_token, malformed
from tests.schema.http.conftest import Endpoint


async def say(socket: ClientConnection, **message: Any) -> None:
    """Send a frame."""
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> Any:
    """Receive a frame."""
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def sign_in(socket: ClientConnection, **payload: Any) -> None:
    """Initialise the connection."""
    await say(socket, type="connection_init", payload=payload)
    assert await hear(socket) == {"type": "connection_ack"}


async def subscribe(socket: ClientConnection, identity: str, query: str, **rest: Any) -> None:
    """Start an operation."""
    await say(socket, type="subscribe", id=identity, payload={"query": query, **rest})


async def closing(socket: ClientConnection) -> tuple[int | None, str]:
    """The code and reason with which the server closes."""
    async with asyncio.timeout(10):
        await socket.wait_closed()
    return socket.close_code, socket.close_reason or ""


SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}}
MALFORMED: dict[str, str | bytes] = {
    "not JSON": "{",
    "nothing": "",
    "null": "null",
    "a number": "1",
    "a string": '"x"',
    "an array": "[]",
    "an array of messages": '[{"type": "ping"}]',
    "binary": b'{"type": "ping"}',
    "NaN": '{"type": NaN}',
    "a lone surrogate": '{"type": "\\ud800"}',
    "a huge integer": '{"type": ' + "9" * 6000 + "}",
    "20,000 nested arrays": "[" * 20_000 + "]" * 20_000,
    "unclosed arrays": "[" * 20_000,
    "300 nested arrays": '{"type": "ping", "payload": {"a": ' + "[" * 300 + "]" * 300 + "}}",
    "no type": "{}",
    "type null": '{"type": null}',
    "type an array": '{"type": []}',
    "type an object": '{"type": {}}',
    "type unknown": '{"type": "start"}',
    "type unknown and long": json.dumps({"type": "ä" * 5000}),
    "ping with a string": '{"type": "ping", "payload": "x"}',
    "pong with an array": '{"type": "pong", "payload": []}',
    "complete without id": '{"type": "complete"}',
    "complete with an unhashable id": '{"type": "complete", "id": []}',
    "subscribe without id": json.dumps({**SUBSCRIBE, "id": None}),
    "subscribe without payload": '{"type": "subscribe", "id": "1"}',
    "id an array": json.dumps({**SUBSCRIBE, "id": ["1"]}),
    "id an object": json.dumps({**SUBSCRIBE, "id": {}}),
    "id a number": json.dumps({**SUBSCRIBE, "id": 1}),
    "id empty": json.dumps({**SUBSCRIBE, "id": ""}),
    "id too long": json.dumps({**SUBSCRIBE, "id": "x" * 300}),
    "payload null": json.dumps({**SUBSCRIBE, "payload": None}),
    "payload a string": json.dumps({**SUBSCRIBE, "payload": "{ hello }"}),
    "payload an array": json.dumps({**SUBSCRIBE, "payload": []}),
    "no query": json.dumps({**SUBSCRIBE, "payload": {}}),
    "query null": json.dumps({**SUBSCRIBE, "payload": {"query": None}}),
    "query empty": json.dumps({**SUBSCRIBE, "payload": {"query": ""}}),
    "query a number": json.dumps({**SUBSCRIBE, "payload": {"query": 1}}),
    "query an object": json.dumps({**SUBSCRIBE, "payload": {"query": {}}}),
    "variables an array": json.dumps({**SUBSCRIBE, "payload": {"query": "{ hello }", "variables": []}}),
    "variables a string": json.dumps({**SUBSCRIBE, "payload": {"query": "{ hello }", "variables": "{}"}}),
    "operationName a number": json.dumps({**SUBSCRIBE, "payload": {"query": "{ hello }", "operationName": 1}}),
    "extensions an array": json.dumps({**SUBSCRIBE, "payload": {"query": "{ hello }", "extensions": []}}),
}


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_frame_closes_with_4400_and_a_reason(
    ample: Endpoint, frame: str | bytes, signed_in: bool
) -> None:
    async with ample.socket() as socket:
        if signed_in:
            await sign_in(socket)

        await socket.send(frame)

        code, reason = await closing(socket)
        assert code == 4400
        assert reason


@pytest.mark.parametrize("payload", ["null", '"x"', "[]", "1"])
async def test_a_malformed_connection_init_closes_with_4400(ample: Endpoint, payload: str) -> None:
    async with ample.socket() as socket:
        await socket.send(f'{{"type": "connection_init", "payload": {payload}}}')

        assert (await closing(socket))[0] == 4400


async def test_invalid_utf_8_closes_with_1007(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await socket.send(b'{"type": "\xff"}', text=True)

        assert (await closing(socket))[0] == 1007


@pytest.mark.parametrize(("size", "code"), [(3000, 4400), (2 << 20, 1009)])
async def test_huge_frames_close_the_socket(tight: Endpoint, size: int, code: int) -> None:
    async with tight.socket() as socket:
        with suppress(ConnectionClosed):  # the server need not wait for the frame's end
            await socket.send(json.dumps({"type": "ping", "payload": {"x": "x" * size}}))

        assert (await closing(socket))[0] == code


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_json_is_a_message_or_has_a_problem(value: Any) -> None:
    problem = malformed(value)

    assert problem or (isinstance(value, dict) and isinstance(value["type"], str))


async def test_queries_mutations_and_subscriptions_run(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "a", "query Q($n: String) { hello(name: $n) }", variables={"n": "Ada"})
        query = [await hear(socket), await hear(socket)]
        await subscribe(socket, "b", "mutation { change }")
        mutation = [await hear(socket), await hear(socket)]
        await subscribe(socket, "c", "subscription { numbers }")
        numbers = [await hear(socket) for _ in range(3)]

    assert query[0]["payload"]["data"] == {"hello": "hello Ada"}
    assert query[1] == {"id": "a", "type": "complete"}
    assert mutation[0]["payload"]["data"] == {"change": 1}
    assert [frame.get("payload", {}).get("data") for frame in numbers] == [{"numbers": 0}, {"numbers": 1}, None]


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer good"},
        {"authorization": "bearer  good"},
        {"AUTHORIZATION": "good"},
        {"token": "good"},
    ],
)
async def test_signing_in_by_connection_init(ample: Endpoint, payload: dict[str, str]) -> None:
    async with ample.socket() as socket:
        await sign_in(socket, **payload)
        await subscribe(socket, "1", "{ hello }")
        await hear(socket)

    assert ample.journal.contexts[-1].viewer == "good"


@pytest.mark.parametrize("value", [1, [], {}, True])
def test_a_token_that_is_no_string_is_refused(value: Any) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token({"Authorization": value})


@pytest.mark.parametrize("payload", [{"token": "wrong"}, {"Authorization": 1}, {"Authorization": "Bearer "}])
async def test_a_failed_sign_in_closes_with_4403_and_the_reason(ample: Endpoint, payload: dict[str, Any]) -> None:
    async with ample.socket() as socket:
        await say(socket, type="connection_init", payload=payload)

        code, reason = await closing(socket)
        assert code == 4403
        assert reason


async def test_a_crash_while_signing_in_tells_nothing(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await say(socket, type="connection_init", payload={"token": "crash"})

        assert await closing(socket) == (1011, "Something went wrong on our side.")


@pytest.mark.parametrize("frames", [[], [{"type": "connection_init", "payload": {"token": "slow"}}]])
async def test_a_socket_that_is_not_signed_in_in_time_closes_with_4408(tight: Endpoint, frames: list[Any]) -> None:
    async with tight.socket() as socket:
        for frame in frames:
            await say(socket, **frame)

        assert (await closing(socket))[0] == 4408


async def test_subscribing_before_signing_in_closes_with_4401(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await subscribe(socket, "1", "{ hello }")

        assert (await closing(socket))[0] == 4401


async def test_a_second_connection_init_closes_with_4429(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await say(socket, type="connection_init")

        assert (await closing(socket))[0] == 4429


async def test_a_duplicate_id_closes_with_4409(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "x" * 255, "subscription { waiting }")
        await subscribe(socket, "x" * 255, "subscription { waiting }")

        assert (await closing(socket))[0] == 4409


async def test_an_id_is_free_again_after_complete(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "1", "subscription { waiting }")
        await hear(socket)

        await say(socket, type="complete", id="1")
        await subscribe(socket, "1", "{ hello }")

        assert (await hear(socket))["payload"]["data"] == {"hello": "hello world"}
        async with asyncio.timeout(10):
            await ample.journal.stopped.wait()


async def test_operations_beyond_the_limit_are_refused_one_by_one(tight: Endpoint) -> None:
    async with tight.socket() as socket:
        await sign_in(socket)
        for identity in ("1", "2", "3"):
            await subscribe(socket, identity, "subscription { waiting }")

        frames = [await hear(socket) for _ in range(3)]

        [refused] = [frame for frame in frames if frame["type"] == "error"]
        assert refused["id"] == "3"
        assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_each_operation_has_its_own_context(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        for identity in ("1", "2"):
            await subscribe(socket, identity, "{ hello }")
            await hear(socket)
            await hear(socket)

    first, second = ample.journal.contexts
    assert first is not second


@pytest.mark.parametrize("query", ["{", "{ unknown }", "query A { hello } query B { hello }", "subscription { a b }"])
async def test_a_request_error_ends_the_operation_and_not_the_socket(ample: Endpoint, query: str) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "1", query, operationName="C" if "query B" in query else None)
        error = await hear(socket)
        await subscribe(socket, "1", "{ hello }")
        answer = await hear(socket)

    assert (error["type"], error["id"]) == ("error", "1")
    assert error["payload"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer["payload"]["data"] == {"hello": "hello world"}


async def test_a_failing_subscription_tells_nothing_inner(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "1", "subscription { failing }")
        frames = [await hear(socket) for _ in range(3)]

    assert frames[1]["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert frames[2]["type"] == "complete"
    assert "secret" not in json.dumps(frames)


async def test_an_answer_that_cannot_be_encoded_ends_the_operation(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "1", "{ unspeakable }")

        error = await hear(socket)

    assert error["payload"][0]["extensions"]["code"] == "INTERNAL"


async def test_a_query_on_a_socket_that_takes_too_long_is_stopped(tight: Endpoint) -> None:
    async with tight.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "1", "{ endless }")

        frame = await hear(socket)

    assert frame["payload"][0]["extensions"]["code"] == "TIMEOUT"
    assert tight.journal.stopped.is_set()


async def test_leaving_stops_the_subscriptions(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await sign_in(socket)
        await subscribe(socket, "1", "subscription { waiting }")
        await hear(socket)

    async with asyncio.timeout(10):
        await ample.journal.stopped.wait()


async def test_a_client_that_does_not_read_is_let_go(tight: Endpoint) -> None:
    # given a client that reads the acknowledgement and nothing more
    async with tight.socket(max_queue=1, compression=None) as socket:
        await sign_in(socket)
        socket.transport.pause_reading()

        # when it is sent more than buffers hold
        await subscribe(socket, "1", "subscription { flood }")

        # then its subscription ends
        async with asyncio.timeout(10):
            await tight.journal.stopped.wait()
        socket.transport.abort()


async def test_ping_is_answered_before_and_after_signing_in(ample: Endpoint) -> None:
    async with ample.socket() as socket:
        await say(socket, type="ping")
        assert await hear(socket) == {"type": "pong"}
        await sign_in(socket)
        await say(socket, type="ping", payload={"at": 1})
        assert await hear(socket) == {"type": "pong"}
        await say(socket, type="pong")


@pytest.mark.parametrize("subprotocol", ["graphql-ws", "graphql-sse", "mqtt"])
async def test_other_subprotocols_are_refused(ample: Endpoint, subprotocol: str) -> None:
    async with ample.socket(subprotocol=subprotocol) as socket:
        assert (await closing(socket))[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://["])
async def test_foreign_origins_are_refused(tight: Endpoint, origin: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with tight.socket(origin=origin):
            pass


async def test_own_and_allowed_origins_are_welcome(tight: Endpoint) -> None:
    for origin in (f"http://127.0.0.1:{tight.port}", "https://friend.example", "https://FRIEND.example:443"):
        async with tight.socket(origin=origin) as socket:
            await sign_in(socket)
