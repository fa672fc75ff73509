"""The figures of operations: depth, aliases and cost, on any document and in linear time."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, get_introspection_query, get_operation_ast, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from schema.core.cost import Measure, measure

SCHEMA = build_schema("""
    interface Node { id: ID!, owner: User }
    type User implements Node { id: ID!, name: String, owner: User, packages(first: Int, last: Int): Packages }
    type Package implements Node {
        id: ID!, name: String, owner: User, parents(first: Int = 5): Packages, files: [File]
    }
    type File { path: String, package: Package }
    type Edge { node: Package, cursor: String }
    type Packages { edges: [Edge], nodes: [Package], totalCount: Int }
    union Result = Package | User
    input Search { first: Int }
    type Query {
        name: String
        me: User
        user(first: Int): User
        packages(first: Int, last: Int, search: Search): Packages
        nodes(ids: [ID!]!): [Node]!
        node(ids: [ID!]): Node
        result: Result
    }
    type Mutation { change: User, name: String }
""")


def figures(text: str, variables: dict[str, Any] | None = None, operation_name: str | None = None) -> Measure:
    """Measure a document's operation."""
    document = parse(text)
    operation = get_operation_ast(document, operation_name)
    assert isinstance(operation, OperationDefinitionNode)
    return measure(SCHEMA, document, operation, variables or {}, 1000)[0]


@pytest.mark.parametrize(
    ("text", "depth", "aliases", "cost"),
    [
        ("{ name }", 1, 0, 0),
        ("{ me { name } }", 2, 0, 1),
        ("{ a: me { b: name } name }", 2, 2, 1),
        ("mutation { change { name } name }", 2, 0, 1),
        ("{ packages(first: 10) { nodes { name } } }", 3, 0, 11),
        ("{ packages(first: 10) { edges { node { name } } } }", 4, 0, 21),
        ("{ packages { nodes { name } } }", 3, 0, 51),
        ("{ packages(last: 3) { nodes { name } } }", 3, 0, 4),
        ("{ packages(first: 3, last: 7) { nodes { name } } }", 3, 0, 8),
        ("{ packages(first: 0) { nodes { name } } }", 3, 0, 1),
        ("{ packages(first: 10) { totalCount } }", 2, 0, 1),
        ("{ packages(first: 10) { nodes { parents(first: 4) { nodes { name } } } } }", 5, 0, 1 + 10 * (1 + 1 + 4)),
        ("{ packages(first: 10) { nodes { files { path } } } }", 4, 0, 21),
        ('{ nodes(ids: ["a", "b", "c"]) { id owner { id } } }', 3, 0, 4),
        ('{ nodes(ids: "a") { owner { id } } }', 3, 0, 2),
        ("{ nodes(ids: []) { owner { id } } }", 3, 0, 2),
        ('{ node(ids: ["a", "b"]) { owner { id } } }', 3, 0, 2),
        ("{ ...F } fragment F on Query { me { name } }", 2, 0, 1),
        ("{ ...F ...F ...G } fragment F on Query { me { name } } fragment G on Query { ...F }", 2, 0, 1),
        ("{ me { ...F } x: me { ...F } } fragment F on User { a: name owner { name } }", 3, 3, 4),
        ("{ ... { ... on Query { me { name } } } }", 2, 0, 1),
        ("{ me { name } me { name name } }", 2, 2, 2),
        ("{ me { name } ... { me { id } } ... on Query { me { id } } }", 2, 2, 3),
        ("{ result { ... on User { owner { id } } ... on Package { owner { id } } __typename } }", 3, 0, 3),
    ],
)
def test_depth_aliases_and_cost(text: str, depth: int, aliases: int, cost: int) -> None:
    assert validate(SCHEMA, parse(text)) == []

    assert figures(text) == Measure(depth=depth, introspection_depth=0, aliases=aliases, cost=cost)


@pytest.mark.parametrize(
    ("variables", "cost"),
    [
        ({"n": 7}, 8),
        ({}, 21),
        ({"n": None}, 51),
        ({"n": 10**30}, 1001),
        ({"n": 7.0}, 8),
        ({"n": -1}, 51),
        ({"n": True}, 51),
        ({"n": "7"}, 51),
        ({"n": [7]}, 51),
        ({"n": float("nan")}, 51),
    ],
)
def test_page_sizes_by_variable(variables: dict[str, Any], cost: int) -> None:
    assert figures("query ($n: Int = 20) { packages(first: $n) { nodes { name } } }", variables).cost == cost


@pytest.mark.parametrize("size", ["1001", "99999999999999999999", "9" * 6000])
def test_page_sizes_are_capped(size: str) -> None:
    assert figures(f"{{ packages(first: {size}) {{ nodes {{ name }} }} }}").cost == 1001


