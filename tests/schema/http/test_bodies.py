"""Reading JSON bodies: whatever is sent gets a clear answer, never a 500."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.http.bodies import MAX_JSON_DEPTH, decode_json, operations_of
from schema.http.responses import RequestError
from tests.schema.http.conftest import Endpoint

MALFORMED = {
    "empty": b"",
    "not JSON": b"{query: hello}",
    "trailing text": b'{"query": "{ hello }"} more',
    "null": b"null",
    "a number": b"1",
    "a string": b'"{ hello }"',
    "an array of numbers": b"[1]",
    "an empty batch": b"[]",
    "a nested batch": b'[[{"query": "{ hello }"}]]',
    "invalid UTF-8": b'{"query": "\xff"}',
    "UTF-16": '{"query": "{ hello }"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"query": "{ hello }"}',
    "a lone surrogate": b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
    "a lone surrogate as query": b'{"query": "\\udc00"}',
    "a huge integer": b'{"query": "{ hello }", "variables": {"a": ' + b"9" * 6000 + b"}}",
    "an infinite number": b'{"query": "{ hello }", "variables": {"a": 1e999}}',
    "NaN": b'{"query": "{ hello }", "variables": {"a": NaN}}',
    "20,000 nested arrays": b"[" * 20_000 + b"]" * 20_000,
    "200 nested arrays": b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}",
    "200 nested objects": b'{"query": "{ hello }", "variables": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
    "unclosed arrays": b"[" * 100_000,
    "no query": b'{"variables": {}}',
    "an empty query": b'{"query": ""}',
    "query null": b'{"query": null}',
    "query a number": b'{"query": 1}',
    "query false": b'{"query": false}',
    "query an object": b'{"query": {"a": 1}}',
    "query an array": b'{"query": ["{ hello }"]}',
    "variables a string": b'{"query": "{ hello }", "variables": "{}"}',
    "variables an array": b'{"query": "{ hello }", "variables": []}',
    "variables zero": b'{"query": "{ hello }", "variables": 0}',
    "operationName a number": b'{"query": "{ hello }", "operationName": 1}',
    "operationName an object": b'{"query": "{ hello }", "operationName": {}}',
    "extensions an array": b'{"query": "{ hello }", "extensions": []}',
    "extensions a string": b'{"query": "{ hello }", "extensions": "x"}',
}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_body_is_400_with_a_graphql_error(ample: Endpoint, body: bytes, accept: str) -> None:
    response = await ample.post_raw(body, Accept=accept)

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["message"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ hello }", "query": "{ count(upTo: 1) }"}',
        b'{"query": "{ count(upTo: 1) }", "variables": null, "operationName": null, "extensions": null, "id": 7}',
        b'{"query": "{ count(upTo: 1) }", "operationName": ""}',
    ],
)
async def test_nulls_duplicate_and_unknown_keys_are_fine(ample: Endpoint, body: bytes) -> None:
    response = await ample.post_raw(body)

    assert response.json()["data"] == {"count": 1}


async def test_an_integer_beyond_int_is_a_request_error(ample: Endpoint) -> None:
    query = "query ($n: Int!) { count(upTo: $n) }"

    response = await ample.post(query, "application/graphql-response+json", variables={"n": 2**70})

    assert response.status_code == 400


async def test_a_batch_above_the_limit_is_refused(tight: Endpoint) -> None:
    response = await tight.http.post(tight.url, json=[{"query": "{ hello }"}] * 4)

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "A batch may hold 3 operations, not 4"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/graphql"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_other_content_types_are_415(ample: Endpoint, headers: dict[str, str]) -> None:
    body = b'{"query": "mutation { change }"}'

    response = await ample.http.post(ample.url, content=body, headers=headers)

    assert response.status_code == 415
    assert ample.journal.mutations == 0


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
async def test_utf_8_may_be_named(ample: Endpoint, content_type: str) -> None:
    body = json.dumps({"query": '{ hello(name: "Ångström 🚀") }'}, ensure_ascii=False).encode()

    response = await ample.post_raw(body, Content_Type=content_type)

    assert response.json()["data"] == {"hello": "hello Ångström 🚀"}


@pytest.mark.parametrize("parameters", [{"variables": "{"}, {"variables": "[]"}, {"extensions": "1"}, {"query": ""}])
async def test_malformed_parameters_of_get_are_400(ample: Endpoint, parameters: dict[str, str]) -> None:
    response = await ample.http.get(ample.url, params={"query": "{ hello }", **parameters})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_an_announced_body_above_the_limit_is_413(tight: Endpoint) -> None:
    response = await tight.post_raw(b" " * 3000)

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_an_absurd_content_length_is_413_before_anything_is_read(tight: Endpoint) -> None:
    reader, writer = await tight.raw()
    writer.write(_head("Content-Length: 5000000000"))

    assert await reader.readline() == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    writer.close()


async def test_a_chunked_body_above_the_limit_is_413(tight: Endpoint) -> None:
    # given a body of unknown length
    reader, writer = await tight.raw()
    writer.write(_head("Transfer-Encoding: chunked"))

    # when it passes the limit, without ending
    for _ in range(3):
        writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")

    # then the answer comes and the connection is closed
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    writer.close()


async def test_a_body_that_does_not_arrive_is_408(tight: Endpoint) -> None:
    reader, writer = await tight.raw()
    writer.write(_head("Content-Length: 100") + b'{"query"')

    answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in answer
    writer.close()


async def test_a_client_that_leaves_during_its_body_harms_nobody(ample: Endpoint) -> None:
    _, writer = await ample.raw()
    writer.write(_head("Content-Length: 100") + b'{"query"')
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await ample.post("{ hello }")).status_code == 200


async def test_a_refused_body_does_not_spoil_the_next_request_on_the_connection(ample: Endpoint) -> None:
    for body in (b"{", b'{"query": "{ hello }"}'):
        response = await ample.post_raw(body)

    assert response.json()["data"] == {"hello": "hello world"}


def _head(framing: str) -> bytes:
    return f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n\r\n".encode()


@pytest.mark.parametrize("depth", [1, MAX_JSON_DEPTH])
def test_nesting_up_to_the_limit_is_read(depth: int) -> None:
    assert decode_json(b"[" * depth + b"]" * depth) is not None


def test_nesting_beyond_the_limit_is_refused() -> None:
    depth = MAX_JSON_DEPTH + 2

    with pytest.raises(RequestError, match="deeper than 100"):
        decode_json(b"[" * depth + b"]" * depth)


def test_many_shallow_brackets_are_read() -> None:
    assert len(decode_json(json.dumps([[] for _ in range(5000)]))) == 5000


@given(st.binary())
def test_any_bytes_are_json_or_refused(data: bytes) -> None:
    try:
        decode_json(data)
    except RequestError as error:
        assert error.status == 400  # noqa: PT017


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_parameters = st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions", "x"]), _json)


@given(_json | _parameters | st.lists(_parameters, max_size=4))
def test_any_value_is_operations_or_refused(data: Any) -> None:
    try:
        operations = operations_of(data, max_batch_operations=3, protocol="http")
    except RequestError as error:
        assert (error.status, error.code) == (400, "BAD_REQUEST")  # noqa: PT017
        return
    for operation in operations if isinstance(operations, list) else [operations]:
        assert isinstance(operation.query, str)
        assert operation.query
        assert isinstance(operation.variables, dict | None)
        assert isinstance(operation.operation_name, str | None)
