"""GraphQL over WebSocket by the graphql-transport-ws protocol, with every frame checked before Strawberry sees it.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Strawberry trusts a frame's shape; here a malformed
one closes the socket with 4400 and a reason, and nothing a client sends ends in an unhandled exception.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from starlette.websockets import WebSocketDisconnected as SocketAlreadyClosed
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.execution import PreExecutionError

from app.errors import AppError, Unauthenticated
from schema.http.bodies import decode_json
from schema.http.responses import (
    RequestError,
    coded,
    encode_json,
    formatted_app_error,
    formatted_error,
    internal_error,
    result_body,
)

if TYPE_CHECKING:
    from schema.asgi import GraphQLApp

MAX_ID_LENGTH = 255
MAX_REASON_BYTES = 123  # a close frame holds 125 bytes, two of them the code (RFC 6455, section 5.5)


@dataclass
class Connection:
    """One accepted socket; `context` is what sign-in made of it and of the connection_init payload, None before."""

    socket: WebSocket
    connection_params: dict[str, Any] = field(default_factory=dict)
    context: Any = None


def bearer_token(payload: Mapping[str, Any]) -> str | None:
    """The token in a connection_init payload: `Authorization: "Bearer …"` in any case, `X-Authorization` or `token`.

    None without one. Raises Unauthenticated where it is no string.
    """
    given = {key.lower(): value for key, value in payload.items()}
    value = given.get("authorization", given.get("x-authorization", given.get("token")))
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unauthenticated('Authorization must be a string such as "Bearer …"')
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()


class SocketAdapter(ASGIWebSocketAdapter):
    """Reads frames without failing on any of them and gives up on clients that do not read."""

    view: "GraphQLApp"
    ws: WebSocket
    _reader: asyncio.Task[Any] | None = None
    gave_up = False

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """The frames' contents until the socket closes."""
        self._reader = asyncio.current_task()
        with suppress(WebSocketDisconnect, SocketAlreadyClosed):
            while self.ws.application_state is WebSocketState.CONNECTED:
                message = await self.ws.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None:
                    raise NonTextMessageReceived
                if len(text) > self.view.settings.max_body_bytes:
                    await self.close(4400, f"A message may hold {self.view.settings.max_body_bytes} bytes")
                    return
                try:
                    value = decode_json(text)
                except RequestError as error:
                    raise NonJsonMessageReceived from error
                yield value

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; a client that leaves it unread too long is let go. Raises WebSocketDisconnected."""
        try:
            async with asyncio.timeout(self.view.settings.websocket_send_seconds):
                await self.ws.send_text(encode_json(message).decode())
        except TimeoutError:
            await self._give_up()
            raise WebSocketDisconnected from None
        except (WebSocketDisconnect, SocketAlreadyClosed) as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close the socket once; a reason that is too long for a close frame is cut."""
        if self.ws.application_state is not WebSocketState.CONNECTED:
            return
        cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(WebSocketDisconnect, SocketAlreadyClosed, TimeoutError):
            async with asyncio.timeout(self.view.settings.websocket_send_seconds):
                await self.ws.close(code, cut)

    async def _give_up(self) -> None:
        if self.gave_up:
            return
        self.gave_up = True
        await self.close(4408, "The client reads too slowly")
        # The close frame waits behind what was not read, so the reader would wait for ever.
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()


class SocketHandler(BaseGraphQLTransportWSHandler[Connection, None]):
    """Strawberry's handler with frames checked, a fresh context per operation, and errors that tell nothing inner."""

    view: "GraphQLApp"
    websocket: SocketAdapter

    async def handle(self) -> None:
        """Serve the socket until it closes."""
        try:
            await super().handle()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self.websocket.gave_up or task is None:
                raise
            task.uncancel()
        except Exception as error:
            await self.websocket.close(1011, internal_error(error)["message"])

    async def handle_message(self, message: Message) -> None:
        """Act on one frame, or close with 4400 where it is malformed."""
        problem = malformed(message)
        if problem:
            await self.handle_invalid_message(problem)
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Sign in, or close with 4403 and the reason."""
        try:
            await super().handle_connection_init(message)
        except AppError as error:
            await self.websocket.close(4403, error.message)
        except TimeoutError:
            await self.websocket.close(4408, "Signing in took too long")

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation, unless the socket already runs as many as it may."""
        limit = self.max_subscriptions_per_connection or 0
        is_new = self.connection_acknowledged and message["id"] not in self.operations
        if is_new and len(self.operations) >= limit:
            error = {
                "message": f"One WebSocket may run {limit} operations at a time",
                "extensions": {"code": "LIMIT_EXCEEDED"},
            }
            await self.send_message(cast(Message, {"id": message["id"], "type": "error", "payload": [error]}))
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Connection, None]) -> None:
        """Run one operation and send its results; whatever goes wrong ends this operation, not the socket."""
        try:
            await self._stream(operation)
        except WebSocketDisconnected:
            return
        except AppError as error:
            await self._send_errors(operation, [formatted_app_error(error)])
        except Exception as error:
            await self._send_errors(operation, [internal_error(error)])
        finally:
            if self.operations.get(operation.id) is operation:
                del self.operations[operation.id]

    async def _stream(self, operation: Operation[Connection, None]) -> None:
        context = await self.view.make_operation_context(self.context.context)
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        async with aclosing(results):
            async for result in results:
                if isinstance(result, PreExecutionError):
                    await self._send_errors(operation, [coded(formatted_error(error)) for error in result.errors or ()])
                    return
                payload = result_body(cast(Any, result))
                await self._send(operation, {"id": operation.id, "type": "next", "payload": payload})
        await self._send(operation, {"id": operation.id, "type": "complete"})

    async def _send(self, operation: Operation[Connection, None], message: Mapping[str, object]) -> None:
        await operation.send_operation_message(cast(Message, message))

    async def _send_errors(self, operation: Operation[Connection, None], errors: list[dict[str, Any]]) -> None:
        with suppress(WebSocketDisconnected):
            await self._send(operation, {"id": operation.id, "type": "error", "payload": errors})


def malformed(message: object) -> str | None:
    """What is wrong with a client's frame, None where it is one that the protocol knows."""
    if not isinstance(message, dict):
        return "A message must be a JSON object"
    kind = message.get("type")
    if kind in ("connection_init", "ping", "pong"):
        if not isinstance(message.get("payload", {}), dict):
            return f"The payload of {kind} must be an object"
        return None
    if kind not in ("subscribe", "complete"):
        return f"Unknown message type: {kind}" if isinstance(kind, str) else "A message needs a type, a string"
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= MAX_ID_LENGTH:
        return f"The id of {kind} must be a string of 1 to {MAX_ID_LENGTH} characters"
    return _malformed_payload(message.get("payload")) if kind == "subscribe" else None


def _malformed_payload(payload: object) -> str | None:
    if not isinstance(payload, dict):
        return "The payload of subscribe must be an object"
    if not isinstance(payload.get("query"), str) or not payload["query"]:
        return "The query of subscribe must be a string"
    if not isinstance(payload.get("variables"), dict | None):
        return "The variables of subscribe must be an object or null"
    if not isinstance(payload.get("operationName"), str | None):
        return "The operationName of subscribe must be a string or null"
    if not isinstance(payload.get("extensions"), dict | None):
        return "The extensions of subscribe must be an object or null"
    return None
