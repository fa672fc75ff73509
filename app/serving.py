"""Running the server: prepare the database, then hand over to uvicorn."""

import asyncio

import uvicorn

from app.config import Settings
from app.db import migrations
from app.db.initial_data import ensure_initial_data
from app.db.session import Database
from app.observability.logs import configure_logging


async def prepare(database: Database, settings: Settings) -> None:
    """Migrate, and create what every registry holds; prints the administrator's password where one was made up."""
    await migrations.upgrade(database)
    password = await ensure_initial_data(database, settings)
    if password is not None:
        print(f"Created the administrator `{settings.admin_username}` with the password {password}")
        print("It is shown this once; change it with the mutation changePassword.", flush=True)


def serve(settings: Settings, *, migrate: bool, demo: bool) -> int:
    """Serve until stopped; returns the exit status."""
    configure_logging(as_json=settings.is_production, sql_echo=settings.sql_echo)
    if migrate:
        asyncio.run(_prepared(settings, demo=demo))
    if not settings.is_production:
        print(f"GraphiQL is at http://{settings.host}:{settings.port}/graphql", flush=True)
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    return 0


async def _prepared(settings: Settings, *, demo: bool) -> None:
    database = Database(settings.effective_database_url, pool_size=2, echo=settings.sql_echo)
    try:
        await prepare(database, settings)
    finally:
        await database.close()
    if demo:
        from app.demo.seed import seed_registry

        await seed_registry(settings)
