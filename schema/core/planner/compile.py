"""Compiling a query: each selection set becomes a generated function from rows to JSON objects, and a list of reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
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

from app.db.readers import KEY, RowReader
from schema.core.connections import Connection
from schema.core.ids import encode_id
from schema.core.node_lookups import NodeLookup, readable_types
from schema.core.nodes import IdField
from schema.core.planner.code import Code, Unplannable, function, needed, refuse_null
from schema.core.planner.leaves import pattern_of, writer
from schema.core.planner.pages import page_selection
from schema.core.planner.parts import Fetch, Items, Joined, Selection
from schema.core.planner.readings import reading_of
from schema.core.relations import DeclaredField, Deferred, Embedded, EmbeddedList, Relation

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
Grouped = Mapping[str, list[FieldDetails]]


@dataclass(frozen=True)
class _Scope:
    """Where an expression stands: whose reads it adds to, who reads its rows, and what its columns are called there."""

    selection: Selection
    code: Code
    reader: Any = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    joined: Joined | None = None

    def key(self, name: str) -> str:
        """What a column is called in the row; it is then read."""
        name = self.renamed.get(name, name)
        if self.joined is None:
            self.selection.columns[name] = None
            return name
        self.joined.columns[name] = None
        return self.joined.prefix + name

    def column(self, name: str) -> str:
        """The expression of a column, which is then read."""
        return f"row[{self.key(name)!r}]"

    def leaf(self, type_: GraphQLOutputType, name: str) -> str:
        """The expression of a column's value in JSON."""
        columns = getattr(self.reader, "columns", {})
        pattern = pattern_of(type_, columns.get(self.renamed.get(name, name)))
        if pattern is not None:
            return pattern.format(self.column(name))
        return f"{self.code.name(writer(type_))}({self.column(name)})"


