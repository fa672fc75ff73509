"""Whether the server lives, and whether it is ready for requests."""

import asyncio
import logging
from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.db import migrations
from app.db.session import Database
from app.storage.object_store import ObjectStore

logger = logging.getLogger("app.health")

CHECK_SECONDS = 5.0


class MigrationPending(Exception):
    """The database's schema is older than this server."""


async def check_database(database: Database) -> None:
    """Raise whatever is wrong with the database."""
    await database.check()
    if await migrations.is_pending(database):
        raise MigrationPending("a migration is pending: run `python -m app db upgrade`")


async def readiness(database: Database, store: ObjectStore) -> dict[str, bool]:
    """Which parts can be reached: `database` and `storage`. What is wrong goes to the log, not to the client."""
    database_is_fine, store_is_fine = await asyncio.gather(
        _is_fine("database", check_database(database)), _is_fine("storage", store.check())
    )
    return {"database": database_is_fine, "storage": store_is_fine}


async def _is_fine(name: str, check: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check
    except Exception as error:
        logger.warning("%s is not ready: %s", name, error)
        return False
    return True


def health_routes(database: Database, store: ObjectStore) -> list[Route]:
    """`/health/live` for restarts, `/health/ready` for load balancers."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        parts = await readiness(database, store)
        is_ready = all(parts.values())
        body = {"status": "ready" if is_ready else "not ready", "components": parts}
        return JSONResponse(body, status_code=200 if is_ready else 503, headers={"Cache-Control": "no-store"})

    return [Route("/health/live", live), Route("/health/ready", ready)]
