"""The context of one operation: who asks, how to read, how to write."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import strawberry
from aiodataloader import DataLoader

from app.config import Settings
from app.db.readers import EVERYTHING, Reader, Shape
from app.db.session import AsyncSession, Database
from app.enums import Permission
from app.errors import AppError
from app.events.log import Origin
from app.events.tail import EventTail
from app.identity.authentication import Authenticator
from app.identity.viewer import ANONYMOUS, Viewer
from app.jobs.scoring import ScoringJobs
from app.storage.object_store import ObjectStore


@dataclass(slots=True)
class Services:
    """What lives as long as the server, shared by all operations."""

    settings: Settings
    database: Database
    store: ObjectStore
    tail: EventTail
    authenticator: Authenticator
    scoring: ScoringJobs


@dataclass(slots=True)
class Context:
    """Made anew for each operation: loaders cache what they read, so they must not outlive it."""

    services: Services
    viewer_or_anonymous: Viewer = ANONYMOUS
    origin: Origin = field(default_factory=lambda: Origin(None, None))
    base_url: str = ""
    credential: str | None = None
    refusal: AppError | None = None
    cost: int = 0
    is_admitted: bool = False
    _loaders: dict[Hashable, Any] = field(default_factory=dict)
    _sessions: asyncio.Semaphore | None = None

    @property
    def settings(self) -> Settings:
        """The server's settings."""
        return self.services.settings

    @property
    def viewer(self) -> Viewer:
        """The viewer, signed in. Raises Unauthenticated otherwise, with the reason a credential was refused."""
        if self.refusal is not None:
            raise self.refusal
        self.viewer_or_anonymous.require_signed_in()
        return self.viewer_or_anonymous

    def require(self, permission: Permission) -> None:
        """Raise Unauthenticated or Forbidden where the viewer lacks a permission; who reads anonymously may search."""
        if permission is Permission.SEARCH and self.viewer_or_anonymous.reads_public:
            return
        self.viewer.require(permission)

    async def load(self, reader: Reader, key: Any, shape: Shape = EVERYTHING) -> Any:
        """What a reader answers for a key, None where it answers nothing; keys asked for together are read together.

        The future is shielded: graphql-core cancels the siblings of a failed field, and a cancelled future would take
        down the other fields that wait for the same key.
        """
        return await asyncio.shield(self._loader(reader, shape).load(key))

    async def load_many(self, reader: Reader, keys: Sequence[Any], shape: Shape = EVERYTHING) -> list[Any]:
        """What a reader answers for each of the keys, None where it answers nothing. See `load`."""
        found: list[Any] = await asyncio.shield(self._loader(reader, shape).load_many(keys))
        return found

    def _loader(self, reader: Reader, shape: Shape) -> Any:
        loader = self._loaders.get((reader, shape))
        if loader is None:
            loader = self._loaders[reader, shape] = DataLoader(partial(self._batch, reader, shape))
        return loader

    async def _batch(self, reader: Reader, shape: Shape, keys: list[Any]) -> list[Any]:
        async with self._session_slots(), self.services.database.read() as connection:
            found = await reader(connection, self.viewer_or_anonymous, keys, shape)
        return [found.get(key) for key in keys]

    def _session_slots(self) -> asyncio.Semaphore:
        """Caps the sessions one operation holds, so that one query cannot drain the pool."""
        if self._sessions is None:
            self._sessions = asyncio.Semaphore(self.settings.database_sessions_per_request)
        return self._sessions

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A writing session, committed when left; what was read before is then forgotten."""
        async with self.services.database.write() as session:
            yield session
        self.forget()

    async def renew(self) -> None:
        """Start afresh within a long-lived operation: forget what was read, and see that the credential is still good.

        Raises Unauthenticated once it is not. The authenticator looks a credential up once a second at most.
        """
        self.forget()
        if self.credential is not None:
            self.viewer_or_anonymous = await self.services.authenticator.viewer_of(self.credential)

    def forget(self) -> None:
        """Drop what loaders hold, after a change."""
        self._loaders.clear()


Info = strawberry.Info[Context, None]
