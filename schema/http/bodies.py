"""Reading a request into GraphQL operations: sizes, times, JSON and the shape of the parameters."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Message, Receive, Send
from strawberry.http import GraphQLRequestData, GraphQLRequestProtocol

from schema.http.responses import RequestError

# JSON nested deeper than any real variables; orjson itself cannot write more than 254 levels back.
MAX_JSON_DEPTH = 100
LINGER_SECONDS = 1.0


class Inbox:
    """An ASGI `receive` that knows whether the whole request body has arrived."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_complete = False

    async def __call__(self) -> Message:
        """The next ASGI message."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self.is_complete = True
        return message

    def lingering(self, send: Send) -> Send:
        """A `send` for an answer given before the body was read, to be used with `Connection: close`.

        A server that closes a connection with unread data resets it, and the client may lose the answer. So the answer
        goes out at once, and its end waits until the body is over, for LINGER_SECONDS at most. Without the header the
        server would read a body of any length to its end.
        """

        async def send_lingering(message: Message) -> None:
            if message["type"] != "http.response.body" or message.get("more_body", False):
                await send(message)
                return
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    while not self.is_complete and (await self())["type"] == "http.request":
                        pass
            await send({"type": "http.response.body", "body": b""})

        return send_lingering


def content_type_of(request: Request) -> str:
    """`application/json` or `multipart/form-data`. Raises RequestError (415) for any other body."""
    name, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charset = next((part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if name not in ("application/json", "multipart/form-data"):
        said = f"not {name}" if name else "and must be given"
        raise RequestError(
            f"Content-Type must be application/json or multipart/form-data, {said}",
            status=415,
            code="UNSUPPORTED_MEDIA_TYPE",
        )
    if charset not in ("utf-8", "utf8") or encoding != "identity":
        raise RequestError("The body must be UTF-8 without Content-Encoding", status=415, code="UNSUPPORTED_MEDIA_TYPE")
    return name


def refuse_announced(request: Request, limit: int) -> None:
    """Raise RequestError (413) before reading anything where Content-Length already exceeds `limit` bytes."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
        raise too_large(limit)


def too_large(limit: int) -> RequestError:
    """The refusal of a body above `limit` bytes."""
    return RequestError(f"The request body is larger than {limit} bytes", status=413, code="PAYLOAD_TOO_LARGE")


async def read_body(request: Request, *, limit: int, seconds: float) -> bytes:
    """The body, at most `limit` bytes (else RequestError 413), within `seconds` (else RequestError 408)."""
    refuse_announced(request, limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds), aclosing(request.stream()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise RequestError(
            f"The request body did not arrive within {seconds:g} seconds", status=408, code="REQUEST_TIMEOUT"
        ) from None
    return bytes(body)


def decode_json(data: str | bytes, name: str = "The request body") -> Any:
    """Parse JSON strictly: UTF-8, no NaN, no lone surrogates, no endless numbers. Raises RequestError otherwise.

    Integers beyond 64 bits become floats; of equal keys the last one counts. `name` says in the error what was read.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"{name} is not valid JSON: {error}") from None
    text = data if isinstance(data, bytes) else data.encode()
    # Counting brackets bounds the depth from above and spares almost every request the walk.
    if text.count(b"[") + text.count(b"{") > MAX_JSON_DEPTH:
        _refuse_deep(value, name)
    return value


def _refuse_deep(value: object, name: str) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return
        level = inner
    raise RequestError(f"{name} is nested deeper than {MAX_JSON_DEPTH} levels")


def operations_of(
    data: object, *, max_batch_operations: int, protocol: GraphQLRequestProtocol
) -> GraphQLRequestData | list[GraphQLRequestData]:
    """The operation, or the batch of at most `max_batch_operations`, in a decoded body. Raises RequestError."""
    if not isinstance(data, list):
        return operation_of(data, protocol=protocol)
    if protocol != "http":
        raise RequestError("A batch cannot be answered as a stream: send its operations one by one")
    if not data:
        raise RequestError("The batch is empty")
    if len(data) > max_batch_operations:
        raise RequestError(f"A batch may hold {max_batch_operations} operations, not {len(data)}")
    return [operation_of(item, protocol=protocol, at=f"[{index}]") for index, item in enumerate(data)]


def operation_of(data: object, *, protocol: GraphQLRequestProtocol, at: str = "") -> GraphQLRequestData:
    """One operation from its decoded parameters; `at` names its place in a batch. Raises RequestError."""
    if not isinstance(data, dict):
        raise RequestError(f"The GraphQL request{at} must be an object with the key `query`")
    query = data.get("query")
    if query is None or query == "":
        raise RequestError(f"`query`{at} is missing")
    if not isinstance(query, str):
        raise RequestError(f"`query`{at} must be a string")
    operation_name = data.get("operationName")
    if not isinstance(operation_name, str | None):
        raise RequestError(f"`operationName`{at} must be a string or null")
    for key in ("variables", "extensions"):
        if not isinstance(data.get(key), dict | None):
            raise RequestError(f"`{key}`{at} must be an object or null")
    # An empty name counts as none (GraphQL over HTTP, section GET).
    return GraphQLRequestData(query, data.get("variables"), operation_name or None, data.get("extensions"), protocol)


def operation_of_url(parameters: Mapping[str, str], protocol: GraphQLRequestProtocol) -> GraphQLRequestData:
    """The operation in a GET request's query string. Raises RequestError."""
    data: dict[str, Any] = dict(parameters)
    for key in ("variables", "extensions"):
        if key in data:
            data[key] = decode_json(data[key], f"`{key}`") if data[key] else None
    return operation_of(data, protocol=protocol)
