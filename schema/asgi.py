"""The GraphQL endpoint: Strawberry's ASGI view, made to follow GraphQL over HTTP and to withstand any request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from cross_web import StarletteRequestAdapter
from graphql import GraphQLError
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, GraphQLRequestProtocol
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType

from app.config import Settings
from app.errors import AppError
from schema.http import multipart, responses
from schema.http.bodies import Inbox, content_type_of, decode_json, operation_of_url, operations_of, read_body
from schema.http.planned import PlannedOperations
from schema.http.responses import RequestError
from schema.http.websocket import Connection, SocketAdapter, SocketHandler

METHODS = "GET, POST, OPTIONS"
ALLOWED_TYPES = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}


def cors_options(settings: Settings) -> dict[str, Any]:
    """Arguments for Starlette's CORSMiddleware: the foreign origins of the settings and what they may send and read."""
    return {
        "allow_origins": settings.allowed_origins,
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["Authorization", "X-Authorization", "Content-Type", *multipart.PREFLIGHT_HEADERS],
        "expose_headers": ["Retry-After"],
        "max_age": 600,
    }


class GraphQLApp(GraphQL[Any, None]):
    """The view. Mount it with `Route` and `WebSocketRoute` (`Mount` redirects a POST).

    `make_context` makes the context of an HTTP request and may raise AppError. `authenticate_socket` turns a socket and
    its connection_init payload into the connection's context; AppError refuses it. `make_operation_context` makes a
    fresh context for each operation on it, so that loaders do not outlive one. `authorize_upload` is asked before a
    multipart body is read, so that strangers cannot fill the disk: a response refuses, None goes on, AppError refuses.
    `graphiql` renders the page for browsers; None: there is none. `planned` answers queries that it knows.
    """

    websocket_adapter_class = SocketAdapter
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        schema: BaseSchema,
        *,
        settings: Settings,
        make_context: Callable[[Request], Awaitable[Any]],
        authenticate_socket: Callable[[WebSocket, dict[str, Any]], Awaitable[Any]],
        make_operation_context: Callable[[Any], Awaitable[Any]],
        graphiql: Callable[[Request], Response] | None = None,
        authorize_upload: Callable[[Request], Awaitable[Response | None]] | None = None,
        planned: PlannedOperations | None = None,
    ) -> None:
        super().__init__(
            schema,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            connection_init_wait_timeout=timedelta(seconds=settings.websocket_init_seconds),
            max_subscriptions_per_connection=settings.max_subscriptions_per_socket,
            allowed_origins=settings.allowed_origins,
        )
        self.settings = settings
        self.make_context = make_context
        self.authenticate_socket = authenticate_socket
        self.make_operation_context = make_operation_context
        self.graphiql = graphiql
        self.authorize_upload = authorize_upload
        self.planned = planned
        settings.effective_upload_tmp_dir.mkdir(parents=True, exist_ok=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive, send))
            return
        inbox = Inbox(receive)
        try:
            response = await self._answer(Request(scope, inbox))
        except ClientDisconnect:
            return
        if scope["method"] == "POST" and not inbox.is_complete:
            response.headers["Connection"] = "close"
            send = inbox.lingering(send)
        await response(scope, inbox, send)

    async def _answer(self, request: Request) -> Response:
        media_type = responses.JSON
        try:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": METHODS})
            if request.method not in ALLOWED_TYPES:
                raise RequestError(
                    f"GraphQL takes {METHODS}, not {request.method}",
                    status=405,
                    code="METHOD_NOT_ALLOWED",
                    headers={"Allow": METHODS},
                )
            if self._wants_page(request) and self.graphiql is not None:
                return self.graphiql(request)
            stream = self._get_stream_transport_from_headers(request.headers)
            if stream is None:
                media_type = responses.negotiate(request.headers.get("accept"))
            return await self._serve(request, media_type, stream.protocol if stream else "http")
        except RequestError as error:
            return responses.refuse(error, media_type)
        except AppError as error:
            body = {"errors": [responses.formatted_app_error(error)]}
            return responses.answer(cast(GraphQLHTTPResponse, body), media_type)
        except ClientDisconnect:
            raise
        except Exception as error:
            body = {"errors": [responses.internal_error(error)]}
            status, _ = responses.status_of(body["errors"])
            return responses.respond(body, media_type=media_type, status=status)

    def _wants_page(self, request: Request) -> bool:
        wanted, specificity = responses.quality(request.headers.get("accept", ""), responses.HTML)
        return request.method == "GET" and "query" not in request.query_params and wanted > 0 and specificity > 0

    async def _serve(self, request: Request, media_type: str, protocol: GraphQLRequestProtocol) -> Response:
        """Read the request, run its operations and answer; uploaded files live as long as that takes."""
        files: list[UploadFile] = []
        try:
            if request.method == "GET":
                data: Any = operation_of_url(request.query_params, protocol)
            elif content_type_of(request) == "application/json":
                data = await self._read_json(request, protocol)
            else:
                refusal = await self._refuse_upload(request, protocol)
                if refusal is not None:
                    return refusal
                operations, files = await multipart.read_multipart(request, self.settings)
                data = self._operations(operations, protocol)
            context = await self.make_context(request)
            if protocol != "http":
                return await self._serve_stream(request, data, context)
            if isinstance(data, list):
                results = await self._execute_batch(request, data, context)
                return responses.answer([responses.result_body(result) for result in results], media_type)
            body = await self.planned.answer(data, context) if self.planned is not None else None
            if body is not None:
                return responses.answer(cast(GraphQLHTTPResponse, body), media_type)
            result = await self._execute(request, data, context)
            return responses.answer(responses.result_body(result), media_type)
        finally:
            await multipart.close_files(files)

    async def _read_json(self, request: Request, protocol: GraphQLRequestProtocol) -> Any:
        body = await read_body(
            request, limit=self.settings.max_body_bytes, seconds=self.settings.request_timeout_seconds
        )
        return self._operations(decode_json(body), protocol)

    def _operations(self, data: object, protocol: GraphQLRequestProtocol) -> Any:
        return operations_of(data, max_batch_operations=self.settings.max_batch_operations, protocol=protocol)

    async def _refuse_upload(self, request: Request, protocol: GraphQLRequestProtocol) -> Response | None:
        multipart.require_preflight(request)
        if protocol != "http":
            raise RequestError("An upload cannot be answered as a stream")
        return await self.authorize_upload(request) if self.authorize_upload is not None else None

    async def _execute(self, request: Request, data: GraphQLRequestData, context: Any) -> ExecutionResult:
        """Run a query or mutation. Raises RequestError for an operation that this method cannot carry."""
        try:
            return await self.schema.execute(
                data.query,
                variable_values=data.variables,
                context_value=context,
                operation_name=data.operation_name,
                allowed_operation_types=ALLOWED_TYPES[request.method],
                operation_extensions=data.extensions,
            )
        except CannotGetOperationTypeError as error:
            return PreExecutionError(data=None, errors=[GraphQLError(error.as_http_error_reason())])
        except InvalidOperationTypeError as error:
            raise self._misplaced(error.operation_type) from None

    @staticmethod
    def _misplaced(operation_type: OperationType) -> RequestError:
        if operation_type is OperationType.MUTATION:
            return RequestError(
                "A mutation must be sent by POST", status=405, code="METHOD_NOT_ALLOWED", headers={"Allow": "POST"}
            )
        return RequestError(
            "A subscription needs a stream: use WebSocket with the subprotocol graphql-transport-ws, or "
            "`Accept: text/event-stream`"
        )

    async def _execute_batch(
        self, request: Request, batch: list[GraphQLRequestData], context: Any
    ) -> list[ExecutionResult]:
        """Run the operations side by side on one context; each fails by itself."""

        async def one(data: GraphQLRequestData) -> ExecutionResult:
            try:
                return await self._execute(request, data, context)
            except RequestError as error:
                refusal = GraphQLError(error.message, extensions={"code": error.code})
                return PreExecutionError(data=None, errors=[refusal])

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(data)) for data in batch]
        return [task.result() for task in tasks]

    async def _serve_stream(self, request: Request, data: GraphQLRequestData, context: Any) -> Response:
        sub_response = await self.get_sub_response(request)
        result = await self.execute_operation(
            request, StarletteRequestAdapter(request), data, context, None, sub_response
        )
        return await self._create_streaming_response(request, cast(Any, result), data.protocol, sub_response)

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """Strawberry's stream with the headers that every answer has."""
        merged = {**responses.ANSWER_HEADERS, **headers}
        return await super().create_streaming_response(request, stream, sub_response, merged)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The body of one result in a stream."""
        return responses.result_body(result)

    def encode_json(self, data: object) -> bytes:
        """JSON of one result in a stream."""
        return responses.encode_json(data)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Connection:
        """The context of a socket, which nobody has signed in to yet; Strawberry asks for it on accepting."""
        return Connection(cast(WebSocket, request))

    async def on_ws_connect(self, context: Connection) -> UnsetType:
        """Sign in by connection_init. Raises AppError for a refusal and TimeoutError where that takes too long."""
        async with asyncio.timeout(self.settings.websocket_init_seconds):
            context.context = await self.authenticate_socket(context.socket, context.connection_params)
        return cast(UnsetType, UNSET)  # an acknowledgement without payload