class Compiler:
    """Compiles one operation. The values of variables matter only where directives use them."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, values: VariableValues
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._values = values
        self._joins = 0
        self._fragments = {
            definition.name.value: FragmentDetails(definition)
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def root(self) -> Selection:
        """The operation's own selection, to be built of one empty row. Raises Unplannable."""
        query = self._schema.query_type
        assert query is not None
        collected = collect_fields(self._schema, self._fragments, self._values, query, self._operation)
        return self._selection(query, collected.grouped_field_set)

    def grouped(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Grouped:
        """The fields selected of a type, by response key."""
        collected = collect_subfields(self._schema, self._fragments, self._values, self._operation, type_, details)
        return collected.grouped_field_set

    def selection(self, type_: Any, details: list[FieldDetails], reader: Any = None) -> Selection:
        """What is selected of an object type, whose rows `reader` reads."""
        if not isinstance(type_, GraphQLObjectType):
            raise Unplannable(f"the abstract type {type_.name}")
        return self._selection(type_, self.grouped(type_, details), reader)

    def _selection(self, type_: GraphQLObjectType, grouped: Grouped, reader: Any = None) -> Selection:
        scope = _Scope(Selection(), Code(), reader)
        scope.selection.build = function("row, fetched", self._object(type_, grouped, scope), scope.code)
        return scope.selection

    def _object(self, type_: GraphQLObjectType, grouped: Grouped, scope: _Scope) -> str:
        """The expression of an object made of a row."""
        members = []
        for key, details in grouped.items():
            name = details[0].node.name.value
            if name == "__typename":
                members.append(f"{key!r}: {type_.name!r}")
            elif name in type_.fields:
                members.append(f"{key!r}: {self._member(type_, type_.fields[name], details, scope)}")
            else:
                raise Unplannable("introspection")
        return "{" + ", ".join(members) + "}"

    def _member(
        self, type_: GraphQLObjectType, declared: GraphQLField, details: list[FieldDetails], scope: _Scope
    ) -> str:
        """The expression of a field's value."""
        known = declared.extensions.get(BACKREF)
        if known is None:
            raise Unplannable(f"{type_.name}.{details[0].node.name.value}")
        if isinstance(known, IdField):
            tag = scope.code.name(type_.extensions[BACKREF].origin.TAG)
            return f"{scope.code.name(encode_id)}({tag}, {scope.column('id')})"
        if not isinstance(known, DeclaredField):
            if known.is_basic_field and is_leaf_type(get_named_type(declared.type)):
                return scope.leaf(declared.type, known.python_name)
            return self._called(type_, declared, details, scope)
        match known.declaration:
            case Deferred():
                return scope.leaf(declared.type, known.python_name)
            case Embedded(columns=columns):
                return self._embedded(declared.type, columns, details, scope)
            case EmbeddedList(column=column):
                return self._embedded_list(declared.type, column, details, scope)
            case NodeLookup(is_list=is_list):
                return self._nodes(declared, details, is_list, scope)
            case declaration:
                return self._read(type_, declared, declaration, details, scope)

    def _embedded(
        self, type_: GraphQLOutputType, columns: Mapping[str, str], details: list[FieldDetails], scope: _Scope
    ) -> str:
        target = get_named_type(type_)
        assert isinstance(target, GraphQLObjectType)
        first = scope.column(next(iter(columns.values())))
        renamed = {name: scope.renamed.get(column, column) for name, column in columns.items()}
        made = self._object(target, self.grouped(target, details), replace(scope, renamed=renamed))
        otherwise = f"{scope.code.name(refuse_null)}()" if isinstance(type_, GraphQLNonNull) else "None"
        return f"({made} if {first} is not None else {otherwise})"

    def _embedded_list(self, type_: GraphQLOutputType, column: str, details: list[FieldDetails], scope: _Scope) -> str:
        selection = self.selection(get_named_type(type_), details)
        values = scope.column(column)
        if selection.fetches:
            scope.selection.fetches.append(Items(scope.key(column), selection))
            made = f"fetched[{len(scope.selection.fetches) - 1}][id(row)]"
        else:
            made = f"[{scope.code.name(selection.build)}(item, None) for item in {values}]"
        return made if isinstance(type_, GraphQLNonNull) else f"({made} if {values} is not None else None)"

    def _read(
        self,
        type_: GraphQLObjectType,
        declared: GraphQLField,
        declaration: Any,
        details: list[FieldDetails],
        scope: _Scope,
    ) -> str:
        reading = reading_of(declaration)
        if reading is None:
            raise Unplannable(f"{type_.name}.{details[0].node.name.value}")
        target = get_named_type(declared.type)
        if isinstance(declaration, Relation) and declaration.join and hasattr(scope.reader, "takes_joins"):
            made = self._joined(target, declaration, details, scope)
            if made is not None:
                return made
        fetch = Fetch(declared, details[0], reading)
        if is_leaf_type(target):
            fetch.write = writer(declared.type)
        elif isinstance(target, GraphQLObjectType) and issubclass(target.extensions[BACKREF].origin, Connection):
            fetch.page = page_selection(self, target, details, reading.reader)
        else:
            fetch.is_list = isinstance(_nullable(declared.type), GraphQLList)
            fetch.selection = self.selection(target, details, reading.reader)
        if reading.column is None:
            return self._found(fetch, "None", scope)
        fetch.column = scope.key(reading.column)
        return self._found(fetch, f"row[{fetch.column!r}]", scope)

    def _joined(self, target: Any, declaration: Relation, details: list[FieldDetails], scope: _Scope) -> str | None:
        """The expression of a to-one relation whose row is joined; None where its columns cannot be."""
        reader = declaration.reader
        if not isinstance(reader, RowReader) or not isinstance(target, GraphQLObjectType):
            return None
        self._joins += 1
        joined = Joined(f"j{self._joins}__", reader, scope.key(declaration.key))
        trial = Selection()
        trial.joins.append(joined)
        within = _Scope(trial, scope.code, reader, joined=joined)
        made = self._object(target, self.grouped(target, details), within)
        if trial.fetches or not all(each.reader.may_be_joined(name) for each in trial.joins for name in each.columns):
            return None
        scope.selection.joins += trial.joins
        return f"({made} if row[{joined.prefix + KEY!r}] is not None else None)"

    def _nodes(self, declared: GraphQLField, details: list[FieldDetails], is_list: bool, scope: _Scope) -> str:
        interface = get_named_type(declared.type)
        assert isinstance(interface, GraphQLInterfaceType)
        fetch = Fetch(declared, details[0], is_list=is_list, nodes={})
        assert fetch.nodes is not None
        for type_ in self._schema.get_possible_types(interface):
            origin = type_.extensions[BACKREF].origin
            if origin in readable_types().values():
                fetch.nodes[origin.TAG] = (origin.READER, self.selection(type_, details, origin.READER))
        return self._found(fetch, "None", scope)

    def _called(
        self, type_: GraphQLObjectType, declared: GraphQLField, details: list[FieldDetails], scope: _Scope
    ) -> str:
        """A resolver of the root that gives a plain object: called, and the object's attributes taken for a row."""
        target = get_named_type(declared.type)
        is_plain = isinstance(target, GraphQLObjectType) and not isinstance(_nullable(declared.type), GraphQLList)
        if type_ is not self._schema.query_type or not is_plain or declared.args:
            raise Unplannable(f"{type_.name}.{details[0].node.name.value}")
        fetch = Fetch(declared, details[0], selection=self.selection(target, details))
        return self._found(fetch, "None", scope)

    def _found(self, fetch: Fetch, owner: str, scope: _Scope) -> str:
        scope.selection.fetches.append(fetch)
        found = f"fetched[{len(scope.selection.fetches) - 1}].get({owner})"
        return f"{scope.code.name(needed)}({found})" if isinstance(fetch.field.type, GraphQLNonNull) else found


def _nullable(type_: GraphQLOutputType) -> GraphQLOutputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_
