"""The API's own scalars: wide integers, moments, uploads."""

import re
from datetime import UTC, datetime
from typing import Any, NewType

from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.file_uploads import Upload
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
"""A 64-bit integer, spelled as a string of digits: JavaScript's numbers lose precision beyond 2^53."""

_DIGITS = re.compile(r"\A-?[0-9]{1,19}\Z")


def is_storable(value: Any) -> bool:
    """Whether a database could hold a value: PostgreSQL refuses every text with a NUL character."""
    return not isinstance(value, str) or "\x00" not in value


def _parse_big_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not _DIGITS.match(str(value)[:25]):
        raise GraphQLError("BigInt must be a whole number or a string of digits.")
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise GraphQLError("BigInt must fit in 64 bits.")
    return number


def _parse_big_int_literal(node: ValueNode, _variables: Any = None) -> int:
    if not isinstance(node, IntValueNode | StringValueNode):
        raise GraphQLError("BigInt must be a whole number or a string of digits.", node)
    return _parse_big_int(node.value)


def _parse_moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError("DateTime must be an ISO 8601 moment with a time zone, such as 2026-01-31T12:00:00Z.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise GraphQLError("DateTime is out of range.") from None


def _parse_upload(value: Any) -> Any:
    if not hasattr(value, "read"):
        raise GraphQLError(
            "Upload must be null in `variables`, with the file attached by the multipart request's `map`."
        )
    return value


def _refuse_upload_literal(node: ValueNode, _variables: Any = None) -> Any:
    raise GraphQLError("Upload cannot be written into the document; use a variable and a multipart request.", node)


def _refuse_output(_value: Any) -> Any:
    raise GraphQLError("Upload is for inputs only.")


def _definition(name: str, description: str, **functions: Any) -> ScalarDefinition:
    functions.setdefault("parse_literal", None)
    return ScalarDefinition(name=name, description=description, specified_by_url=None, **functions)


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: _definition(
        "BigInt",
        "A 64-bit integer, sent as a string of digits; accepted as a string or a number.",
        serialize=str,
        parse_value=_parse_big_int,
        parse_literal=_parse_big_int_literal,
    ),
    datetime: _definition(
        "DateTime",
        "A moment in ISO 8601 with a time zone; answers are in UTC.",
        serialize=datetime.isoformat,
        parse_value=_parse_moment,
    ),
    Upload: _definition(
        "Upload",
        "A file, attached by the GraphQL multipart request specification.",
        serialize=_refuse_output,
        parse_value=_parse_upload,
        parse_literal=_refuse_upload_literal,
    ),
}

__all__ = ["JSON", "SCALARS", "BigInt", "Upload", "is_storable"]
