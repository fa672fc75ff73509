"""Random valid queries over a whole schema."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

Values = Mapping[str, Sequence[Any]]
"""Values worth sending, by the name of the argument, input field or scalar type they suit."""


@dataclass
class Operation:
    """A query with its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class OperationMaker:
    """Makes queries of one seed; the same seed makes the same queries."""

    schema: GraphQLSchema
    values: Values
    random: random.Random
    skipped: frozenset[str] = frozenset()
    _fragments: list[str] = field(default_factory=list)
    _variables: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def operation(self) -> Operation:
        """One query of a few root fields."""
        self._fragments, self._variables = [], {}
        query = self.schema.query_type
        assert query is not None
        body = self._selections(query, self.random.randint(2, 5), is_root=True)
        definitions = ", ".join(f"${name}: {type_}" for name, (type_, _) in self._variables.items())
        head = f"query Random({definitions})" if definitions else "query Random"
        text = "\n".join([f"{head} {body}", *self._fragments])
        return Operation(text, {name: value for name, (_, value) in self._variables.items()})

    def _selections(self, type_: Any, depth: int, *, is_root: bool = False) -> str:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return self._abstract(type_, depth)
        names = [name for name in type_.fields if f"{type_.name}.{name}" not in self.skipped]
        if depth <= 0:
            names = [name for name in names if is_leaf_type(get_named_type(type_.fields[name].type))]
        chosen = self.random.sample(names, min(len(names), self.random.randint(1, 3 if is_root else 6)))
        parts = [self._field(name, type_.fields[name], depth) for name in chosen]
        if not is_root and self.random.random() < 0.2:
            parts.append("__typename")
        if chosen and self.random.random() < 0.15:
            parts.append(self._field(self.random.choice(chosen), type_.fields[chosen[0]], depth, of=type_))
        if len(parts) > 1 and self.random.random() < 0.3:
            parts = self._fragmented(type_, parts)
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _abstract(self, type_: Any, depth: int) -> str:
        possible = self.schema.get_possible_types(type_)
        chosen = self.random.sample(possible, self.random.randint(1, min(3, len(possible))))
        parts = [f"... on {each.name} {self._selections(each, depth - 1)}" for each in chosen]
        if isinstance(type_, GraphQLInterfaceType) and self.random.random() < 0.7:
            parts.append("id")
        return "{ __typename " + " ".join(parts) + " }"

    def _field(self, name: str, declared: GraphQLField, depth: int, of: GraphQLObjectType | None = None) -> str:
        if of is not None:
            declared = of.fields[name]
        alias = f"a{self.random.randrange(10**6)}: " if declared.args or self.random.random() < 0.15 else ""
        arguments = self._arguments(declared.args)
        target = get_named_type(declared.type)
        inner = "" if is_leaf_type(target) else " " + self._selections(target, depth - 1)
        return f"{alias}{name}{arguments}{self._directive()}{inner}"

    def _fragmented(self, type_: GraphQLObjectType, parts: list[str]) -> list[str]:
        cut = self.random.randrange(1, len(parts))
        kept, moved = parts[:cut], " ".join(parts[cut:])
        if self.random.random() < 0.5:
            return [*kept, f"... on {type_.name}{self._directive()} {{ {moved} }}"]
        name = f"F{len(self._fragments)}_{self.random.randrange(10**6)}"
        self._fragments.append(f"fragment {name} on {type_.name} {{ {moved} }}")
        return [*kept, f"...{name}{self._directive()}"]

    def _directive(self) -> str:
        if self.random.random() > 0.08:
            return ""
        name, value = self.random.choice(["skip", "include"]), self.random.random() < 0.5
        if self.random.random() < 0.5:
            return f" @{name}(if: {str(value).lower()})"
        return f" @{name}(if: ${self._variable('Boolean!', value)})"

    def _arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        given = []
        for name, argument in arguments.items():
            absence = 0.97 if name in ("after", "before") else 0.6  # a cursor fits one list, and is wrong in all others
            if not isinstance(argument.type, GraphQLNonNull) and self.random.random() < absence:
                continue
            value = self._value(name, argument.type)
            if self.random.random() < 0.4:
                given.append(f"{name}: ${self._variable(str(argument.type), value)}")
            else:
                given.append(f"{name}: {_literal(argument.type, value)}")
        return f"({', '.join(given)})" if given else ""

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._variables)}"
        self._variables[name] = (type_, value)
        return name

    def _value(self, name: str, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._present(name, type_.of_type)
        return None if self.random.random() < 0.1 else self._present(name, type_)

    def _present(self, name: str, type_: Any) -> Any:
        if isinstance(type_, GraphQLList):
            return [self._value(name, type_.of_type) for _ in range(self.random.randint(0, 4))]
        if isinstance(type_, GraphQLInputObjectType):
            wanted = [
                key
                for key, each in type_.fields.items()
                if isinstance(each.type, GraphQLNonNull) or self.random.random() < 0.25
            ]
            return {key: self._value(key, type_.fields[key].type) for key in wanted}
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(list(type_.values))
        pool = self.values.get(name) or self.values[type_.name]
        return self.random.choice(pool)


def _literal(type_: Any, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(type_, GraphQLNonNull):
        return _literal(type_.of_type, value)
    if isinstance(type_, GraphQLList):
        return "[" + ", ".join(_literal(type_.of_type, each) for each in value) + "]"
    if isinstance(type_, GraphQLInputObjectType):
        members = ", ".join(f"{key}: {_literal(type_.fields[key].type, each)}" for key, each in value.items())
        return "{" + members + "}"
    if isinstance(type_, GraphQLEnumType):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
