"""A server with GraphiQL, and a browser that reaches nothing else."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page, Route, async_playwright, expect
from pydantic import SecretStr

from app.config import Settings
from app.db import migrations
from app.db.initial_data import ensure_initial_data
from app.db.session import Database
from schema.graphiql import BUNDLE
from tests.server import Running, running

PASSWORD = "correct horse battery"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20_000  # milliseconds; on a busy machine an editor of several megabytes takes its time

expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """A page, and everything about it that should not have happened."""

    page: Page
    foreign_requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def _skip(reason: str) -> None:
    """Skip on a developer's machine; the build has to have everything."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The installed Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        _skip("no Chromium here: apt-get install chromium")
    if not (BUNDLE / "index.html").is_file():
        _skip("GraphiQL is not built: make graphiql, with npm")
    return str(found)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Running]:
    """The whole application on an empty SQLite database, whose administrator has the password PASSWORD."""
    given = settings.model_copy(update={"admin_password": SecretStr(PASSWORD)})
    database = Database(given.effective_database_url)
    await migrations.upgrade(database)
    await ensure_initial_data(database, given)
    await database.close()
    async with running(given) as found:
        yield found


@pytest.fixture
def server_url(server: Running) -> str:
    """The server's origin."""
    return server.base_url


@pytest.fixture
async def visit(browser_path: str, server_url: str) -> AsyncIterator[Visit]:
    """A blank page in a browser whose every way to another host than `server_url` is closed and watched."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path, args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        )
        context = await browser.new_context(viewport={"width": 1400, "height": 900})
        context.set_default_timeout(PATIENCE)
        visit = Visit(await context.new_page())

        async def only_here(route: Route) -> None:
            if route.request.url.startswith((f"{server_url}/", "data:")):
                await route.continue_()
            else:
                visit.foreign_requests.append(route.request.url)
                await route.abort()

        await context.route("**/*", only_here)
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on(
            "console", lambda message: visit.complaints.append(message.text) if message.type == "error" else None
        )
        yield visit
        await browser.close()
