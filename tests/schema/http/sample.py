"""A small schema and its endpoint, to show how requests are carried without the registry behind them."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.websockets import WebSocket
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from app.config import Settings
from app.errors import Forbidden, LimitExceeded, Unauthenticated
from schema.asgi import GraphQLApp
from schema.core.limits import operation_limits, operation_timeout
from schema.core.scalars import SCALARS, Upload
from schema.http.websocket import bearer_token


@dataclass
class Context:
    """What a test's operation runs in; `journal` tells the test what happened."""

    journal: "Journal"
    viewer: str = "ada"
    cost: int = 0


@dataclass
class Journal:
    """What the server saw."""

    contexts: list[Context] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)
    spools: list[str] = field(default_factory=list)
    mutations: int = 0
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


Info = strawberry.Info[Context, None]


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def things(self, first: int | None = None) -> list["Thing"]:
        return [Thing(name=f"{self.name}/{index}") for index in range(first or 1)]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def count(self, up_to: int) -> int:
        return up_to

    @strawberry.field
    def echo(self, value: JSON | None = None) -> JSON | None:
        return value

    @strawberry.field
    def things(self, first: int | None = None) -> list[Thing]:
        return [Thing(name=str(index)) for index in range(first or 1)]

    @strawberry.field
    def broken(self) -> str | None:
        raise ZeroDivisionError("secret detail")

    @strawberry.field
    def needed(self) -> str:
        raise Forbidden("not for you")

    @strawberry.field
    async def endless(self, info: Info) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            info.context.journal.stopped.set()
        return "never"

    @strawberry.field
    def odd(self) -> JSON:
        return {"nan": float("nan"), "keys": {1: "one"}}

    @strawberry.field
    def unspeakable(self) -> JSON:
        return {"object": object()}


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self, info: Info) -> int:
        info.context.journal.mutations += 1
        return info.context.journal.mutations

    @strawberry.mutation
    async def store(self, info: Info, file: Upload) -> str:
        info.context.journal.files.append(file)
        content = await file.read()
        if file.file._rolled:
            info.context.journal.spools.append(os.readlink(f"/proc/self/fd/{file.file.fileno()}"))
        return f"{file.filename} {len(content)}"

    @strawberry.mutation
    async def store_all(self, info: Info, files: list[Upload]) -> list[str]:
        info.context.journal.files.extend(files)
        return [f"{file.filename} {file.size}" for file in files]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def numbers(self, up_to: int = 2) -> AsyncIterator[int]:
        for number in range(up_to):
            yield number

    @strawberry.subscription
    async def waiting(self, info: Info) -> AsyncIterator[int]:
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            info.context.journal.stopped.set()

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncIterator[str]:
        try:
            while True:
                yield "x" * 100_000
                await asyncio.sleep(0)
        finally:
            info.context.journal.stopped.set()

    @strawberry.subscription
    async def failing(self) -> AsyncIterator[int]:
        yield 1
        raise ZeroDivisionError("secret detail")


def endpoint(settings: Settings, journal: Journal) -> GraphQLApp:
    """The view under test."""
    schema = strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[operation_timeout(settings), operation_limits(settings)],
    )

    async def make_context(request: Request) -> Context:
        credential = request.headers.get("authorization", "")
        if credential == "Bearer expired":
            raise Unauthenticated("The token has expired")
        if credential == "Bearer tired":
            raise LimitExceeded("Too many calls", retry_after_seconds=30)
        if credential == "Bearer crash":
            raise ZeroDivisionError("secret detail")
        journal.contexts.append(Context(journal))
        return journal.contexts[-1]

    async def authenticate_socket(socket: WebSocket, payload: dict[str, Any]) -> str:
        token = bearer_token(payload)
        if token == "crash":
            raise ZeroDivisionError("secret detail")
        if token == "slow":
            await asyncio.Event().wait()
        if token not in (None, "good"):
            raise Unauthenticated("The token is not valid")
        return token or "anonymous"

    async def make_operation_context(connection: str) -> Context:
        journal.contexts.append(Context(journal, viewer=connection))
        return journal.contexts[-1]

    async def authorize_upload(request: Request) -> Response | None:
        if request.headers.get("authorization") == "Bearer stranger":
            raise Unauthenticated("Sign in to upload")
        return None

    return GraphQLApp(
        schema,
        settings=settings,
        make_context=make_context,
        authenticate_socket=authenticate_socket,
        make_operation_context=make_operation_context,
        graphiql=lambda request: HTMLResponse("<title>GraphiQL</title>"),
        authorize_upload=authorize_upload,
    )
