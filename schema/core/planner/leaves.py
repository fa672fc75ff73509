"""How leaf values become JSON values, exactly as graphql-core and the API's scalars would make them."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from graphql import GraphQLEnumType, GraphQLLeafType, GraphQLList, GraphQLNonNull, GraphQLOutputType

from app.db.readers import stored_kind


class Bail(Exception):
    """The plan gives up on the operation, which then runs the ordinary way; the message names the cause."""


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise Bail("bad value")


def _small_integer(value: Any) -> int:
    if type(value) is int and -(2**31) <= value < 2**31:
        return value
    raise Bail("bad value")


def _wide_integer(value: Any) -> str:
    if type(value) is int:
        return str(value)
    raise Bail("bad value")


def _number(value: Any) -> float:
    if type(value) in (float, int) and math.isfinite(value):
        return float(value)
    raise Bail("bad value")


def _flag(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise Bail("bad value")


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise Bail("bad value")


_BY_NAME: dict[str, Callable[[Any], Any]] = {
    "String": _text,
    "Int": _small_integer,
    "BigInt": _wide_integer,
    "Float": _number,
    "Boolean": _flag,
    "DateTime": _moment,
}


def _leaf(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    if isinstance(type_, GraphQLEnumType):
        # Columns give members, JSON documents give their values; the domain's enums are equal to their values.
        return {value.value: name for name, value in type_.values.items()}.__getitem__
    found = _BY_NAME.get(type_.name)
    return found if found is not None else type_.serialize


def writer(type_: GraphQLOutputType) -> Callable[[Any], Any]:
    """A function from a Python value to the JSON value of a leaf type, or list of one.

    It raises Bail, or whatever the scalar raises, for a value that the type cannot hold.
    """
    if isinstance(type_, GraphQLNonNull):
        return _writer_of_non_null(type_.of_type)
    inner = _writer_of_non_null(type_)

    def write(value: Any) -> Any:
        return inner(value) if value is not None else None

    return write


def _writer_of_non_null(type_: Any) -> Callable[[Any], Any]:
    if isinstance(type_, GraphQLList):
        item = writer(type_.of_type)

        def write_list(values: Any) -> list[Any]:
            if not isinstance(values, list | tuple):
                raise Bail("null" if values is None else "bad value")
            return [item(value) for value in values]

        return write_list
    leaf = _leaf(type_)

    def write(value: Any) -> Any:
        if value is None:
            raise Bail("null")
        return leaf(value)

    return write if type_.name not in _BY_NAME else leaf


_DIRECT: dict[str, tuple[type[Any], str]] = {
    "String": (str, "{}"),
    "Boolean": (bool, "{}"),
    "BigInt": (int, "str({})"),
    "DateTime": (datetime, "{}.isoformat()"),
}


def pattern_of(type_: GraphQLOutputType, column: Any) -> str | None:
    """The expression, around `{}`, of a value that needs no check: of a table's own column, whose type is the leaf's.

    None where a function must look at the value.
    """
    leaf = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    kind, pattern = _DIRECT.get(getattr(leaf, "name", ""), (None, ""))
    stored = stored_kind(column)
    if stored is None or stored[0] is not kind:
        return None
    may_be_null = stored[1]
    if may_be_null and (isinstance(type_, GraphQLNonNull) or pattern != "{}"):
        return None
    return pattern
