"""Compiling a query: each selection set becomes a generated function from rows to JSON objects, and a list of reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.db.page_readers import EDGE_PREFIX
from app.db.readers import Shape
from schema.core.connections import Connection
from schema.core.ids import encode_id
from schema.core.nodes import IdField
from schema.core.planner.leaves import Bail, writer
from schema.core.planner.readings import Reading, reading_of
from schema.core.relations import DeclaredField, Deferred, Embedded, EmbeddedList

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


class Unplannable(Exception):
    """The query has something that only the ordinary way can do; the message names it."""


@dataclass(eq=False, slots=True)
class Selection:
    """What is wanted of an object type's rows; `build(row, fetched)` makes the JSON object of one row."""

    columns: dict[str, None] = field(default_factory=dict)
    fetches: list["Fetch"] = field(default_factory=list)
    build: Callable[[Any, list[Any]], Any] = lambda row, fetched: None

    @property
    def shape(self) -> Shape:
        """The columns to read."""
        return Shape(tuple(self.columns))


@dataclass(eq=False, slots=True)
class Fetch:
    """A field that is read, for all rows of its level at once; `column` of a row is what it is read by.

    Exactly one of `selection` (of the row, or of each row of a list), `page` and `write` (of a plain value) is set.
    """

    field: GraphQLField
    details: FieldDetails
    reading: Reading
    is_list: bool = False
    column: str | None = None
    selection: Selection | None = None
    page: "PageSelection | None" = None
    write: Callable[[Any], Any] | None = None


@dataclass(eq=False, slots=True)
class PageSelection:
    """What is wanted of a connection: of its nodes once for each place they are selected in, and of the page itself."""

    shape: Shape
    nodes: list[Selection]
    build: Callable[[Any, list[list[Any]], int | None], dict[str, Any]]
    wants_total: bool


