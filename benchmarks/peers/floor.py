"""The floor: an endpoint that does nothing but run one hand-written statement and send the JSON that PostgreSQL made.

POST /<operation> with the variables as a JSON object. No GraphQL, no sign-in, no visibility.
"""

import os
from typing import Any

import orjson
import uvicorn
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from benchmarks.peers.floor_statements import STATEMENTS

POOL_SIZE = 8
_HEADERS = [(b"content-type", b"application/json")]


class Floor:
    """The endpoint as an ASGI application."""

    def __init__(self, database_url: str) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            database_url,
            min_size=POOL_SIZE,
            max_size=POOL_SIZE,
            kwargs={"autocommit": True, "options": "-c timezone=UTC"},
            open=False,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        answer = await self._answer(scope["path"][1:], orjson.loads(body))
        headers = [*_HEADERS, (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, operation: str, variables: dict[str, Any]) -> bytes:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(STATEMENTS[operation], {"after": None, **variables})
            assert cursor.pgresult is not None
            value = cursor.pgresult.get_value(0, 0)  # the bytes as PostgreSQL sent them
        return b'{"data":%b}' % (value or b"null")

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await self._pool.open(wait=True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def main() -> None:
    """Serve DATABASE_URL on PORT of this machine."""
    app = Floor(os.environ["DATABASE_URL"])
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
