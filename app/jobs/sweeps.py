"""Removes, again and again, what nobody needs any more."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping

logger = logging.getLogger("app.sweeps")

Sweep = Callable[[], Awaitable[int]]
"""Removes what it finds and tells how much that was; several processes may run the same one at the same time."""


class Sweeps:
    """Runs each sweep once in `interval_seconds`, from `start` to `stop`; one per process.

    The first comes after a random part of the interval: processes that start together do not sweep together, and one
    that is often started anew gets to it all the same.
    """

    def __init__(self, interval_seconds: float, sweeps: Mapping[str, Sweep]) -> None:
        self._interval_seconds = interval_seconds
        self._sweeps = sweeps
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wait for the first time."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Break off what is under way; the next sweep goes on with it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run_once(self) -> None:
        """Run every sweep; one that fails is logged, and the others go on."""
        for name, sweep in self._sweeps.items():
            try:
                removed = await sweep()
            except Exception:
                logger.exception("%s could not be swept; the next time tries again", name)
            else:
                if removed:
                    logger.info("%s: swept %d", name, removed)

    async def _run(self) -> None:
        await asyncio.sleep(random.uniform(0, self._interval_seconds))  # noqa: S311  no secret
        while True:
            await self.run_once()
            await asyncio.sleep(self._interval_seconds)