class Compiler:
    """Compiles one operation. The values of variables matter only where directives use them."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, values: VariableValues
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._values = values
        self._fragments = {
            definition.name.value: FragmentDetails(definition)
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def root(self) -> Selection:
        """The operation's own selection, to be built of one empty row. Raises Unplannable."""
        query = self._schema.query_type
        assert query is not None
        grouped = collect_fields(self._schema, self._fragments, self._values, query, self._operation).grouped_field_set
        return self._selection(query, grouped)

    def _grouped(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> dict[str, list[FieldDetails]]:
        collected = collect_subfields(self._schema, self._fragments, self._values, self._operation, type_, details)
        return collected.grouped_field_set

    def _selection(self, type_: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]) -> Selection:
        selection = Selection()
        selection.build = _function("row, fetched", self._object(type_, grouped, selection, {}, code := _Code()), code)
        return selection

    def _object(
        self,
        type_: GraphQLObjectType,
        grouped: Mapping[str, list[FieldDetails]],
        selection: Selection,
        renamed: Mapping[str, str],
        code: "_Code",
        row: str = "row",
    ) -> str:
        """The expression of an object made of a row; `renamed` gives the columns of embedded objects' fields."""
        members = []
        for key, details in grouped.items():
            name = details[0].node.name.value
            if name == "__typename":
                members.append(f"{key!r}: {type_.name!r}")
                continue
            declared = type_.fields.get(name)
            if declared is None:
                raise Unplannable("introspection")
            members.append(f"{key!r}: {self._member(type_, declared, details, selection, renamed, code, row)}")
        return "{" + ", ".join(members) + "}"

    def _member(
        self,
        type_: GraphQLObjectType,
        declared: GraphQLField,
        details: list[FieldDetails],
        selection: Selection,
        renamed: Mapping[str, str],
        code: "_Code",
        row: str,
    ) -> str:
        known = declared.extensions.get(BACKREF)
        column = renamed.get(known.python_name, known.python_name) if known is not None else None
        if isinstance(known, IdField):
            column = renamed.get("id", "id")
            selection.columns[column] = None
            tag = code.name(type_.extensions[BACKREF].origin.TAG)
            return f"{code.name(encode_id)}({tag}, {row}[{column!r}])"
        if known is None or column is None:
            raise Unplannable(f"{type_.name}.{details[0].node.name.value}")
        if not isinstance(known, DeclaredField):
            if not known.is_basic_field or not is_leaf_type(get_named_type(declared.type)):
                raise Unplannable(f"{type_.name}.{column}")
            selection.columns[column] = None
            return f"{code.name(writer(declared.type))}({row}[{column!r}])"
        match known.declaration:
            case Deferred():
                selection.columns[column] = None
                return f"{code.name(writer(declared.type))}({row}[{column!r}])"
            case Embedded(columns=columns):
                columns = {name: renamed.get(source, source) for name, source in columns.items()}
                target = get_named_type(declared.type)
                assert isinstance(target, GraphQLObjectType)
                first = next(iter(columns.values()))
                selection.columns[first] = None
                inner = self._object(target, self._grouped(target, details), selection, columns, code, row)
                otherwise = f"{code.name(_bail_null)}()" if isinstance(declared.type, GraphQLNonNull) else "None"
                return f"({inner} if {row}[{first!r}] is not None else {otherwise})"
            case EmbeddedList(column=source):
                return self._embedded_list(declared.type, details, selection, renamed.get(source, source), code, row)
        return self._fetched(type_, declared, details, selection, renamed, code, row)

    def _embedded_list(
        self,
        type_: GraphQLOutputType,
        details: list[FieldDetails],
        selection: Selection,
        column: str,
        code: "_Code",
        row: str,
    ) -> str:
        target = get_named_type(type_)
        assert isinstance(target, GraphQLObjectType)
        item = Selection()
        made = self._object(target, self._grouped(target, details), item, {}, code, "item")
        if item.fetches:
            raise Unplannable(f"relations of {target.name}")
        selection.columns[column] = None
        values = f"[{made} for item in {row}[{column!r}]]"
        return values if isinstance(type_, GraphQLNonNull) else f"({values} if {row}[{column!r}] is not None else None)"

    def _fetched(
        self,
        type_: GraphQLObjectType,
        declared: GraphQLField,
        details: list[FieldDetails],
        selection: Selection,
        renamed: Mapping[str, str],
        code: "_Code",
        row: str,
    ) -> str:
        reading = reading_of(declared.extensions[BACKREF].declaration)
        if reading is None:
            raise Unplannable(f"{type_.name}.{details[0].node.name.value}")
        fetch = self._fetch(declared, details, reading)
        place = len(selection.fetches)
        selection.fetches.append(fetch)
        if reading.column is None:
            owner = "None"
        else:
            column = fetch.column = renamed.get(reading.column, reading.column)
            selection.columns[column] = None
            owner = f"{row}[{column!r}]"
        found = f"fetched[{place}].get({owner})"
        return f"{code.name(needed)}({found})" if isinstance(declared.type, GraphQLNonNull) else found

    def _fetch(self, declared: GraphQLField, details: list[FieldDetails], reading: Reading) -> Fetch:
        fetch = Fetch(declared, details[0], reading)
        target = get_named_type(declared.type)
        if is_leaf_type(target):
            fetch.write = writer(declared.type)
        elif not isinstance(target, GraphQLObjectType):
            raise Unplannable(f"the abstract type {target.name}")
        elif issubclass(target.extensions[BACKREF].origin, Connection):
            fetch.page = self._page(target, self._grouped(target, details))
        else:
            fetch.is_list = isinstance(_nullable(declared.type), GraphQLList)
            fetch.selection = self._selection(target, self._grouped(target, details))
        return fetch

    def _page(self, type_: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]) -> PageSelection:
        nodes: list[Selection] = []
        members, wants_total, code = [], False, _Code()
        for key, details in grouped.items():
            name = details[0].node.name.value
            if name == "__typename":
                value = repr(type_.name)
            elif name == "nodes":
                value = f"nodes[{self._nodes(type_.fields[name], details, nodes)}]"
            elif name == "edges":
                value = self._edges(type_.fields[name], details, nodes, code)
            elif name == "pageInfo":
                value = self._page_info(type_.fields[name], details)
            elif name == "totalCount":
                value, wants_total = "total", True
            elif name == "isTotalCountExact":
                value = "True"
            else:
                raise Unplannable(f"{type_.name}.{name}")
            members.append(f"{key!r}: {value}")
        build = _function("page, nodes, total", "{" + ", ".join(members) + "}", code)
        columns = dict.fromkeys(column for selection in nodes for column in selection.columns)
        return PageSelection(Shape(tuple(columns)), nodes, build, wants_total)

    def _nodes(self, declared: GraphQLField, details: list[FieldDetails], nodes: list[Selection]) -> int:
        target = get_named_type(declared.type)
        assert isinstance(target, GraphQLObjectType)
        nodes.append(self._selection(target, self._grouped(target, details)))
        return len(nodes) - 1

    def _edges(self, declared: GraphQLField, details: list[FieldDetails], nodes: list[Selection], code: "_Code") -> str:
        edge = get_named_type(declared.type)
        assert isinstance(edge, GraphQLObjectType)
        members, sources = [], ["page.rows"]
        for key, inner in self._grouped(edge, details).items():
            name = inner[0].node.name.value
            known = edge.fields[name].extensions[BACKREF] if name in edge.fields else None
            if name == "__typename":
                value = repr(edge.name)
            elif name == "cursor":
                value = "page.keyset.cursor(row)"
            elif name == "node":
                place = self._nodes(edge.fields[name], inner, nodes)
                value = f"node{place}"
                sources.append(f"nodes[{place}]")
            elif known is not None and not isinstance(known, DeclaredField) and known.is_basic_field:
                write = code.name(writer(edge.fields[name].type))
                value = f"{write}(row[{EDGE_PREFIX + known.python_name!r}])"
            else:
                raise Unplannable(f"{edge.name}.{name}")
            members.append(f"{key!r}: {value}")
        names = ["row", *(source.replace("nodes[", "node").removesuffix("]") for source in sources[1:])]
        return f"[{{{', '.join(members)}}} for {', '.join(names)}, in zip({', '.join(sources)})]"

    def _page_info(self, declared: GraphQLField, details: list[FieldDetails]) -> str:
        target = get_named_type(declared.type)
        assert isinstance(target, GraphQLObjectType)
        values = {
            "__typename": repr(target.name),
            "hasNextPage": "page.has_next",
            "hasPreviousPage": "page.has_previous",
            "startCursor": "(page.keyset.cursor(page.rows[0]) if page.rows else None)",
            "endCursor": "(page.keyset.cursor(page.rows[-1]) if page.rows else None)",
        }
        grouped = self._grouped(target, details)
        return "{" + ", ".join(f"{key!r}: {values[each[0].node.name.value]}" for key, each in grouped.items()) + "}"


class _Code:
    """The objects that a generated function refers to, each under a name of its own."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def name(self, value: Any) -> str:
        """A name for an object."""
        name = f"_{len(self.names)}"
        self.names[name] = value
        return name


def _function(parameters: str, expression: str, code: _Code) -> Callable[..., Any]:
    """A function of an expression. Keys and columns stand in it as literals made by repr, so no text becomes code."""
    try:
        made: Callable[..., Any] = eval(f"lambda {parameters}: {expression}", code.names)  # noqa: S307
    except (RecursionError, MemoryError, SyntaxError):  # too deep for Python's own compiler
        raise Unplannable("depth") from None
    return made


def needed(value: Any) -> Any:
    """A value that may not be null."""
    if value is None:
        raise Bail("null")
    return value


def _bail_null() -> Any:
    raise Bail("null")


def _nullable(type_: GraphQLOutputType) -> GraphQLOutputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_
