"""Whether the server lives, and whether it is ready for requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.db import migrations
from app.db.session import Database
from app.observability.outages import one_line
from app.storage.object_store import ObjectStore

logger = logging.getLogger("app.health")

CHECK_SECONDS = 5.0


class MigrationPending(Exception):
    """The database's schema is older than this server."""


async def check_database(database: Database) -> None:
    """Raise the driver's error when the database cannot be reached, and MigrationPending when its schema is old."""
    if await migrations.is_pending(database):
        raise MigrationPending("a migration is pending; run `python -m app db upgrade`")


class Readiness:
    """Whether the server can do its work. What is wrong goes to the log, not to the client."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._checks: dict[str, Callable[[], Awaitable[None]]] = {
            "database": partial(check_database, database),
            "storage": store.check,
        }
        self._told: dict[str, str | None] = {}

    async def components(self) -> dict[str, bool]:
        """Which parts can be used: `database` and `storage`."""
        problems = await asyncio.gather(*(self._problem(check) for check in self._checks.values()))
        for name, problem in zip(self._checks, problems, strict=True):
            self._tell(name, problem)
        return {name: problem is None for name, problem in zip(self._checks, problems, strict=True)}

    async def _problem(self, check: Callable[[], Awaitable[None]]) -> str | None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await check()
        except Exception as error:
            return one_line(error)
        return None

    def _tell(self, name: str, problem: str | None) -> None:
        """Log changes only: probes come every few seconds."""
        if problem == self._told.get(name):
            return
        self._told[name] = problem
        if problem is None:
            logger.info("%s is ready again", name)
        else:
            logger.warning("%s is not ready: %s", name, problem)


def health_routes(database: Database, store: ObjectStore) -> list[Route]:
    """`/health/live` for restarts, `/health/ready` for load balancers."""
    readiness = Readiness(database, store)

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        parts = await readiness.components()
        is_ready = all(parts.values())
        body = {"status": "ready" if is_ready else "not ready", "components": parts}
        return JSONResponse(body, status_code=200 if is_ready else 503, headers={"Cache-Control": "no-store"})

    return [Route("/health/live", live), Route("/health/ready", ready)]
