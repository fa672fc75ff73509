"""Which packages' lineage an event about a link concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, bindparam, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.readers import EVERYTHING, Shape
from app.db.repositories.lineage_walks import edges_of_walk
from app.db.statements import StatementCache
from app.db.tables import Event
from app.enums import EventType, LineageDirection
from app.events.cursor import EventCursor
from app.identity.viewer import Viewer
from app.public_ids import key_of_public_id

events = Event.__table__
_STATEMENTS = StatementCache()


@dataclass(frozen=True, slots=True)
class Link:
    """What one package descends from."""

    parent_id: UUID
    child_id: UUID

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "Link":
        """The link that an event tells of."""
        return cls(key_of_public_id(payload["parentId"]), key_of_public_id(payload["childId"]))

    def ends(self, *, upwards: bool) -> tuple[UUID, UUID]:
        """Where a walk over it comes from, and where it leads."""
        return (self.child_id, self.parent_id) if upwards else (self.parent_id, self.child_id)


@dataclass(frozen=True, slots=True)
class LineageChange:
    """A link that was made or removed by the event at `place`, as it may concern a package in a `direction`."""

    package_id: UUID
    direction: LineageDirection
    link: Link
    place: EventCursor


class _FarEnds:
    """Tells which package came nearer, or went, by a change in a package's lineage.

    Lineage is what it is now, with all links that were removed after the event: a follower who comes late to a link
    that has been cut off since is told of both. It may be told too much so, never too little.
    """

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[LineageChange], shape: Shape = EVERYTHING
    ) -> Mapping[LineageChange, UUID]:
        """The link's end that lies further away, for each change that concerns its package."""
        found: dict[LineageChange, UUID] = {}
        for key in keys:
            for upwards in (True, False):
                near, far = key.link.ends(upwards=upwards)
                other_way = LineageDirection.DESCENDANTS if upwards else LineageDirection.ANCESTORS
                if key.direction is not other_way and near in await _reached(connection, key, near, upwards=upwards):
                    found[key] = far
        return found


far_ends = _FarEnds()


async def _reached(connection: AsyncConnection, key: LineageChange, near: UUID, *, upwards: bool) -> set[UUID]:
    """The package and what lies that way of it, at least as far as `near`."""
    reached = {key.package_id}
    if near in reached:
        return reached
    removed = [link.ends(upwards=upwards) for link in await _removed_after(connection, key.place)]
    starts = reached
    while starts and near not in reached:
        edges = await edges_of_walk(connection, starts, upwards=upwards)
        reached = reached | starts | {id for edge in edges for id in (edge["parent_id"], edge["child_id"])}
        starts = {end for start, end in removed if start in reached} - reached
    return reached | starts


async def _removed_after(connection: AsyncConnection, place: EventCursor) -> list[Link]:
    statement = _STATEMENTS.get(connection.dialect, "removed", _removed)
    parameters = {"after_transaction_id": place.transaction_id, "after_id": place.id}
    return [Link.of(row["payload"]) for row in await statement.run(connection, parameters)]


def _removed(dialect: str) -> Select[Any]:
    after = tuple_(bindparam("after_transaction_id", type_=BigInteger), bindparam("after_id", type_=BigInteger))
    return select(events.c.payload).where(
        events.c.type == EventType.LINEAGE_UNLINKED, tuple_(events.c.transaction_id, events.c.id) > after
    )
