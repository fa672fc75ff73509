"""Compiling connections: what is wanted of a page, its edges and its nodes."""

from typing import Any, Protocol

from graphql import GraphQLField, GraphQLObjectType, get_named_type
from graphql.execution.collect_fields import FieldDetails
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.db.page_readers import EDGE_PREFIX
from app.db.readers import Shape
from schema.core.planner.code import Code, Unplannable, function
from schema.core.planner.leaves import writer
from schema.core.planner.parts import PageSelection, Selection, joins_of
from schema.core.relations import DeclaredField

_PAGE_INFO = {
    "hasNextPage": "page.has_next",
    "hasPreviousPage": "page.has_previous",
    "startCursor": "(page.keyset.cursor(page.rows[0]) if page.rows else None)",
    "endCursor": "(page.keyset.cursor(page.rows[-1]) if page.rows else None)",
}


class Selecting(Protocol):
    """What compiling a page needs of the compiler."""

    def grouped(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Any:
        """The fields selected of a type, by response key."""

    def selection(self, type_: Any, details: list[FieldDetails], reader: Any = None) -> Selection:
        """What is selected of an object type."""


def page_selection(
    compiler: Selecting, type_: GraphQLObjectType, details: list[FieldDetails], reader: Any
) -> PageSelection:
    """What is wanted of a connection. Raises Unplannable for a field that connections do not have by themselves."""
    return _Page(compiler, reader).compile(type_, details)


class _Page:
    def __init__(self, compiler: Selecting, reader: Any) -> None:
        self._compiler = compiler
        self._reader = reader
        self._nodes: list[Selection] = []
        self._code = Code()
        self._wants_total = False

    def compile(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> PageSelection:
        members = [
            f"{key!r}: {self._member(type_, each[0].node.name.value, each)}"
            for key, each in self._compiler.grouped(type_, details).items()
        ]
        build = function("page, nodes, total", "{" + ", ".join(members) + "}", self._code)
        columns = dict.fromkeys(column for selection in self._nodes for column in selection.columns)
        shape = Shape(tuple(columns), joins_of(self._nodes))
        return PageSelection(shape, self._nodes, build, self._wants_total)

    def _member(self, type_: GraphQLObjectType, name: str, details: list[FieldDetails]) -> str:
        match name:
            case "__typename":
                return repr(type_.name)
            case "nodes":
                return f"nodes[{self._place(type_.fields[name], details)}]"
            case "edges":
                return self._edges(type_.fields[name], details)
            case "pageInfo":
                return self._page_info(type_.fields[name], details)
            case "totalCount":
                self._wants_total = True
                return "total"
            case "isTotalCountExact":
                return "True"
        raise Unplannable(f"{type_.name}.{name}")

    def _place(self, declared: GraphQLField, details: list[FieldDetails]) -> int:
        self._nodes.append(self._compiler.selection(get_named_type(declared.type), details, self._reader))
        return len(self._nodes) - 1

    def _edges(self, declared: GraphQLField, details: list[FieldDetails]) -> str:
        edge = get_named_type(declared.type)
        assert isinstance(edge, GraphQLObjectType)
        members, names, sources = [], ["row"], ["page.rows"]
        for key, each in self._compiler.grouped(edge, details).items():
            name = each[0].node.name.value
            if name == "__typename":
                value = repr(edge.name)
            elif name == "cursor":
                value = "page.keyset.cursor(row)"
            elif name == "node":
                place = self._place(edge.fields[name], each)
                value = f"node{place}"
                names.append(value)
                sources.append(f"nodes[{place}]")
            else:
                value = self._edge_column(edge, name)
            members.append(f"{key!r}: {value}")
        return f"[{{{', '.join(members)}}} for {', '.join(names)}, in zip({', '.join(sources)})]"

    def _edge_column(self, edge: GraphQLObjectType, name: str) -> str:
        known = edge.fields[name].extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        if isinstance(known, DeclaredField) or not known.is_basic_field:
            raise Unplannable(f"{edge.name}.{name}")
        return f"{self._code.name(writer(edge.fields[name].type))}(row[{EDGE_PREFIX + known.python_name!r}])"

    def _page_info(self, declared: GraphQLField, details: list[FieldDetails]) -> str:
        target = get_named_type(declared.type)
        assert isinstance(target, GraphQLObjectType)
        values = {**_PAGE_INFO, "__typename": repr(target.name)}
        grouped = self._compiler.grouped(target, details)
        return "{" + ", ".join(f"{key!r}: {values[each[0].node.name.value]}" for key, each in grouped.items()) + "}"
