"""Hooks around an operation are left, whatever happens inside them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import strawberry
from strawberry.extensions import SchemaExtension

from app.config import load_settings
from schema.core.hooks import Schema
from schema.core.limits import TIMEOUT, operation_timeout


@strawberry.type
class Query:
    hello: str = "world"


class Refusing(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        raise ValueError("refused")
        yield


class Endless(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield


class Failing(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        yield
        raise ValueError("late")


@pytest.mark.parametrize("inner", [Refusing, Failing])
async def test_a_hook_around_one_that_raises_is_left(inner: type[SchemaExtension]) -> None:
    # given
    left = []

    class Around(SchemaExtension):
        async def on_execute(self) -> AsyncIterator[None]:
            try:
                yield
            finally:
                left.append("around")

    schema = Schema(Query, extensions=[Around, inner])
    # when
    result = await schema.execute("{ hello }")
    # then
    assert left == ["around"]
    assert [error.message for error in result.errors or ()] in (["refused"], ["late"])


async def test_what_answers_in_place_of_the_executor_is_timed_too() -> None:
    # given
    settings = load_settings(_env_file=None, request_timeout_seconds=0.01)
    schema = Schema(Query, extensions=[operation_timeout(settings), Endless])
    # when
    result = await schema.execute("{ hello }")
    # then
    assert result.errors is not None
    assert [error.extensions for error in result.errors] == [{"code": TIMEOUT}]
