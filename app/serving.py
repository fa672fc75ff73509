"""Running the server: prepare the database, then hand over to uvicorn."""

import asyncio
import logging
import signal
import socket
import sys

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from app.config import Settings, SettingsError
from app.db import migrations
from app.db.initial_data import ensure_initial_data
from app.db.session import Database
from app.observability.logs import configure_logging
from app.starting import insist

logger = logging.getLogger("app.serving")

WORKER_ANSWER_SECONDS = 60


async def prepare(database: Database, settings: Settings) -> None:
    """Migrate, and create what every registry holds; prints the administrator's password where one was made up."""
    await migrations.upgrade(database)
    password = await ensure_initial_data(database, settings)
    if password is not None:
        # Not to standard output, where in production every line is JSON and is kept.
        print(f"Created the administrator `{settings.admin_username}` with the password {password}", file=sys.stderr)
        print("It is shown this once; change it with the mutation changePassword.", file=sys.stderr, flush=True)


def serve(settings: Settings, *, migrate: bool, demo: bool) -> int:
    """Serve until stopped by SIGTERM or SIGINT; returns the exit status. Raises SettingsError and MigrationError."""
    configure_logging(as_json=settings.is_production, sql_echo=settings.sql_echo)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        settings.effective_upload_tmp_dir.mkdir(parents=True, exist_ok=True)
        settings.secret_keys  # noqa: B018  made here, where it can fail in one line
    except OSError as error:
        raise SettingsError(f"DATA_DIR: nothing can be written here: {error}") from error
    listener = _listen(settings)
    if migrate:
        asyncio.run(_prepared(settings, demo=demo))
    host, port = listener.getsockname()[:2]
    logger.info("GraphiQL is at http://%s:%d/graphql", f"[{host}]" if ":" in host else host, port)
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        workers=settings.workers,
        http=HttpProtocol,
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
        # One that is still loading the code does not answer yet: killed too soon, a busy machine never gets it started.
        timeout_worker_healthcheck=WORKER_ANSWER_SECONDS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    # Uvicorn raises the signal that stopped it once more when it has finished: that is no reason to die of it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    if settings.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
        return 0
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's, which at shutdown waits for requests; an open-ended answer, a subscription by HTTP, is ended at once.

    The client sees a broken connection, as with a WebSocket, and connects again elsewhere.
    """

    def shutdown(self) -> None:
        """Called on each connection when the server is to stop."""
        super().shutdown()
        if self.cycle is not None and self.cycle.chunked_encoding and not self.cycle.response_complete:
            self.transport.close()


def _listen(settings: Settings) -> socket.socket:
    """The socket, bound before anything else is done; uvicorn listens. Raises SettingsError where it cannot be."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.set_inheritable(True)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"HOST, PORT: cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from error
    return listener


async def _prepared(settings: Settings, *, demo: bool) -> None:
    async def migrate_and_create() -> None:
        database = Database(settings.effective_database_url, pool_size=2, echo=settings.sql_echo)
        try:
            await prepare(database, settings)
        finally:
            await database.close()

    await insist([("database", migrate_and_create)])
    if demo:
        from app.demo.seed import seed_registry

        await seed_registry(settings)
