"""Operations out of bounds are refused by name of the figure, before validation and execution."""

from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import build_schema, get_operation_ast, parse
from starlette.datastructures import UploadFile
from strawberry.types import ExecutionResult

from app.config import load_settings
from schema.core import limits as module
from schema.core.limits import OperationLimits, has_upload, operation_limits


@strawberry.type
class Item:
    name: str = "x"

    @strawberry.field
    def items(self, first: int | None = None) -> list["Item"]:
        return [Item()] * (first or 1)


@strawberry.type
class Query:
    @strawberry.field
    def items(self, first: int | None = None) -> list[Item]:
        return [Item()] * (first or 1)


SETTINGS = load_settings(
    _env_file=None, max_query_depth=4, max_query_aliases=3, max_query_tokens=200, max_query_cost=100
)
schema = strawberry.Schema(Query, extensions=[operation_limits(SETTINGS)])


async def run(query: str, variables: dict[str, Any] | None = None, context: Any = None) -> ExecutionResult:
    """Execute with the limits on."""
    return await schema.execute(query, variable_values=variables, context_value=context)


@pytest.mark.parametrize(
    ("query", "extensions"),
    [
        ("{ items { items { items { items { name } } } } }", {"depth": 5, "limit": 4}),
        ("{ a: items { b: name c: name d: name } }", {"aliases": 4, "limit": 3}),
        ("{ items { name } items { name } items { name } items { name } items { name } }", {"aliases": 4, "limit": 3}),
        ("{ items(first: 10) { items(first: 10) { items(first: 1) { name } } } }", {"cost": 111, "limit": 100}),
        ("{ items(first: 1) { " + "name " * 200 + "} }", {"limit": 200}),
        (
            "{ __schema { types " + "{ fields { type " * 16 + "{ name }" + " } }" * 16 + "} }",
            {"introspectionDepth": 35, "limit": 30},
        ),
    ],
)
async def test_what_is_out_of_bounds_is_refused_with_the_figure(query: str, extensions: dict[str, int]) -> None:
    result = await run(query)

    [error] = result.errors or []
    assert error.extensions == {"code": "LIMIT_EXCEEDED", **extensions}
    assert str(extensions["limit"]) in error.message
    assert result.data is None


async def test_what_is_within_bounds_runs_and_tells_its_cost() -> None:
    result = await run("query ($n: Int) { items(first: $n) { items(first: 1) { name } } }", {"n": 99})

    assert result.errors is None
    assert result.extensions == {"cost": {"requested": 100, "limit": 100}}


async def test_a_refusal_comes_before_validation() -> None:
    result = await run("{ items { unknown { deep { deeper { deepest } } } } }")

    assert (result.errors or [])[0].extensions["depth"] == 5  # type: ignore[index]


async def test_operations_on_one_context_share_its_budget() -> None:
    # given
    context = SimpleNamespace(cost=0)

    # when two operations of 61 run on one context
    first = await run("{ items(first: 60) { items(first: 1) { name } } }", context=context)
    second = await run("{ items(first: 60) { items(first: 1) { name } } }", context=context)

    # then
    assert first.errors is None
    [error] = second.errors or []
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "cost": 122, "limit": 100}
    assert "together with the 61" in error.message
    assert context.cost == 122


async def test_the_measure_is_remembered_by_text_and_page_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    counted = []
    measure = module.measure
    monkeypatch.setattr(module, "measure", lambda *arguments: counted.append(1) or measure(*arguments))
    text = "query ($n: Int, $x: String) { items(first: $n) { name } }"
    document = parse(text)
    operation = get_operation_ast(document)
    assert operation is not None
    sdl = build_schema("type Query { items(first: Int): [Item] } type Item { name: String, items(first: Int): [Item] }")
    limits = OperationLimits(SETTINGS)

    def figures(variables: dict[str, Any]) -> int:
        return limits.measure(sdl, document, text=text, operation=operation, variables=variables).cost

    # when, then
    assert [figures({"n": 5, "x": str(turn)}) for turn in range(3)] == [1, 1, 1]
    assert len(counted) == 1
    figures({"n": 6})
    figures({"n": True})
    figures({})
    assert len(counted) == 4


async def test_what_is_remembered_is_bounded() -> None:
    limits = OperationLimits(SETTINGS)
    sdl = build_schema("type Query { name: String }")

    for number in range(module.MAX_CACHED + 10):
        text = f"query Q{number} {{ name }}"
        document = parse(text)
        operation = get_operation_ast(document)
        assert operation is not None
        limits.measure(sdl, document, text=text, operation=operation, variables={})

    assert len(limits._measures) <= module.MAX_CACHED
    assert len(limits._variables) <= module.MAX_CACHED


def test_files_are_found_anywhere_in_the_variables() -> None:
    file = UploadFile(SimpleNamespace())  # type: ignore[arg-type]

    assert has_upload({"a": [{"b": [None, file]}]})
    assert not has_upload({"a": [{"b": [None, "file"]}]})
    assert not has_upload(None)
