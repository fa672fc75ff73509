"""The endpoint in an application: its routes, and which foreign origins may call it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute

from app.config import Settings
from schema.asgi import cors_options
from tests.schema.http.sample import Journal, endpoint

FRIEND = "https://friend.example"


@pytest.fixture
async def browser(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that lets one foreign origin in."""
    allowing = settings.model_copy(update={"allowed_origins": [FRIEND]})
    view = endpoint(allowing, Journal())
    app = Starlette(
        routes=[Route("/graphql", view), WebSocketRoute("/graphql", view)],
        middleware=[Middleware(CORSMiddleware, **cors_options(allowing))],
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry.example") as client:
        yield client


def _preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,graphql-preflight",
    }


async def test_an_allowed_origin_passes_the_preflight_and_may_read(browser: httpx.AsyncClient) -> None:
    preflight = await browser.options("/graphql", headers=_preflight(FRIEND))
    answer = await browser.post("/graphql", json={"query": "{ hello }"}, headers={"Origin": FRIEND})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.json()["data"] == {"hello": "hello world"}


async def test_a_foreign_origin_fails_the_preflight_and_may_not_read(browser: httpx.AsyncClient) -> None:
    evil = "https://evil.example"

    preflight = await browser.options("/graphql", headers=_preflight(evil))
    answer = await browser.get("/graphql", params={"query": "{ hello }"}, headers={"Origin": evil})

    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers
