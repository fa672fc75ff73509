"""The event log's SQL.

Order. Ids come from a sequence before their transactions commit, so that a smaller id may become visible after a
larger one. On PostgreSQL the log is therefore ordered by (transaction id, id) and followed only up to the oldest
transaction still writing: below it nothing can appear any more ("settled"). SQLite has one writer at a time: there the
transaction id is 0 and the ids' order is that of the commits.

The alternative, one advisory lock from appending to commit, was measured with pgbench (PostgreSQL 18, insert + event +
commit, 8 clients): 2,200 to 2,900 transactions a second against 4,000 to 9,900; with a flush of 2 ms, as network disks
have, 385 against 3,000. It also deadlocks transactions that append before their last write. NOTIFY inside the
transaction costs the same (425), because PostgreSQL holds a lock of its own until such a commit is flushed: it is sent
after the commit, in a transaction that has nothing to flush.

A long writing transaction, in any database of the server, delays the followers (never the writers, and nothing is
lost). Long reads, pg_dump's among them, have no transaction id and delay nothing.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict
from typing import cast as cast_to
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    true,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.tables.events import Event
from app.enums import EventType
from app.events.cursor import BEGINNING, EventCursor

CHANNEL = "events"
"""The PostgreSQL notification channel that announces commits with events in them."""

LISTEN = f"LISTEN {CHANNEL}"

UNKNOWN_ENTITY = "unknown"
"""The entity id of an event about something that there is not, such as the account of a wrong name."""

_KNOWN_TYPES = {member.value: member for member in EventType}


class EventRow(TypedDict):
    """An event. Rows are shared between all subscribers of a process: never change one."""

    id: int
    transaction_id: int
    type: EventType
    actor_id: UUID | None
    organization_id: UUID | None
    project_id: UUID | None
    entity_type: str
    entity_id: str
    payload: dict[str, Any]
    occurred_at: datetime
    cursor: str


class EventPage(NamedTuple):
    """Settled events in order. `last`: the place reading goes on from; None when nothing was read.

    `is_full`: there may be more right away. `is_held_back`: later events have committed, but an older transaction that
    still runs may come to stand before them.
    """

    rows: list[EventRow]
    last: EventCursor | None
    is_full: bool
    is_held_back: bool


async def add(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Write an event in the session's transaction; `values` by column name, without the id and transaction id."""
    statement = insert(Event.__table__)  # type: ignore[arg-type]
    if _is_postgresql(session):
        statement = statement.values(transaction_id=cast(cast(func.pg_current_xact_id(), Text), BigInteger))
    await session.execute(statement, dict(values))


async def read_after(
    connection: AsyncConnection, after: EventCursor, *, limit: int, types: Collection[EventType] | None = None
) -> EventPage:
    """The settled events behind `after`, of the given types or of all, at most `limit`.

    Events of a type this version does not know (a newer version may run beside it) are passed over.
    """
    values = {"after_transaction_id": after.transaction_id, "after_id": after.id, "limit": limit}
    if types is not None:
        values["types"] = list(types)  # type: ignore[assignment]
    statement = _page_statement(connection.dialect.name, types is not None)
    found = (await connection.execute(statement, values)).all()
    final = [row for row in found if row.is_settled]
    last = final[-1] if final else None
    return EventPage(
        rows=[_event_row(row._mapping) for row in final if row.type in _KNOWN_TYPES],
        last=EventCursor(last.transaction_id, last.id) if last else None,
        is_full=len(final) == limit,
        is_held_back=len(final) < len(found),
    )


async def head(connection: AsyncConnection) -> EventCursor:
    """The place of the last settled event; the beginning when there is none."""
    statement = (
        select(Event.transaction_id, Event.id)
        .where(settled(connection.dialect.name))
        .order_by(Event.transaction_id.desc(), Event.id.desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    return EventCursor(*row) if row else BEGINNING


async def is_known(connection: AsyncConnection, cursor: EventCursor) -> bool:
    """Whether the log has a settled event at this place; the beginning is always known."""
    if cursor == BEGINNING:
        return True
    found = select(Event.id).where(
        Event.transaction_id == cursor.transaction_id, Event.id == cursor.id, settled(connection.dialect.name)
    )
    return (await connection.execute(found)).one_or_none() is not None


async def present(connection: AsyncConnection) -> Callable[[EventCursor], bool]:
    """A test for places: whether an event there has been committed by now, settled or not."""
    if not _is_postgresql(connection):
        last = (await connection.execute(select(func.coalesce(func.max(Event.id), 0)))).scalar_one()
        return lambda cursor: cursor.id <= last
    snapshot = (await connection.execute(select(cast(func.pg_current_snapshot(), Text)))).scalar_one()
    # "xmin:xmax:xip,xip": https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    _, next_id, running = snapshot.split(":")
    first_future, in_progress = int(next_id), frozenset(map(int, filter(None, running.split(","))))
    return lambda cursor: cursor.transaction_id < first_future and cursor.transaction_id not in in_progress


async def notify(connection: AsyncConnection, sender: str) -> None:
    """Tell every listening process that events have been committed; they see `sender` as the payload."""
    await connection.execute(select(func.pg_notify(CHANNEL, sender)))


async def renumber_restored(session: AsyncSession) -> int:
    """Put events of another PostgreSQL server, restored from its dump, before those of this one; returns how many.

    A new server counts transactions anew. Without this, restored events with the old server's higher numbers would
    stand behind everything to come, and followers would wait for it in vain. Old cursors become unknown by it.
    """
    if not _is_postgresql(session):
        return 0
    next_id = cast(cast(func.pg_snapshot_xmax(func.pg_current_snapshot()), Text), BigInteger)
    last_restored = select(func.max(Event.id)).where(Event.transaction_id >= next_id).scalar_subquery()
    statement = (
        update(Event)
        .where(Event.transaction_id > 0, Event.id <= last_restored)
        .values(transaction_id=0)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).rowcount  # type: ignore[attr-defined,no-any-return]


def settled(dialect: str) -> ColumnElement[bool]:
    """The condition that nothing can come to stand before an event any more; cursors are given for such events only."""
    if dialect != "postgresql":
        return true()
    oldest = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
    return Event.transaction_id < select(oldest).scalar_subquery()  # a subquery is evaluated once, not for each row


@cache
def _page_statement(dialect: str, is_filtered: bool) -> Select[Any]:
    # Unsettled rows are read too: one statement, one snapshot tells both what may be passed on and what must wait.
    columns = [getattr(Event, name) for name in EventRow.__annotations__ if name not in ("type", "cursor")]
    after = tuple_(bindparam("after_transaction_id", type_=BigInteger), bindparam("after_id", type_=BigInteger))
    statement = (
        select(*columns, type_coerce(Event.type, String).label("type"), settled(dialect).label("is_settled"))
        .where(tuple_(Event.transaction_id, Event.id) > after)
        .order_by(Event.transaction_id, Event.id)
        .limit(bindparam("limit", type_=BigInteger))
    )
    return statement.where(Event.type.in_(bindparam("types", expanding=True))) if is_filtered else statement


def _event_row(row: Mapping[Any, Any]) -> EventRow:
    values = {name: row[name] for name in EventRow.__annotations__ if name != "cursor"}
    values["type"] = _KNOWN_TYPES[values["type"]]
    values["cursor"] = EventCursor(values["transaction_id"], values["id"]).encode()
    return cast_to(EventRow, values)


def _is_postgresql(connection: AsyncConnection | AsyncSession) -> bool:
    if isinstance(connection, AsyncSession):
        return connection.get_bind().dialect.name == "postgresql"
    return connection.dialect.name == "postgresql"
