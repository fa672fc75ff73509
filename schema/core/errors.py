"""Errors as clients see them: members of result unions for mutations, `extensions.code` for queries.

What the domain raises on purpose is shown; anything else is masked, logged with a trace id, and the id is given.
"""

import logging
import secrets
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaskErrors
from strawberry.types.field import StrawberryField

from app import errors
from app.db.repositories.packages import packages_by_id
from app.observability.outages import OUTAGES, one_line
from schema.http.responses import UNAVAILABLE, UNAVAILABLE_MESSAGE

if TYPE_CHECKING:
    from schema.packages.types import Package

logger = logging.getLogger("schema.errors")


@strawberry.enum(description="What kind of refusal an error is.")
class ErrorCode(Enum):
    """The kinds of `app.errors`."""

    UNAUTHENTICATED = strawberry.enum_value("UNAUTHENTICATED", description="Nobody is signed in.")
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="The viewer may not do this.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such thing, or the viewer may not know it.")
    CONFLICT = strawberry.enum_value("CONFLICT", description="It contradicts what is stored.")
    INVALID_INPUT = strawberry.enum_value("INVALID_INPUT", description="Fields of the input are wrong.")
    LIMIT_EXCEEDED = strawberry.enum_value("LIMIT_EXCEEDED", description="A limit was reached.")


@strawberry.interface(description="A refusal.")
class Error:
    """What all errors of mutations have in common."""

    code: ErrorCode = strawberry.field(description="The kind of refusal, for programs.")
    message: str = strawberry.field(description="What is wrong and what to do, for people.")
    path: list[str] | None = strawberry.field(description="The input field at fault, from `input` downwards.")


@strawberry.type(description="Nobody is signed in, or the credential is no longer good.")
class Unauthenticated(Error):
    """See `app.errors.Unauthenticated`."""


@strawberry.type(description="The viewer may see the thing, but not do this with it.")
class Forbidden(Error):
    """See `app.errors.Forbidden`."""


@strawberry.type(description="There is no such thing, or the viewer may not know that there is.")
class NotFound(Error):
    """See `app.errors.NotFound`."""


@strawberry.type(description="The request contradicts what is stored.")
class Conflict(Error):
    """See `app.errors.Conflict`."""

    chain_ids: strawberry.Private[tuple[Any, ...]] = ()

    @strawberry.field(description="The packages of the cycle that a link would close, from its child to its parent.")
    async def chain(
        self, info: strawberry.Info[Any, None]
    ) -> list[Annotated["Package", strawberry.lazy("schema.packages.types")]]:
        """The packages that the viewer may see; another one leaves a gap."""
        from schema.packages.types import Package

        rows = [await info.context.load(packages_by_id, key) for key in self.chain_ids]
        return [Package.from_row(row) for row in rows if row is not None]


@strawberry.type(description="One thing wrong with an input.")
class InputIssue:
    """See `app.errors.Issue`."""

    path: list[str] = strawberry.field(description="The input field at fault, from `input` downwards.")
    message: str = strawberry.field(description="What is wrong and what to do.")


@strawberry.type(description="Fields of the input are wrong; all problems are listed at once.")
class InvalidInput(Error):
    """See `app.errors.InvalidInput`."""

    issues: list[InputIssue] = strawberry.field(description="Everything that is wrong.")


@strawberry.type(description="A limit was reached.")
class LimitExceeded(Error):
    """See `app.errors.LimitExceeded`."""

    retry_after_seconds: float | None = strawberry.field(description="When to try again; null: not by waiting.")


def _union_member(error: errors.AppError) -> Error:
    shared: dict[str, Any] = {
        "code": ErrorCode[error.code],
        "message": error.message,
        "path": [str(part) for part in error.path] or None,
    }
    match error:
        case errors.InvalidInput():
            issues = [InputIssue(path=[str(part) for part in each.path], message=each.message) for each in error.issues]
            return InvalidInput(**shared, issues=issues)
        case errors.Conflict():
            return Conflict(**shared, chain_ids=error.chain)
        case errors.LimitExceeded():
            return LimitExceeded(**shared, retry_after_seconds=error.retry_after_seconds)
        case errors.Unauthenticated():
            return Unauthenticated(**shared)
        case errors.Forbidden():
            return Forbidden(**shared)
        case _:
            return NotFound(**shared)


def _handler(raised: type[errors.AppError], shown: type[Error]) -> Any:
    class Handler:
        exception_type = raised
        error_type = shown

        def handle(self, exception: errors.AppError, *, field: StrawberryField, info: Any) -> Error:
            return _union_member(exception)

    return Handler()


EXCEPTION_HANDLERS = tuple(
    _handler(raised, shown)
    for raised, shown in (
        (errors.InvalidInput, InvalidInput),
        (errors.Conflict, Conflict),
        (errors.LimitExceeded, LimitExceeded),
        (errors.Unauthenticated, Unauthenticated),
        (errors.Forbidden, Forbidden),
        (errors.NotFound, NotFound),
    )
)


class ErrorShape(MaskErrors):
    """Gives errors of queries and subscriptions their code, and masks what is not meant to be seen."""

    def __init__(self) -> None:
        super().__init__()

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        return [shaped(error) for error in errors]


def shaped(error: GraphQLError) -> GraphQLError:
    """The error as the client may see it."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if original is None:
        error.extensions = {"code": "GRAPHQL_INVALID", **(error.extensions or {})}
        return error
    if isinstance(original, errors.AppError):
        extensions: dict[str, Any] = {"code": original.code}
        if isinstance(original, errors.InvalidInput):
            extensions["issues"] = [{"path": issue.path, "message": issue.message} for issue in original.issues]
        if isinstance(original, errors.LimitExceeded):
            extensions["retryAfterSeconds"] = original.retry_after_seconds
        return _replaced(error, original.message, extensions)
    if isinstance(original, OUTAGES):
        logger.warning("%s failed: %s", error.path, one_line(original))
        return _replaced(error, UNAVAILABLE_MESSAGE, {"code": UNAVAILABLE})
    trace_id = secrets.token_hex(8)
    logger.error("unexpected error %s at %s", trace_id, error.path, exc_info=original)
    return _replaced(error, "Something went wrong on our side.", {"code": "INTERNAL", "traceId": trace_id})


def _replaced(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)
