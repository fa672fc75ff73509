"""Scores packages after their upload was answered, a few at a time."""

import asyncio
import logging
import random
import time
from collections import deque
from uuid import UUID

from app.config import Settings
from app.db.repositories.packages import unscored_packages
from app.db.session import Database
from app.errors import LimitExceeded
from app.events.log import Origin
from app.services.scoring import score_package
from app.storage.object_store import ObjectStore

logger = logging.getLogger("app.scoring")

WINDOW_SECONDS = 60.0


class ScoringJobs:
    """Scores what is enqueued from `start` to `stop`; one per process.

    The queue is in memory, and need not be more: a package without scores is found again at the next start. Several
    servers that start together find the same packages: each takes them in an order of its own, looks again before it
    begins with one, and the first to write its scores wins, so that no package has two first scorings.
    """

    def __init__(self, database: Database, store: ObjectStore, settings: Settings) -> None:
        self._database = database
        self._store = store
        self._settings = settings
        self._queue: asyncio.Queue[UUID] = asyncio.Queue()
        self._enqueued: set[UUID] = set()
        self._slots = asyncio.Semaphore(settings.scoring_concurrency)
        self._workers: list[asyncio.Task[None]] = []
        self._asked: dict[UUID, deque[float]] = {}

    async def start(self) -> None:
        """Begin to work, first of all on the packages that have no scores yet."""
        async with self._database.read() as connection:
            unscored = await unscored_packages(connection)
        random.shuffle(unscored)
        for package_id in unscored:
            self.enqueue(package_id)
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._settings.scoring_concurrency)]

    async def stop(self) -> None:
        """Break off what is under way; nothing of it is stored, so that the next start finds it unscored."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers = []

    def enqueue(self, package_id: UUID) -> None:
        """Have a package scored that was not yet. See ScoringQueue."""
        if package_id not in self._enqueued:
            self._enqueued.add(package_id)
            self._queue.put_nowait(package_id)

    async def drain(self) -> None:
        """Wait until everything enqueued so far was scored, or has failed."""
        await self._queue.join()

    async def score_now(self, package_id: UUID, *, actor_id: UUID, origin: Origin) -> bool:
        """Score a package for somebody who waits, in turn with the others. See ScoringQueue."""
        self._admit(actor_id)
        async with self._slots:
            return await score_package(
                self._database, self._store, self._settings, package_id, actor_id=actor_id, origin=origin
            )

    async def _work(self) -> None:
        while True:
            package_id = await self._queue.get()
            try:
                async with self._slots:
                    await score_package(self._database, self._store, self._settings, package_id, again=False)
            except Exception:
                logger.exception("package %s could not be scored; the next start tries again", package_id)
            finally:
                self._enqueued.discard(package_id)
                self._queue.task_done()

    def _admit(self, actor_id: UUID) -> None:
        """Count a request of an account. Each may cost dozens of requests to other hosts, whose limits all share."""
        now = time.monotonic()
        recent = self._asked.setdefault(actor_id, deque())
        while recent and recent[0] <= now - WINDOW_SECONDS:
            recent.popleft()
        if len(recent) >= self._settings.scorings_per_minute:
            raise LimitExceeded(
                f"An account may have {self._settings.scorings_per_minute} packages scored in a minute.",
                retry_after_seconds=recent[0] + WINDOW_SECONDS - now,
            )
        recent.append(now)
