"""Suggestions reach only those who may see them, whatever kind of name they are about."""

import re
from collections.abc import AsyncIterator
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError

from schema.core.suggestions import hide_suggestions


@strawberry.enum
class Color(Enum):
    CRIMSON = "crimson"


@strawberry.input
class Paint:
    pigment: str = ""
    color: Color | None = None


@strawberry.type
class Query:
    @strawberry.field
    def painting(self, canvas: Paint | None = None) -> str:
        return "x"

    @strawberry.field
    def picky(self) -> str:
        raise GraphQLError("Too long. Did you mean less?")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def paintings(self, canvas: Paint | None = None) -> AsyncIterator[str]:
        yield "x"


schema = strawberry.Schema(
    Query, None, Subscription, extensions=[hide_suggestions(lambda context: context == "friend")]
)


@pytest.mark.parametrize(
    ("query", "variables", "name"),
    [
        ("{ paintin }", {}, "painting"),
        ("{ painting(canva: null) }", {}, "canvas"),
        ("query ($c: Pain) { painting(canvas: $c) }", {}, "Paint"),
        ("{ painting(canvas: {pigmen: 1}) }", {}, "pigment"),
        ("{ painting(canvas: {color: CRIMSO}) }", {}, "CRIMSON"),
        ("query ($c: Paint) { painting(canvas: $c) }", {"c": {"pigmen": "x"}}, "pigment"),
        ("query ($c: Paint) { painting(canvas: $c) }", {"c": {"color": "CRIMSO"}}, "CRIMSON"),
        ("subscription { paintin }", {}, "paintings"),
        ("subscription ($c: Paint) { paintings(canvas: $c) }", {"c": {"pigmen": "x"}}, "pigment"),
    ],
)
async def test_strangers_learn_no_names(query: str, variables: dict[str, Any], name: str) -> None:
    async def message(viewer: str) -> str:
        results = await schema.stream(query, variable_values=variables, context_value=viewer)
        [error] = [error async for result in results for error in result.errors or ()]
        return str(error.message)

    assert re.search(f"Did you mean .*'{name}'", await message("friend"))
    assert "Did you mean" not in await message("stranger")
    assert f"'{name}'" not in await message("stranger")


async def test_the_applications_own_messages_are_left_alone() -> None:
    result = await schema.execute("{ picky }", context_value="stranger")

    assert (result.errors or [])[0].message == "Too long. Did you mean less?"
