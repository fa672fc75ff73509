"""One follower of the event log: what it has yet to catch up with, then what the tail hands on to it."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Protocol

from app.db.repositories import events
from app.db.repositories.events import EventRow
from app.db.session import Database
from app.enums import EventType
from app.errors import LimitExceeded
from app.events.cursor import EventCursor, unknown_cursor

REPLAY_BATCH = 500


class SlowConsumer(LimitExceeded):
    """A subscriber let more events pile up than may wait for it. Subscribing after the last one it had goes on."""

    def __init__(self) -> None:
        super().__init__(
            "Events came faster than they were taken; subscribe again with `after` set to the last cursor received",
            retry_after_seconds=0,
        )


class Source(Protocol):
    """What a subscription needs of the tail."""

    database: Database

    async def join(self, subscription: "Subscription") -> None:
        """Hand on to the subscription everything behind the tail's present place."""

    def leave(self, subscription: "Subscription") -> None:
        """Hand on nothing more."""


class Subscription:
    """Events in order, each once; iterate over it, in one task.

    It begins when the first event is asked for, or on entering `async with`; leaving that, closing it or letting go of
    it ends it. Raises InvalidInput, naming `after`, when the log has no such event, and SlowConsumer once `buffer`
    events wait and another comes. Iteration ends when the tail stops.
    """

    def __init__(
        self, source: Source, *, after: EventCursor | None, types: Collection[EventType] | None, buffer: int
    ) -> None:
        self._source = source
        self._types = None if types is None else frozenset(types)
        self._limit = buffer
        self._live: deque[EventRow] = deque()
        self._replayed: deque[EventRow] = deque()
        self._place = after
        self._was_committed_before: Callable[[EventCursor], bool] | None = None
        self._has_started = False
        self._is_replaying = after is not None
        self._has_joined = False
        self._has_overflowed = False
        self._has_ended = False
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Begin, if it has not: from now on no event is missed."""
        if self._has_started or self._has_ended:
            return
        if self._place is None:
            # In this order: what the tail has yet to bring may be of the past, which `present` then tells apart.
            await self._source.join(self)
            async with self._source.database.read() as connection:
                self._was_committed_before = await events.present(connection)
        else:
            async with self._source.database.read() as connection:
                if not await events.is_known(connection, self._place):
                    raise unknown_cursor()
        self._has_started = True

    async def __aenter__(self) -> "Subscription":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End it and forget what waits."""
        self.end()
        self._replayed.clear()
        self._live.clear()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> EventRow:
        await self.start()
        await self._replay()
        if self._replayed:
            return self._replayed.popleft()
        while True:
            row = await self._next_live()
            if not self._is_past(EventCursor(row["transaction_id"], row["id"])):
                return row

    def offer(self, row: EventRow) -> None:
        """Take an event from the tail; when too many wait, all are dropped and the consumer is told."""
        if self._has_overflowed or (self._types is not None and row["type"] not in self._types):
            return
        if len(self._live) < self._limit:
            self._live.append(row)
        else:
            self._has_overflowed = True
            self._live.clear()
            self._source.leave(self)
        self._changed.set()

    def end(self) -> None:
        """Nothing more comes; what waits may still be taken."""
        self._has_ended = True
        self._source.leave(self)
        self._changed.set()

    async def _replay(self) -> None:
        """Read on from the database until there is something to give, or nothing that the tail will not bring.

        Only near the end it joins the tail, so that a long replay does not fill the buffer. What the tail had passed by
        then is settled, so the next reading finds it; what it brings twice is told by its place.
        """
        while self._is_replaying and self._place is not None and not self._replayed and not self._has_ended:
            async with self._source.database.read() as connection:
                page = await events.read_after(connection, self._place, limit=REPLAY_BATCH, types=self._types)
            self._place = page.last or self._place
            self._replayed.extend(page.rows)
            if page.is_full:
                continue
            if self._has_joined:
                self._is_replaying = False
            else:
                await self._source.join(self)
                self._has_joined = True

    def _is_past(self, cursor: EventCursor) -> bool:
        if self._was_committed_before is not None:
            return self._was_committed_before(cursor)
        return self._place is not None and cursor <= self._place

    async def _next_live(self) -> EventRow:
        if self._is_replaying:  # ended in the middle of it: what waits here does not follow on what was given
            raise StopAsyncIteration
        while not self._live:
            if self._has_overflowed:
                raise SlowConsumer
            if self._has_ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._live.popleft()
