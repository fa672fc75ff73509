"""How much one operation asks for, read off its document before it is validated or run: depth, aliases and cost.

Cost estimates the objects an operation can return. Every field with a selection costs 1 and multiplies the cost of
that selection: a connection (a field that takes `first` or `last`) by its page size, capped at the largest page
allowed; a list fetched by a list argument (`nodes(ids:)`) by that list's length; any other field by 1. A series (a
field that takes `bucket`) costs as many objects as it may have. Leaves cost 0.
Where several `... on Type` apply, all count: the estimate is an upper bound. Introspection costs nothing; its depth is
limited by itself. `@skip` and `@include` are not followed. A field asked for again beside itself counts as an alias:
validation compares every pair of them.

Each fragment is measured once, however often it is spread, so the time is linear in the document's fields and at worst
proportional to the product of selections and fragments, never exponential.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from app.db.buckets import MOST_BUCKETS

DEFAULT_PAGE_SIZE = 50  # what a connection returns when neither `first` nor `last` is given


class Measure(NamedTuple):
    """An operation's figures: the deepest field, introspection's deepest field, aliases and cost."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: "Measure") -> "Measure":
        """Both selections in one selection set."""
        return Measure(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.aliases + other.aliases,
            self.cost + other.cost,
        )


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    max_page_size: int,
) -> tuple[Measure, frozenset[str]]:
    """The figures of `operation`, and the names of the variables they depend on.

    The document need not be valid: unknown fields and fragments, cycles and wrong values are measured as what they
    would cost if they were left out. `max_page_size` is what the resolvers allow at most.
    """
    values = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    run = _Pass(schema, document, {**values, **variables}, max_page_size)
    return run.operation(operation), frozenset(run.used_variables)


class _Fragment(NamedTuple):
    own: Measure
    reach: int  # a bit for each fragment spread at its top level, directly or through others, itself included


class _Pass:
    """One pass over a document for one operation and one set of variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], max_page_size: int
    ) -> None:
        self.schema = schema
        self.variables = variables
        self.max_page_size = max_page_size
        self.used_variables: set[str] = set()
        self.definitions = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self.order = {name: index for index, name in enumerate(self.definitions)}
        self.fragments: dict[str, _Fragment] = {}

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        """The figures of an operation."""
        for name in self._spread_order(operation.selection_set):
            definition = self.definitions[name]
            on = self.schema.get_type(definition.type_condition.name.value)
            own, reach = self._direct(definition.selection_set, on)
            self.fragments[name] = _Fragment(own, reach | 1 << self.order[name])
        return self._whole(operation.selection_set, self.schema.get_root_type(operation.operation))

    def _spread_order(self, selection_set: SelectionSetNode) -> list[str]:
        """The fragments used, each after those it spreads itself; an explicit stack, for chains may be long."""
        done: dict[str, None] = {}
        started: set[str] = set()
        stack = [(name, False) for name in _spreads(selection_set)]
        while stack:
            name, is_left = stack.pop()
            if is_left:
                done[name] = None
            elif name in self.definitions and name not in started:
                started.add(name)
                stack.append((name, True))
                stack.extend((inner, False) for inner in _spreads(self.definitions[name].selection_set))
        return list(done)

    def _whole(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Measure:
        """A selection set with the fragments it spreads, each counted once as the executor merges them."""
        measure, reach = self._direct(selection_set, parent)
        if reach:
            for name, index in self.order.items():
                if reach >> index & 1 and name in self.fragments:
                    measure = measure.beside(self.fragments[name].own)
        return measure

    def _direct(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, seen: set[tuple[str, str]] | None = None
    ) -> tuple[Measure, int]:
        """The fields that stand in a selection set itself, and the fragments it reaches.

        `seen` holds the fields of the set around inline fragments, by type condition.
        """
        measure, reach = Measure(), 0
        seen = set() if seen is None else seen
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                key = (str(parent), (selection.alias or selection.name).value)
                measure = measure.beside(self._field(selection, parent, is_extra=bool(selection.alias) or key in seen))
                seen.add(key)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                on = self.schema.get_type(condition.name.value) if condition else parent
                inner, inner_reach = self._direct(selection.selection_set, on, seen)
                measure, reach = measure.beside(inner), reach | inner_reach
            elif isinstance(selection, FragmentSpreadNode):
                # A fragment not measured yet is part of a cycle, or undefined: validation refuses both.
                fragment = self.fragments.get(selection.name.value)
                reach |= fragment.reach if fragment else 0
        return measure, reach

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, *, is_extra: bool) -> Measure:
        aliases = int(is_extra)
        if node.selection_set is None:
            return Measure(depth=1, aliases=aliases)
        definition = _definition(parent, node.name.value)
        inner = self._whole(node.selection_set, get_named_type(definition.type) if definition else None)
        if node.name.value in ("__schema", "__type"):
            return Measure(introspection_depth=1 + inner.depth, aliases=aliases + inner.aliases)
        own = MOST_BUCKETS if definition is not None and "bucket" in definition.args else 1
        cost = own + self._multiplier(node, definition) * inner.cost
        return Measure(1 + inner.depth, inner.introspection_depth, aliases + inner.aliases, cost)

    def _multiplier(self, node: FieldNode, definition: GraphQLField | None) -> int:
        if definition is None:
            return 1
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        if "first" in definition.args or "last" in definition.args:
            sizes = [self._page_size(given[name]) for name in ("first", "last") if name in given]
            asked = [size for size in sizes if size is not None]
            return min(max(asked, default=DEFAULT_PAGE_SIZE), self.max_page_size)
        if not isinstance(_nullable(definition.type), GraphQLList):
            return 1
        lists = [
            name for name, argument in definition.args.items() if isinstance(_nullable(argument.type), GraphQLList)
        ]
        return max((self._length(given[name]) for name in lists if name in given), default=1)

    def _page_size(self, value: ValueNode) -> int | None:
        """A page size; None where none is given, or one that the resolver will refuse."""
        size: Any = None
        if isinstance(value, IntValueNode):
            # Longer literals overflow Int anyway, and int() is slow on endless ones.
            size = int(value.value[:12])
        elif isinstance(value, VariableNode):
            size = self._variable(value)
        if isinstance(size, float) and size.is_integer():  # GraphQL takes 1000.0 for an Int
            size = int(size)
        return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None

    def _length(self, value: ValueNode) -> int:
        """A list argument's length; at least 1, as a single value counts as a list of one."""
        items: Any = self._variable(value) if isinstance(value, VariableNode) else None
        if isinstance(value, ListValueNode):
            items = value.values
        return max(1, len(items)) if isinstance(items, list | tuple) else 1

    def _variable(self, node: VariableNode) -> Any:
        self.used_variables.add(node.name.value)
        return self.variables.get(node.name.value)


def _spreads(selection_set: SelectionSetNode) -> Iterator[str]:
    """The names of all fragments spread in a selection set, also below its fields."""
    stack = [selection_set]
    while stack:
        for selection in stack.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                yield selection.name.value
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                stack.append(selection.selection_set)


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _nullable(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_
