"""A registry of three operations, in the API's shapes: what GraphiQL needs of a server to show that it works."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

from schema.graphiql import graphiql_assets, graphiql_page

TOKEN = "a-token"
PASSWORD = "correct horse battery"


@strawberry.type
class User:
    """Who is signed in."""

    username: str


@strawberry.type
class SignInPayload:
    """What a sign-in brings."""

    token: str


@strawberry.input
class SignInInput:
    """Who wants to sign in."""

    username: str
    password: str


@strawberry.type
class Package:
    """What was published."""

    name: str


@strawberry.type
class PackagePublished:
    """A publication, and where it stands in the event log."""

    cursor: str
    package: Package


def _viewer(info: strawberry.Info[Any]) -> User:
    context = info.context
    given = context["connection_params"] if "connection_params" in context else context["request"].headers
    if given.get("Authorization") != f"Bearer {TOKEN}":
        raise PermissionError("Sign in first")
    return User(username="admin")


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    def viewer(self, info: strawberry.Info[Any]) -> User:
        """Who is asking."""
        return _viewer(info)


@strawberry.type
class Mutation:
    """Writes."""

    @strawberry.mutation
    def sign_in(self, input: SignInInput) -> SignInPayload:
        """A token for a password."""
        if input.password != PASSWORD:
            raise PermissionError("Wrong password")
        return SignInPayload(token=TOKEN)


@strawberry.type
class Subscription:
    """Events."""

    @strawberry.subscription
    async def package_published(
        self, info: strawberry.Info[Any], after: str | None = None
    ) -> AsyncGenerator[PackagePublished, None]:
        """One publication, then silence."""
        _viewer(info)
        yield PackagePublished(cursor="1", package=Package(name="tiny-bert"))
        await asyncio.Event().wait()


class _View(GraphQL[Any, Any]):
    async def render_graphql_ide(self, request: Request) -> Response:
        return graphiql_page(request)


def application() -> Starlette:
    """The server, GraphiQL included."""
    view = _View(strawberry.Schema(Query, Mutation, Subscription))
    return Starlette(routes=[Route("/graphql", view), WebSocketRoute("/graphql", view), graphiql_assets()])
