"""Readers: the batch functions that relations are declared by. Each reads rows for many keys with one statement.

A reader is called with (connection, viewer, keys, shape) and answers rows by key. `Shape` narrows what is read. What
a reader is made of (its source, columns, key, visibility) stays readable on it, so that a caller may also join it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Enum,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.util import ClauseAdapter
from sqlalchemy.types import NullType

from app.db.base import UtcDateTime
from app.db.statements import Row, StatementCache, among
from app.identity.viewer import Sight, Viewer

Visibility = Callable[[Sight], ColumnElement[bool]]
Columns = Mapping[str, ColumnElement[Any] | Callable[[Sight], ColumnElement[Any]]]
"""Column expressions by name; one that not every viewer may see is a function of the viewer's sight."""
KEY = "reader_key"


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of `reader` read along with others, each where its key equals their `column`.

    Its columns, and its key as KEY, come under their names behind `prefix`; all null where there is no such row.
    """

    prefix: str
    reader: "RowReader"
    column: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns wanted; None: all but the deferred ones. `joins` are rows wanted along, the outer ones first."""

    columns: tuple[str, ...] | None = None
    joins: tuple[Join, ...] = ()


EVERYTHING = Shape()


def stored_kind(column: object) -> tuple[type[Any], bool] | None:
    """The Python type of a table's own column and whether it may be null; None for an expression, enum or document."""
    if not isinstance(column, Column) or isinstance(column.type, Enum):
        return None
    for stored, kind in ((UtcDateTime, datetime), (String, str), (Boolean, bool), (Integer, int)):
        if isinstance(column.type, stored):
            return kind, bool(column.nullable)
    return None


class Reader(Protocol):
    """A batch function: rows (or pages, or values) by key, read with a constant number of statements."""

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[Any], shape: Shape = EVERYTHING
    ) -> Mapping[Any, Any]:
        """Answer what was found, by key; what is missing or invisible has no entry."""
        ...


def anybody(sight: Sight) -> ColumnElement[bool]:
    """The visibility of what everyone may see who reached it."""
    return true()


def chosen(columns: Columns, shape: Shape, deferred: frozenset[str], sight: Sight) -> list[ColumnElement[Any]]:
    """The labelled columns of a shape."""
    names = shape.columns if shape.columns is not None else tuple(name for name in columns if name not in deferred)
    expressions = ((name, columns[name]) for name in names)
    return [(made if isinstance(made, ColumnElement) else made(sight)).label(name) for name, made in expressions]


def with_joins(
    rows: Select[Any],
    shape: Shape,
    sight: Sight,
    order_by: Callable[[Mapping[str, ColumnElement[Any]]], Sequence[Any]] = lambda known: (),
) -> Select[Any]:
    """The rows with what the shape joins to them; `order_by` makes the ORDER BY terms of the rows' columns by name.

    Joined to what is read already, never inside it: under a limit, only the rows of the page are looked up.
    """
    if not shape.joins:
        return rows
    inner = rows.subquery("page")
    known: dict[str, ColumnElement[Any]] = dict(inner.c.items())
    source: FromClause = inner
    for join in shape.joins:
        reader = join.reader
        alias = reader.source.alias(join.prefix)
        adapt = ClauseAdapter(alias).traverse
        is_wanted = and_(adapt(reader.key) == known[join.column], adapt(reader.visible(sight)))
        source = source.outerjoin(alias, is_wanted)
        wanted = [reader.key.label(KEY), *chosen(reader.columns, Shape(join.columns), frozenset(), sight)]
        known |= {join.prefix + column.name: adapt(column.element) for column in wanted}
    joined = select(*(column.label(name) for name, column in known.items())).select_from(source)
    return joined.order_by(*order_by(known))


class RowReader:
    """Reads the one row of each key."""

    takes_joins = True

    def __init__(
        self,
        source: FromClause,
        key: ColumnElement[Any],
        *,
        columns: Columns,
        deferred: Sequence[str] = (),
        visible: Visibility,
    ) -> None:
        if isinstance(key.type, NullType):  # fails only where several keys are asked for, on PostgreSQL
            raise TypeError(f"the key {key} needs a type: give its function `type_`")
        self.source = source
        self.key = key
        self.columns = columns
        self.deferred = frozenset(deferred)
        self.visible = visible
        self._statements = StatementCache()

    def may_be_joined(self, column: str) -> bool:
        """Whether a column can be read from the row joined to another: it must be a table's own."""
        return isinstance(self.source, Table) and isinstance(self.columns.get(column), Column)

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[Any], shape: Shape = EVERYTHING
    ) -> Mapping[Any, Row]:
        """Rows by key."""
        single = len(keys) == 1
        statement = self._statements.get(
            connection.dialect,
            (viewer.sight, shape, single),
            lambda dialect: self._build(dialect, viewer, shape, single),
        )
        parameters = {**viewer.parameters, "key": keys[0], "keys": list(keys)}
        return {row[KEY]: row for row in await statement.run(connection, parameters)}

    def _build(self, dialect: str, viewer: Viewer, shape: Shape, single: bool) -> Select[Any]:
        # A single key is compared with `=`: PostgreSQL reuses that plan, while it plans `= ANY` anew each time.
        wanted = self.key == bindparam("key", type_=self.key.type) if single else among(dialect, self.key, "keys")
        rows = (
            select(self.key.label(KEY), *chosen(self.columns, shape, self.deferred, viewer.sight))
            .select_from(self.source)
            .where(wanted, self.visible(viewer.sight))
        )
        return with_joins(rows, shape, viewer.sight)


class ListReader:
    """Reads all rows that belong to each owner, for lists that are short by nature; every owner has a list."""

    def __init__(
        self,
        source: FromClause,
        owner: ColumnElement[Any],
        *,
        columns: Columns,
        order_by: Sequence[ColumnElement[Any]],
        visible: Visibility,
    ) -> None:
        self.source = source
        self.owner = owner
        self.columns = columns
        self.order_by = tuple(order_by)
        self.visible = visible
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[Any], shape: Shape = EVERYTHING
    ) -> Mapping[Any, list[Row]]:
        """Lists of rows by owner."""
        statement = self._statements.get(
            connection.dialect, (viewer.sight, shape), lambda dialect: self._build(dialect, viewer, shape)
        )
        found: dict[Any, list[Row]] = {key: [] for key in keys}
        for row in await statement.run(connection, {**viewer.parameters, "keys": list(keys)}):
            found[row[KEY]].append(row)
        return found

    def _build(self, dialect: str, viewer: Viewer, shape: Shape) -> Select[Any]:
        return (
            select(self.owner.label(KEY), *chosen(self.columns, shape, frozenset(), viewer.sight))
            .select_from(self.source)
            .where(among(dialect, self.owner, "keys"), self.visible(viewer.sight))
            .order_by(*self.order_by)
        )