@pytest.mark.parametrize(("ids", "cost"), [(["a"] * 30, 31), ("a", 2), (None, 2), ([], 2)])
def test_list_lengths_by_variable(ids: Any, cost: int) -> None:
    assert figures("query ($ids: [ID!]!) { nodes(ids: $ids) { owner { id } } }", {"ids": ids}).cost == cost


def test_only_the_named_operation_counts() -> None:
    text = "query A { name } query B { me { name } }"

    assert (figures(text, operation_name="A").cost, figures(text, operation_name="B").cost) == (0, 1)


def test_introspection_costs_nothing_and_has_its_own_depth() -> None:
    result = figures(get_introspection_query())

    assert (result.depth, result.cost) == (0, 0)
    assert 10 < result.introspection_depth <= 20


@pytest.mark.parametrize(
    "text",
    [
        "{ unknown { deeper(first: 9) { still } } }",
        "{ ...Missing me { ...Missing } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A me { name } }",
        "{ ...A } fragment A on Query { me { ...C } } fragment C on User { owner { ...C } }",
        "{ ...A } fragment A on Nothing { x }",
        "{ ...A } fragment A on Query { name } fragment A on Query { me { name } }",
        "{ name { name } me { ... on Nothing { x } } }",
        "subscription { x { y } }",
        "query ($n: Nothing = {a: 1}) { packages(first: $n) { nodes { name } } }",
        "{ packages(first: {a: $x}, last: NAME) { nodes { name } } nodes(ids: $y) { id } }",
    ],
)
def test_invalid_documents_are_measured_too(text: str) -> None:
    assert figures(text).cost >= 0


def test_a_ladder_of_fragments_spread_twice_each() -> None:
    """858 bytes like these took other limiters ten seconds; without memory this would take 2^40 steps."""
    # given
    rungs = "".join(f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))

    # when
    result = figures("{ me { ...F0 } }" + rungs + "fragment F40 on User { name }")

    # then what the executor merges counts once
    assert result == Measure(depth=2, introspection_depth=0, aliases=0, cost=1)


def test_a_ladder_of_fields_that_really_doubles() -> None:
    rungs = "".join(
        f"fragment F{n} on User {{ a: owner {{ ...F{n + 1} }} b: owner {{ ...F{n + 1} }} }}" for n in range(40)
    )

    result = figures("{ me { ...F0 } }" + rungs + "fragment F40 on User { name }")

    assert result.cost == 2**41 - 1
    assert result.aliases == 2**41 - 2
    assert result.depth == 42


def test_a_long_chain_of_fragments_needs_no_deep_stack() -> None:
    chain = "".join(f"fragment F{n} on User {{ ...F{n + 1} owner {{ ...F{n + 1} }} }}" for n in range(600))

    assert figures("{ me { ...F0 } }" + chain + "fragment F600 on User { name }").depth == 602


def _expanded(text: str) -> Measure:
    """The same figures by expanding every fragment in place, for small documents without shared fragments."""
    document = parse(text)
    fragments = {d.name.value: d for d in document.definitions[1:]}  # type: ignore[attr-defined]

    def walk(selection_set: Any, seen: set[str]) -> tuple[int, int, int]:
        depth = aliases = cost = 0
        keys: set[str] = set()
        for node in selection_set.selections:
            if node.kind == "field":
                inner = walk(node.selection_set, set()) if node.selection_set else (0, 0, 0)
                depth = max(depth, 1 + inner[0])
                key = (node.alias or node.name).value
                aliases += inner[1] + (bool(node.alias) or key in keys)
                keys.add(key)
                cost += inner[2] + bool(node.selection_set)
            elif node.name.value not in seen:
                seen.add(node.name.value)
                inner = walk(fragments[node.name.value].selection_set, seen)
                depth, aliases, cost = max(depth, inner[0]), aliases + inner[1], cost + inner[2]
        return depth, aliases, cost

    depth, aliases, cost = walk(document.definitions[0].selection_set, set())  # type: ignore[attr-defined]
    return Measure(depth, 0, aliases, cost)


@st.composite
def _documents(draw: st.DrawFn) -> str:
    """Random documents whose fragments only spread later ones."""
    count = draw(st.integers(0, 4))

    def selections(after: int, level: int) -> str:
        parts = []
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.integers(0, 3))
            alias = draw(st.sampled_from(["", "a: ", "b: "]))
            if kind == 0 and after < count:
                parts.append(f"...F{draw(st.integers(after, count - 1))}")
            elif kind == 1 and level < 3:
                parts.append(f"{alias}owner {{ {selections(after, level + 1)} }}")
            else:
                parts.append(f"{alias}name")
        return " ".join(parts)

    head = f"{{ me {{ {selections(0, 0)} }} }}"
    return head + "".join(f" fragment F{n} on User {{ {selections(n + 1, 0)} }}" for n in range(count))


@given(_documents())
def test_figures_equal_those_of_the_expanded_document(text: str) -> None:
    assert figures(text) == _expanded(text)
