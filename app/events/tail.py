"""The end of the event log as it grows, followed once per process for all subscribers."""

import asyncio
import logging
import time
import uuid
from collections.abc import Collection
from weakref import WeakSet

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.repositories import events
from app.db.session import Database
from app.enums import EventType
from app.events.cursor import BEGINNING, EventCursor
from app.events.listener import listen
from app.events.log import HAS_APPENDED
from app.events.subscription import Subscription

logger = logging.getLogger("app.events")

READ_BATCH = 500
FIRST_RETRY_SECONDS = 0.005
LAST_RETRY_SECONDS = 0.5
HELD_BACK_WARNING_SECONDS = 30


class EventTail:
    """Follows the event log from `start` to `stop`; one per process.

    It is woken by commits of its own process and, on PostgreSQL, by notifications of the other processes' tails. What
    neither announces (a process without a tail, a lost connection) is found within `poll_seconds`. Nothing is read
    while nobody subscribes. `buffer` is the number of events that may wait for one subscriber.
    """

    def __init__(self, database: Database, *, poll_seconds: float = 2, buffer: int = 1000) -> None:
        self.database = database
        self._poll_seconds = poll_seconds
        self._buffer = buffer
        self._name = uuid.uuid4().hex
        self._head = BEGINNING
        self._reading = asyncio.Lock()
        self._wake = asyncio.Event()
        self._to_announce = asyncio.Event()
        # Weak: a subscriber that is let go of without being closed leaves by itself.
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._tasks: list[asyncio.Task[None]] = []
        self._may_join = asyncio.Event()  # set once started, or stopped without

    @property
    def head(self) -> EventCursor:
        """The place of the last event handed on; it stands still while nobody subscribes."""
        return self._head

    async def start(self) -> None:
        """Begin at the log's present end. Raises the driver's error when the database cannot be reached."""
        async with self.database.write() as session:
            if count := await events.renumber_restored(session):
                logger.warning("%d events restored from another server were numbered anew", count)
        async with self.database.read() as connection:
            self._head = await events.head(connection)
        self.database.on_commit.append(self._after_commit)
        self._tasks = [asyncio.create_task(self._follow())]
        if self.database.is_postgresql:
            self._tasks.append(asyncio.create_task(listen(self.database.engine.url, self._notified)))
            self._tasks.append(asyncio.create_task(self._announce()))
        self._may_join.set()

    async def stop(self) -> None:
        """End all subscriptions and let go of the database."""
        if self._after_commit in self.database.on_commit:
            self.database.on_commit.remove(self._after_commit)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._may_join.set()
        for subscription in list(self._subscriptions):
            subscription.end()

    def notify_local(self) -> None:
        """Look for new events now, and tell the other processes to."""
        self._wake.set()
        self._to_announce.set()

    def subscribe(
        self, *, after: EventCursor | None = None, types: Collection[EventType] | None = None
    ) -> Subscription:
        """Events of the given types, or of all, in order: those behind `after`, or those committed from now on.

        Nothing is missed and nothing comes twice, also when subscribing again after the last cursor received. "Now" is
        when iteration begins; `async with tail.subscribe() as rows` begins, and ends, for certain. See Subscription
        for what it raises.
        """
        return Subscription(self, after=after, types=types, buffer=self._buffer)

    async def join(self, subscription: Subscription) -> None:
        """Hand on to the subscription everything behind the present place; end it when the tail has stopped.

        Waits for a tail that is not started yet: a server accepts subscribers while its database is out of reach.
        """
        await self._may_join.wait()
        async with self._reading:  # meanwhile the place does not move
            if not self._tasks:
                subscription.end()
                return
            if not self._subscriptions:  # nothing has been read for a while, and nobody wants what was passed over
                async with self.database.read() as connection:
                    self._head = await events.head(connection)
            self._subscriptions.add(subscription)
        self._wake.set()

    def leave(self, subscription: Subscription) -> None:
        """Hand on nothing more to the subscription."""
        self._subscriptions.discard(subscription)

    def _after_commit(self, session: AsyncSession) -> None:
        if session.info.get(HAS_APPENDED):
            self.notify_local()

    def _notified(self, sender: str) -> None:
        if sender != self._name:
            self._wake.set()

    async def _follow(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        held_back_since = None
        while True:
            before = self._head
            try:
                is_held_back = await self._hand_on()
            except Exception:  # whatever it is, the subscribers depend on this task
                logger.exception("Reading the event log failed; trying again")
                is_held_back = True
            if self._head != before or not is_held_back:
                retry_seconds, held_back_since = FIRST_RETRY_SECONDS, None
            if is_held_back:
                held_back_since = _warn_when_long(held_back_since)
                await self._sleep(retry_seconds)
                retry_seconds = min(retry_seconds * 2, LAST_RETRY_SECONDS)
            else:
                await self._sleep(self._poll_seconds if self._subscriptions else None)

    async def _hand_on(self) -> bool:
        """Give the subscribers all settled events behind the present place; whether others wait to be settled."""
        while True:
            async with self._reading:
                if not self._subscriptions:
                    return False
                async with self.database.read() as connection:
                    page = await events.read_after(connection, self._head, limit=READ_BATCH)
                self._head = page.last or self._head
                for subscription in list(self._subscriptions):
                    for row in page.rows:
                        subscription.offer(row)
            if not page.is_full:
                return page.is_held_back

    async def _announce(self) -> None:
        """Notify the other processes after commits: once for all commits that fall into one notification's time."""
        while True:
            await self._to_announce.wait()
            self._to_announce.clear()
            try:
                async with self.database.read() as connection:
                    await events.notify(connection, self._name)
            except (SQLAlchemyError, OSError):
                logger.warning("Announcing events failed; the other processes will find them", exc_info=True)

    async def _sleep(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()


def _warn_when_long(since: float | None) -> float:
    """Log, again after each HELD_BACK_WARNING_SECONDS, that events wait; the moment from which to count on."""
    now = time.monotonic()
    if since is None:
        return now
    if now - since < HELD_BACK_WARNING_SECONDS:
        return since
    logger.warning(
        "Events are held back: a transaction has been writing for over %d seconds (pg_stat_activity.backend_xid)",
        HELD_BACK_WARNING_SECONDS,
    )
    return now
