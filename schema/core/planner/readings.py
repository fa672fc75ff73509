"""What a declared field reads, told alike for all kinds of declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from app.db.page_readers import PageReader
from app.db.paging import PageKey
from app.db.readers import Reader
from app.enums import Permission
from schema.core.connections import ConnectionDeclaration, page_request
from schema.core.lookups import Lookup, given
from schema.core.relations import Relation


@dataclass(frozen=True, slots=True)
class Reading:
    """How a field is read: `column` of the parent's row and the field's arguments make the key for `reader`.

    `request` turns the arguments into what the keys of all parents share; it raises for impossible ones.
    """

    reader: Reader
    column: str | None
    request: Callable[[Mapping[str, Any], Any], Any]
    key: Callable[[Any, Any], Any]
    requires: Permission | None = None
    totals: Reader | None = None


@singledispatch
def reading_of(declaration: Any) -> Reading | None:
    """The reading of a declaration, None where it is of a kind that cannot be planned."""
    return None


@reading_of.register
def _relation(declaration: Relation) -> Reading:
    return Reading(declaration.reader, declaration.key, lambda arguments, context: None, lambda value, request: value)


@reading_of.register
def _connection(declaration: ConnectionDeclaration) -> Reading:
    reader: PageReader = declaration.reader

    def request(arguments: Mapping[str, Any], context: Any) -> Any:
        return page_request(reader, arguments, maximum=context.settings.max_page_size)

    return Reading(reader, declaration.key, request, PageKey, declaration.requires, reader.totals)


@reading_of.register
def _lookup(declaration: Lookup) -> Reading:
    return Reading(
        declaration.reader,
        declaration.column,
        lambda arguments, context: (given(arguments), context),
        lambda value, request: declaration.make_key(value, *request),
        declaration.requires,
    )
