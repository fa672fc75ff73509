"""What the GraphQL endpoint answers: media types, status codes, error bodies and their encoding.

The rules are those of GraphQL over HTTP (draft of September 2025, https://graphql.github.io/graphql-over-http/draft/).
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import uuid4

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from app.errors import AppError, LimitExceeded
from app.observability.outages import OUTAGES, one_line

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"
INTERNAL = "INTERNAL"
UNAVAILABLE = "UNAVAILABLE"
UNAVAILABLE_MESSAGE = "The registry cannot reach its database or its file store; try again in a moment."
ANSWER_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept"}

# The status of a request error, by its code; only `application/graphql-response+json` tells it, others are 400.
STATUS_BY_CODE = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "TIMEOUT": 503, UNAVAILABLE: 503, INTERNAL: 500}

logger = logging.getLogger(__name__)


class RequestError(Exception):
    """The request is no well-formed GraphQL request. `message` is shown; `status` holds for every media type."""

    def __init__(
        self, message: str, *, status: int = 400, code: str = "BAD_REQUEST", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    @property
    def formatted(self) -> dict[str, Any]:
        """The error as GraphQL writes it."""
        return {"message": self.message, "extensions": {"code": self.code}}


def quality(accept: str, media_type: str) -> tuple[float, int]:
    """How much the Accept header wants `media_type`: (q from 0 to 1, 2 by name, 1 by `type/*`, 0 by `*/*`).

    The most specific entry decides (RFC 9110, section 12.5.1); (0, -1) where none matches.
    """
    ranges = [media_type, media_type.split("/")[0] + "/*", "*/*"]
    best = (0.0, -1)
    for entry in accept.lower().split(","):
        name, _, parameters = entry.partition(";")
        if name.strip() not in ranges:
            continue
        specificity = 2 - ranges.index(name.strip())
        given = re.search(r"(?:^|;)\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", parameters)
        if specificity > best[1]:
            best = (min(float(given[1]), 1.0) if given else 1.0, specificity)
    return best


def negotiate(accept: str | None) -> str:
    """The media type to answer in. Raises RequestError (406) where the client takes neither.

    Without the header the specification asks for `application/graphql-response+json`; a bare `*/*` (curl, fetch) gets
    `application/json`, which such clients understand. A type asked for by name goes before one met by a wildcard.
    """
    if accept is None or not accept.strip():
        return GRAPHQL_RESPONSE
    strict, plain = quality(accept, GRAPHQL_RESPONSE), quality(accept, JSON)
    if max(strict[0], plain[0]) == 0:
        raise RequestError(f"Accept must allow {GRAPHQL_RESPONSE} or {JSON}", status=406, code="NOT_ACCEPTABLE")
    if strict == plain:
        return GRAPHQL_RESPONSE if strict[1] == 2 else JSON
    return GRAPHQL_RESPONSE if strict > plain else JSON


def encode_json(data: object) -> bytes:
    """JSON by orjson; NaN and infinities become null. Raises TypeError for what JSON cannot hold."""
    try:
        return orjson.dumps(data)
    except TypeError:
        # Keys that are no strings are rare (JSON scalars only), and the option for them slows every answer.
        return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


def respond(data: object, *, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps and no browser takes for something else."""
    return Response(
        encode_json(data), status, {**ANSWER_HEADERS, **(headers or {})}, media_type=f"{media_type}; charset=utf-8"
    )


def refuse(error: RequestError, media_type: str) -> Response:
    """The answer to a malformed request."""
    return respond({"errors": [error.formatted]}, media_type=media_type, status=error.status, headers=error.headers)


def internal_error(error: BaseException) -> dict[str, Any]:
    """Log what nobody expected and return an error that tells only its trace id, or that something is out of reach."""
    if isinstance(error, OUTAGES):
        logger.warning("a request failed: %s", one_line(error))
        return {"message": UNAVAILABLE_MESSAGE, "extensions": {"code": UNAVAILABLE}}
    trace_id = uuid4().hex
    logger.error("unexpected error %s", trace_id, exc_info=error)
    return {
        "message": "Something went wrong on our side.",
        "extensions": {"code": INTERNAL, "traceId": trace_id},
    }


def formatted_app_error(error: AppError) -> dict[str, Any]:
    """A refusal of the domain as a top-level GraphQL error."""
    extensions: dict[str, Any] = {"code": error.code}
    if isinstance(error, LimitExceeded) and error.retry_after_seconds is not None:
        extensions["retryAfterSeconds"] = error.retry_after_seconds
    return {"message": error.message, "extensions": extensions}


def formatted_error(error: GraphQLError) -> dict[str, Any]:
    """A GraphQL error for the client: an exception that nobody translated keeps its place and loses its message."""
    formatted = cast(dict[str, Any], error.formatted)
    original = error.original_error
    if isinstance(original, AppError):
        return {**formatted, **formatted_app_error(original)}
    if isinstance(original, RecursionError):
        return {"message": "The document is nested too deeply", "extensions": {"code": "BAD_REQUEST"}}
    # graphql-core puts an exception's own text into the message only when it knows nothing better to say.
    if original is not None and not isinstance(original, GraphQLError) and error.message == str(original):
        return {**formatted, **internal_error(original)}
    return formatted


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed: GraphQL then wants no `data` entry at all. Errors of fields carry a path."""
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


def result_body(result: ExecutionResult) -> GraphQLHTTPResponse:
    """The response body of one operation."""
    body: dict[str, Any] = {}
    if is_request_error(result):
        body["errors"] = [coded(formatted_error(error)) for error in result.errors or ()]
    else:
        body["data"] = result.data
        if result.errors:
            body["errors"] = [formatted_error(error) for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return cast(GraphQLHTTPResponse, body)


def coded(error: dict[str, Any]) -> dict[str, Any]:
    """The same request error with a code, BAD_REQUEST where it has none."""
    return {**error, "extensions": {"code": "BAD_REQUEST", **(error.get("extensions") or {})}}


def status_of(errors: Iterable[Mapping[str, Any]]) -> tuple[int, dict[str, str]]:
    """Status and headers for formatted request errors, in `application/graphql-response+json`."""
    for error in errors:
        extensions = error.get("extensions") or {}
        retry = extensions.get("retryAfterSeconds")
        if retry is not None:
            return 429, {"Retry-After": str(max(1, round(retry)))}
        status = STATUS_BY_CODE.get(str(extensions.get("code")), 400)
        if status != 400:
            return status, {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return 400, {}


def answer(bodies: GraphQLHTTPResponse | Sequence[GraphQLHTTPResponse], media_type: str) -> Response:
    """The HTTP answer to one operation, or to a batch (always 200: its parts succeed or fail by themselves)."""
    status, headers = 200, dict[str, str]()
    if media_type == GRAPHQL_RESPONSE and isinstance(bodies, dict) and "data" not in bodies:
        status, headers = status_of(cast(Iterable[Mapping[str, Any]], bodies.get("errors") or ()))
    return respond(bodies, media_type=media_type, status=status, headers=headers)
