"""Keyset pagination, once, for every connection."""

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zlib import crc32

import orjson
from sqlalchemy import BigInteger, ColumnElement, TypeDecorator, UnaryExpression, and_, bindparam, or_, tuple_

from app.db.statements import Row
from app.errors import InvalidInput, Issue

MOST_CURSOR_CHARACTERS = 4000  # a cursor holds the value it stands at, and no column that orders lists is longer


@dataclass(frozen=True, slots=True)
class Binds:
    """The value of a filter that binds several parameters: (name, value) pairs."""

    pairs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted. Exactly one of `first` and `last` is set; `filters` holds (name, value) pairs.

    `after` and `before` are the values of cursors, as `Keyset.values` reads them.
    """

    first: int | None = 50
    last: int | None = None
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    order: str | None = None
    is_descending: bool = False
    filters: tuple[tuple[str, Any], ...] = ()

    @property
    def size(self) -> int:
        """How many rows are wanted."""
        return self.first if self.first is not None else self.last or 0


@dataclass(frozen=True, slots=True)
class PageKey:
    """A page of what belongs to `owner`; None for a root list."""

    owner: Any
    request: PageRequest


@dataclass(frozen=True, slots=True)
class Order:
    """A way to order a list: by one column, then by the list's unique column.

    `needs` is the filter that binds what the column is made of; without it the order says nothing.
    """

    column: ColumnElement[Any] | None = None
    is_nullable: bool = False
    needs: str | None = None


class Keyset:
    """A total order of rows and the arithmetic of its cursors: by an `Order`, then by a unique column.

    Both go in one direction, nulls come last in either. `list_name` tells the list from others, whose cursors are
    refused. Raises TypeError for a column whose values cannot stand in a cursor.
    """

    def __init__(
        self, unique: ColumnElement[Any], order: Order | None = None, *, is_descending: bool = False, list_name: str
    ) -> None:
        self.is_descending = is_descending
        self.is_nullable = order is not None and order.is_nullable
        sorts = [order.column] if order is not None and order.column is not None else []
        self.columns = {f"sort__{position}": column for position, column in enumerate([*sorts, unique])}
        self._label = f"{crc32(f'{list_name} {[str(each) for each in sorts]} {is_descending}'.encode()):08x}"
        self._readers = [_value_reader(column) for column in self.columns.values()]

    def order_by(
        self, *, backwards: bool, columns: Mapping[str, ColumnElement[Any]] | None = None
    ) -> list[UnaryExpression[Any]]:
        """The ORDER BY terms, of `columns` where given; backwards reads from the end, so nulls come first."""
        is_descending = self.is_descending != backwards
        sorts = [(columns or self.columns)[name] for name in self.columns]
        terms = [column.desc() if is_descending else column.asc() for column in sorts]
        if self.is_nullable:
            terms[0] = terms[0].nulls_first() if backwards else terms[0].nulls_last()
        return terms

    def beyond(self, prefix: str, *, backwards: bool, is_null: bool) -> ColumnElement[bool]:
        """Rows strictly after (backwards: before) the cursor bound as `<prefix>_0`, `<prefix>_1`.

        `is_null` says that the cursor stands among the nulls of the column that is ordered by.
        """
        columns = list(self.columns.values())
        values = [bindparam(f"{prefix}_{position}", type_=column.type) for position, column in enumerate(columns)]
        if is_null:
            among_nulls = and_(columns[0].is_(None), self._further(columns[1:], values[1:], backwards))
            return or_(columns[0].is_not(None), among_nulls) if backwards else among_nulls
        further = self._further(columns, values, backwards)
        return or_(further, columns[0].is_(None)) if self.is_nullable and not backwards else further

    def _further(self, columns: list[ColumnElement[Any]], values: list[Any], backwards: bool) -> ColumnElement[bool]:
        # Rows of values are compared as such: an index over the columns then leads straight to the cursor.
        left, right = (tuple_(*columns), tuple_(*values)) if len(columns) > 1 else (columns[0], values[0])
        return left < right if self.is_descending != backwards else left > right

    def cursor(self, row: Row) -> str:
        """The opaque cursor of a row."""
        values = [row[name] for name in self.columns]
        return base64.urlsafe_b64encode(orjson.dumps([self._label, *values])).decode().rstrip("=")

    def values(self, cursor: str, argument: str) -> tuple[Any, ...]:
        """The values in a cursor given as `argument`. Raises InvalidInput for one that this order did not make."""
        try:
            if len(cursor) > MOST_CURSOR_CHARACTERS:
                raise ValueError
            raw = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
            if not isinstance(raw, list) or raw[:1] != [self._label]:
                raise ValueError
            first, *others = zip(raw[1:], self._readers, strict=True)
            optional = first[0] if first[0] is None and self.is_nullable else first[1](first[0])
            return (optional, *(read(value) for value, read in others))
        except (ValueError, OverflowError, RecursionError):
            message = f"`{argument}` is not a cursor of this list in this order; pass one that it returned."
            raise InvalidInput([Issue((argument,), message)]) from None


@dataclass(slots=True)
class Page:
    """The rows of a page in the order of `keyset`, which also makes their cursors."""

    rows: list[Row]
    keyset: Keyset
    has_next: bool
    has_previous: bool


def _value_reader(column: ColumnElement[Any]) -> Callable[[Any], Any]:
    """What makes a column's value of a cursor's, and raises ValueError or OverflowError where there is none."""
    stored = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    kind = stored.python_type
    if kind is int:
        bits = 64 if isinstance(stored, BigInteger) else 32
        return lambda value: _integer(value, bits)
    if kind not in _VALUE_READERS:
        raise TypeError(f"lists cannot be ordered by {column}: there is no way to put a {kind.__name__} in a cursor")
    return _VALUE_READERS[kind]


def _integer(value: Any, bits: int) -> int:
    if type(value) is not int or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError
    return value


def _float(value: Any) -> float:
    if type(value) not in (float, int) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode()  # refuses lone surrogates, which no database stores
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


_VALUE_READERS: Mapping[type, Callable[[Any], Any]] = {
    UUID: lambda value: UUID(hex=_text(value)),
    datetime: _moment,
    float: _float,
    str: _text,
}
