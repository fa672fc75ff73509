"""Keyset pagination, once, for every connection."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, UnaryExpression, and_, bindparam, or_, true
from sqlalchemy.sql.expression import nulls_last

from app.db.statements import Row
from app.errors import InvalidInput, Issue


@dataclass(frozen=True, slots=True)
class Binds:
    """The value of a filter that binds several parameters: (name, value) pairs."""

    pairs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted. Exactly one of `first` and `last` is set; `filters` holds (name, value) pairs."""

    first: int | None = 50
    last: int | None = None
    after: str | None = None
    before: str | None = None
    order: str | None = None
    descending: bool = False
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


@dataclass(slots=True)
class Page:
    """The rows of a page in order, each with its cursor."""

    rows: list[Row] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    has_next: bool = False
    has_previous: bool = False


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column rows are ordered by; `name` is its label in the row."""

    name: str
    column: ColumnElement[Any]
    is_nullable: bool = False
    is_descending: bool = False


class Keyset:
    """An order of rows made total by a unique last column, and the arithmetic of its cursors. Nulls come last."""

    def __init__(self, columns: Sequence[SortColumn], label: str) -> None:
        self.columns = tuple(columns)
        self.label = label

    def order_by(self, *, backwards: bool) -> list[UnaryExpression[Any]]:
        """The ORDER BY terms; backwards reads from the end, so nulls come first."""
        terms: list[UnaryExpression[Any]] = []
        for sort in self.columns:
            term = sort.column.desc() if sort.is_descending != backwards else sort.column.asc()
            if sort.is_nullable:
                term = term.nulls_first() if backwards else nulls_last(term)
            terms.append(term)
        return terms

    def beyond(self, prefix: str, *, backwards: bool, nulls: tuple[bool, ...]) -> ColumnElement[bool]:
        """Rows strictly after (backwards: before) the cursor bound as `<prefix>_0`, `<prefix>_1`, …"""
        alternatives = []
        equal: list[ColumnElement[bool]] = []
        for position, sort in enumerate(self.columns):
            value = bindparam(f"{prefix}_{position}", type_=sort.column.type)
            if nulls[position]:
                further: ColumnElement[bool] | None = sort.column.is_not(None) if backwards else None
                same: ColumnElement[bool] = sort.column.is_(None)
            else:
                upwards = sort.is_descending == backwards
                further = sort.column > value if upwards else sort.column < value
                if sort.is_nullable and not backwards:
                    further = or_(further, sort.column.is_(None))
                same = sort.column == value
            if further is not None:
                alternatives.append(and_(true(), *equal, further))
            equal.append(same)
        return or_(*alternatives)

    def cursor(self, row: Row) -> str:
        """The opaque cursor of a row."""
        values = [_plain(row[sort.name]) for sort in self.columns]
        return base64.urlsafe_b64encode(json.dumps([self.label, *values]).encode()).decode().rstrip("=")

    def values(self, cursor: str, argument: str) -> tuple[Any, ...]:
        """The sort values in a cursor. Raises InvalidInput for one that this order did not make."""
        try:
            raw = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
            if not isinstance(raw, list) or len(raw) != len(self.columns) + 1 or raw[0] != self.label:
                raise ValueError
            return tuple(_typed(value, sort) for value, sort in zip(raw[1:], self.columns, strict=True))
        except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
            message = f"`{argument}` is not a cursor of this list in this order; pass one that it returned."
            raise InvalidInput([Issue((argument,), message)]) from None


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(value: Any, sort: SortColumn) -> Any:
    wanted = sort.column.type.python_type
    if value is None and sort.is_nullable:
        return None
    if wanted is UUID and isinstance(value, str):
        return UUID(hex=value)
    if wanted is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if wanted is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    if wanted is str and isinstance(value, str) and "\x00" not in value and len(value) <= 2000:
        return value
    raise ValueError
