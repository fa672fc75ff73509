"""Strangers are refused everything that is not opened by name: each root field of the schema is tried."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)
from starlette.datastructures import UploadFile

from app.config import Environment, Settings
from app.db.session import Database
from app.events.tail import EventTail
from app.identity.authentication import Authenticator
from app.identity.viewer import Viewer
from app.jobs.scoring import ScoringJobs
from app.storage.factory import make_store
from schema.context import Context, Services
from schema.core.guard import FREE, PUBLIC_READS
from schema.export import CONTRACT
from tests.schema.client import whole_schema

CODES = {"code": "UNAUTHENTICATED"}
ANONYMOUS_READER = Viewer(reads_public=True)


def contract() -> GraphQLSchema:
    return build_schema(CONTRACT.read_text(encoding="utf-8"))


def literal(type_: GraphQLInputType) -> str:
    """Some value of the type, as GraphQL writes it."""
    if isinstance(type_, GraphQLNonNull):
        return literal(type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{literal(type_.of_type)}]"
    if isinstance(type_, GraphQLInputObjectType):
        required = {name: field for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)}
        return "{" + ", ".join(f"{name}: {literal(field.type)}" for name, field in required.items()) + "}"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return {"Int": "1", "Float": "1", "Boolean": "true", "BigInt": "1", "Upload": "$file"}.get(type_.name, '"x"')


def operation(kind: str, name: str, field: GraphQLField) -> str:
    """An operation that asks for the field, with its required arguments, and for as little of it as possible."""
    required = {key: each for key, each in field.args.items() if isinstance(each.type, GraphQLNonNull)}
    arguments = ", ".join(f"{key}: {literal(each.type)}" for key, each in required.items())
    asked = name + (f"({arguments})" if arguments else "")
    asked += "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{kind}{' ($file: Upload!)' if '$file' in asked else ''} {{ {asked} }}"


def operations(kind: str, *, but: frozenset[str]) -> list[Any]:
    fields = getattr(contract(), f"{kind}_type").fields
    return [pytest.param(operation(kind, name, field), id=name) for name, field in fields.items() if name not in but]


@pytest.fixture
async def services(tmp_path: Path, settings: Settings) -> AsyncIterator[Services]:
    """The parts of a server whose database has no tables: what is refused in time never looks."""
    database, store = Database(f"sqlite:///{tmp_path / 'empty.db'}"), make_store(settings)
    yield Services(
        settings, database, store, EventTail(database), Authenticator(database, settings),
        ScoringJobs(database, store, settings),
    )  # fmt: skip
    await store.close()
    await database.close()


async def answer(services: Services, query: str, viewer: Viewer | None = None) -> Any:
    context = Context(services, viewer or services.authenticator.anonymous)
    return await whole_schema().execute(
        query, {"file": UploadFile(BytesIO())} if "$file" in query else {}, context_value=context
    )


@pytest.mark.parametrize("query", operations("query", but=FREE))
async def test_a_stranger_is_refused_every_query(services: Services, query: str) -> None:
    result = await answer(services, query)
    assert result.data is None
    assert [error.extensions for error in result.errors] == [CODES]


@pytest.mark.parametrize("query", operations("query", but=FREE | PUBLIC_READS))
async def test_anonymous_reading_opens_only_what_is_public(services: Services, query: str) -> None:
    result = await answer(services, query, ANONYMOUS_READER)
    assert result.data is None
    assert [error.extensions for error in result.errors] == [CODES]


@pytest.mark.parametrize("query", operations("subscription", but=frozenset()))
@pytest.mark.parametrize("viewer", [None, ANONYMOUS_READER], ids=["stranger", "anonymous reader"])
async def test_a_stranger_is_refused_every_subscription(services: Services, query: str, viewer: Viewer | None) -> None:
    context = Context(services, viewer or services.authenticator.anonymous)
    [result] = [each async for each in await whole_schema().stream(query, context_value=context)]
    assert [error.extensions for error in result.errors or ()] == [CODES]


@pytest.mark.parametrize("query", operations("mutation", but=FREE))
@pytest.mark.parametrize("viewer", [None, ANONYMOUS_READER], ids=["stranger", "anonymous reader"])
async def test_a_stranger_is_refused_every_mutation(services: Services, query: str, viewer: Viewer | None) -> None:
    result = await answer(services, query, viewer)
    assert not result.errors
    assert [payload["__typename"] for payload in result.data.values()] == ["Unauthenticated"]


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'])
async def test_introspection_is_closed_to_strangers_in_production_only(services: Services, query: str) -> None:
    assert not (await answer(services, query)).errors
    services.settings = services.settings.model_copy(update={"environment": Environment.PRODUCTION})
    for viewer in (None, ANONYMOUS_READER):
        result = await answer(services, query, viewer)
        assert [error.extensions for error in result.errors] == [CODES]


@pytest.mark.parametrize(
    "query",
    [
        "{ __typename viewer { __typename } }",
        "{ ...a } fragment a on Query { __typename ... { ...b } } fragment b on Query { viewer { __typename } }",
        "{ package: viewer { __typename } }",
        "query ($no: Boolean = false) { __typename viewer @include(if: $no) { __typename } }",
    ],
)
async def test_no_spelling_gets_a_stranger_past_the_guard(services: Services, query: str) -> None:
    result = await answer(services, query, ANONYMOUS_READER)
    assert [error.extensions for error in result.errors] == [CODES]


def test_what_is_opened_exists() -> None:
    root = contract().query_type
    assert root is not None
    assert root.fields.keys() >= PUBLIC_READS
