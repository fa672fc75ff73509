"""Statements compiled once by SQLAlchemy and run on the driver's own connection: reads without the ORM's price."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    Select,
    String,
    TypeDecorator,
    any_,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.types import TypeEngine

logger = logging.getLogger("app.db.sql")

Row = dict[str, Any]
"""A row as plain values by column name. Rows are shared between readers of one request: never change one."""


class _JsonList(TypeDecorator[Sequence[Any]]):
    """Keys as a JSON array, for SQLite's json_each; UUIDs are spelled as SQLite stores them."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> str | None:
        """Encode the list."""
        if value is None:
            return None
        return json.dumps([item.hex if isinstance(item, UUID) else item for item in value])


def among(dialect: str, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """`column` equals one of the values bound as the list `parameter`: one statement text for any number of them."""
    if dialect == "postgresql":
        return column == any_(bindparam(parameter, type_=ARRAY(column.type)))
    values = func.json_each(bindparam(parameter, type_=_JsonList())).table_valued("value")
    return column.in_(select(values.c.value))


def position(dialect: str, column: ColumnElement[Any], parameter: str) -> ColumnElement[int]:
    """Where in `column` the text bound as `parameter` begins, compared without case: from 1; 0 where it does not."""
    find = func.strpos if dialect == "postgresql" else func.instr
    found: ColumnElement[int] = find(func.lower(column), func.lower(bindparam(parameter, type_=String())))
    return found


def listed(dialect: str, parameter: str, type_: TypeEngine[Any], label: str) -> Select[Any]:
    """The values bound as the list `parameter`, as rows of one column of this name."""
    if dialect == "postgresql":
        return select(func.unnest(bindparam(parameter, type_=ARRAY(type_)), type_=type_).label(label))
    values = func.json_each(bindparam(parameter, type_=_JsonList())).table_valued("value")
    return select(type_coerce(values.c.value, type_).label(label))


class Statement:
    """A SELECT compiled for one dialect. Its bound parameters without a value are given at each run."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise TypeError("the statement's text depends on its values; use `among` in place of `in_` with a list")
        self.sql = str(compiled)
        self._positions: list[str] | None = getattr(compiled, "positiontup", None)
        self._fixed = dict(compiled.params)
        self._encoders = {
            name: encode
            for bind, name in compiled.bind_names.items()
            if (encode := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._fixed = {
            name: self._encoders[name](value) if name in self._encoders and value is not None else value
            for name, value in self._fixed.items()
        }
        self._names = [str(column.key) for column in statement.selected_columns]
        self._types = [column.type for column in statement.selected_columns]
        self._dialect = dialect
        self._decoders: list[tuple[str, Callable[[Any], Any]]] | None = None  # known with the first result

    async def run(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows. Parameters that the statement does not use are ignored."""
        values = self._fixed.copy()
        for name in values:
            if name in parameters:
                value = parameters[name]
                encode = self._encoders.get(name)
                values[name] = encode(value) if encode is not None and value is not None else value
        if logger.isEnabledFor(logging.INFO):
            logger.info("%s %r", self.sql, values)
        names = self._names
        found, codes = await self._fetch(connection, values)
        rows = [dict(zip(names, each, strict=True)) for each in found]
        if self._decoders is None:
            self._decoders = [
                (name, decoder)
                for name, type_, code in zip(names, self._types, codes, strict=True)
                if (decoder := type_.dialect_impl(self._dialect).result_processor(self._dialect, code)) is not None
            ]
        for name, decode in self._decoders:
            for row in rows:
                row[name] = decode(row[name])
        return rows

    async def _fetch(self, connection: AsyncConnection, values: dict[str, Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """The rows, and the driver's codes for the types of their columns."""
        driver: Any = (await connection.get_raw_connection()).driver_connection
        if self._positions is not None:
            rows = await driver.execute_fetchall(self.sql, [values[name] for name in self._positions])
            return list(rows), [None] * len(self._names)
        cursor = await driver.execute(self.sql, values)
        return await cursor.fetchall(), [column.type_code for column in cursor.description]


class StatementCache:
    """Compiled statements by dialect and structure, those used last.

    What clients combine (filters, orders, columns) decides the structures, so there could be any number of them.
    """

    CAPACITY = 256

    def __init__(self) -> None:
        self._statements: dict[Any, Statement] = {}

    def get(self, dialect: Dialect, structure: Any, build: Callable[[str], Select[Any]]) -> Statement:
        """The statement of a structure, built and compiled on first use; `build` is given the dialect's name."""
        key = (dialect.name, structure)
        statement = self._statements.pop(key, None)
        if statement is None:
            if len(self._statements) >= self.CAPACITY:
                del self._statements[next(iter(self._statements))]
            statement = Statement(build(dialect.name), dialect)
        self._statements[key] = statement  # at the end of the dictionary: the one used last
        return statement


async def reading_connection(session: AsyncSession | AsyncConnection) -> AsyncConnection:
    """The connection under a writing session, or the connection itself."""
    return await session.connection() if isinstance(session, AsyncSession) else session
