"""Lineage: the packages that a package directly descends from, and those that directly descend from it."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.page_readers import PageReader
from app.db.repositories.packages import DEFERRED, PACKAGE_COLUMNS, packages, packages_visible_to
from app.db.tables import LineageEdge
from app.enums import RelationshipType

lineage_edges = LineageEdge.__table__
_LINEAGE_LOCK = 0x6C696E65616765  # the advisory lock's number: "lineage" in ASCII
_EDGE_COLUMNS = {
    "relationship_type": lineage_edges.c.relationship_type,
    "created_at": lineage_edges.c.created_at,
}

parents_by_package = PageReader(
    lineage_edges.join(packages, packages.c.id == lineage_edges.c.parent_id),
    columns=PACKAGE_COLUMNS,
    unique=lineage_edges.c.id,
    owner=lineage_edges.c.child_id,
    edge_columns=_EDGE_COLUMNS,
    deferred=DEFERRED,
    visible=packages_visible_to,
)
children_by_package = PageReader(
    lineage_edges.join(packages, packages.c.id == lineage_edges.c.child_id),
    columns=PACKAGE_COLUMNS,
    unique=lineage_edges.c.id,
    owner=lineage_edges.c.parent_id,
    edge_columns=_EDGE_COLUMNS,
    deferred=DEFERRED,
    visible=packages_visible_to,
)


async def lock_lineage(session: AsyncSession) -> None:
    """Let one transaction at a time add edges, so that two of them cannot close a cycle together.

    On SQLite every writing transaction is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_LINEAGE_LOCK)))


async def edge_for_writing(
    session: AsyncSession, parent_id: UUID, child_id: UUID, relationship_type: RelationshipType
) -> LineageEdge | None:
    """The edge between two packages, of one type."""
    found = await session.execute(
        select(LineageEdge).where(
            LineageEdge.parent_id == parent_id,
            LineageEdge.child_id == child_id,
            LineageEdge.relationship_type == relationship_type,
        )
    )
    return found.scalar_one_or_none()


async def chain_down(session: AsyncSession, start_id: UUID, end_id: UUID) -> list[UUID]:
    """The shortest chain of packages from `start_id` to its descendant `end_id`; empty where it is no descendant.

    Walks level by level: a package is visited once, however many paths lead to it. Deleted and invisible packages
    are walked through, because a cycle through them would be one all the same.
    """
    came_from: dict[UUID, UUID | None] = {start_id: None}
    level = [start_id]
    while level and end_id not in came_from:
        found = await session.execute(
            select(LineageEdge.parent_id, LineageEdge.child_id)
            .where(LineageEdge.parent_id.in_(level))
            .order_by(LineageEdge.id)
        )
        level = []
        for parent_id, child_id in found:
            if child_id not in came_from:
                came_from[child_id] = parent_id
                level.append(child_id)
    if end_id not in came_from:
        return []
    chain: list[UUID] = []
    step: UUID | None = end_id
    while step is not None:
        chain.append(step)
        step = came_from[step]
    return chain[::-1]
