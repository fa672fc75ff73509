"""Sees to it, when the schema is built, that every declared field and the reader behind it agree.

What a reader answers with is only met at run time, where a mistake would be a KeyError in somebody's query.
"""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import strawberry
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.field import StrawberryField

from app.db.readers import ListReader, RowReader
from schema.core.connections import ConnectionDeclaration, ConnectionField
from schema.core.lookups import Lookup
from schema.core.nodes import IdField
from schema.core.relations import DeclaredField, Deferred, Embedded, EmbeddedList, Relation, unwrapped


class _Row(NamedTuple):
    """What objects of a type are made of somewhere: the columns of its rows, and who promises them."""

    definition: StrawberryObjectDefinition
    columns: Collection[str]
    source: str


def check_declarations(schema: strawberry.Schema) -> None:
    """Raise TypeError, naming type and field, for the first declaration whose annotation and reader disagree.

    Every plain field, id, embedded column and key must be a column of each reader that rows of its type come from;
    what a reader may not find must be nullable, its lists lists; orders and filters must be the reader's own. Readers
    that are no `RowReader`, `ListReader` or `PageReader` do not tell their columns, and are taken at their word.
    """
    for definition in _object_definitions(schema):
        reader = getattr(definition.origin, "READER", None)
        if isinstance(reader, RowReader):
            _check_row(_Row(definition, reader.columns, "its READER"))
        for field in definition.fields:
            if isinstance(field, DeclaredField):
                _check_field(definition, field)


def _object_definitions(schema: strawberry.Schema) -> Iterator[StrawberryObjectDefinition]:
    for concrete in schema.schema_converter.type_map.values():
        definition = concrete.definition
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield definition


def _check_field(definition: StrawberryObjectDefinition, field: DeclaredField) -> None:
    """What the field alone must fulfil, and the rows that objects of its type are made of."""
    at = f"{definition.name}.{field.python_name}"
    match field.declaration:
        case ConnectionDeclaration() as declaration:
            _check_connection(at, field, declaration)
        case Relation(reader=RowReader() as reader):
            _require(isinstance(field.type, StrawberryOptional), at, "a row may be missing or invisible: annotate None")
            _check_rows_of(field.target, reader.columns, at)
        case Relation(reader=ListReader() as reader):
            _require(isinstance(field.type, StrawberryList), at, "the reader gives lists: annotate a list")
            _check_rows_of(field.target, reader.columns, at)
        case Deferred(reader=RowReader() as reader):
            _require(field.python_name in reader.columns, at, "the reader has no such column")
        case Embedded(columns=columns):
            _check_rows_of(field.target, columns, at)
        case _:
            pass


def _check_connection(at: str, field: DeclaredField, declaration: ConnectionDeclaration) -> None:
    reader = declaration.reader
    _require(isinstance(field, ConnectionField), at, "a page reader needs a connection")
    node_type, edge_type = field.element_types  # type: ignore[attr-defined]
    _check_rows_of(node_type, reader.columns, at)
    own = {each.python_name for each in edge_type.__strawberry_definition__.fields} - {"node", "cursor"}
    _require_all(own, reader.edge_columns, f"{at}: {edge_type.__name__}", "edge column")
    _require((declaration.key is None) == (reader.owner is None), at, "a list has a key where its reader has an owner")
    if declaration.filter is not None:
        _require_all(declaration.filter.NAMES, reader.filters, at, "filter")
    if declaration.order is not None:
        fields = declaration.order.__strawberry_definition__.fields
        values = next(unwrapped(each.type) for each in fields if each.python_name == "field").values
        _require_all([each.value for each in values], reader.orders, at, "order")


def _check_rows_of(target: Any, columns: Collection[str], source: str) -> None:
    definition = getattr(target, "__strawberry_definition__", None)
    if isinstance(definition, StrawberryObjectDefinition):
        _check_row(_Row(definition, columns, source))


def _check_row(row: _Row) -> None:
    for field in row.definition.fields:
        at = f"{row.definition.name}.{field.python_name}"
        _require_all(_columns_of(field), row.columns, at, f"column from {row.source}")


def _columns_of(field: StrawberryField) -> Collection[str]:
    """The columns of its object's row that a field is made of."""
    if isinstance(field, IdField):
        return ("id",)
    if not isinstance(field, DeclaredField):
        return (field.python_name,) if field.is_basic_field else ()
    match field.declaration:
        case ConnectionDeclaration(key=None) | Lookup(column=None):
            return ()
        case Lookup(column=column):
            return (column,)  # type: ignore[return-value]
        case Relation(key=key) | ConnectionDeclaration(key=key):
            return (key,)  # type: ignore[return-value]
        case Embedded(columns=columns):
            return columns.values()
        case EmbeddedList(column=column):
            return (column,)
        case _:
            return ("id",)


def _require_all(wanted: Collection[str], there: Collection[str], at: str, what: str) -> None:
    for name in wanted:
        _require(name in there, at, f"there is no {what} `{name}`")


def _require(is_right: bool, at: str, problem: str) -> None:
    if not is_right:
        raise TypeError(f"{at}: {problem}")
