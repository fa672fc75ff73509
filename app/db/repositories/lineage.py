"""Lineage: the packages that a package directly descends from, and those that directly descend from it."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.page_readers import PageReader
from app.db.repositories.lineage_graphs import neighbors, shortest_chain
from app.db.repositories.lineage_walks import edges_of_walk, lineage_edges
from app.db.repositories.packages import DEFERRED, PACKAGE_COLUMNS, packages, packages_visible_to
from app.db.statements import reading_connection
from app.db.tables import LineageEdge
from app.enums import RelationshipType

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
    """Let one transaction at a time change edges and what follows from them, until it ends.

    So two of them cannot close a cycle together. Taken before any package is locked: whoever waited for it with a
    package in hand would block one who holds it and waits for that package. On SQLite every writing transaction is
    alone already.
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


async def parents_of(session: AsyncSession, child_id: UUID) -> set[UUID]:
    """The packages that a package is linked to as their child, hidden ones included."""
    return set(await session.scalars(select(LineageEdge.parent_id).where(LineageEdge.child_id == child_id)))


async def chain_down(session: AsyncSession, start_id: UUID, end_id: UUID) -> list[UUID]:
    """The shortest chain of packages from `start_id` to its descendant `end_id`; empty where it is no descendant.

    Looked for upwards, because packages have few ancestors while some have very many descendants. Deleted and invisible
    packages are walked through, because a cycle through them would be one all the same.
    """
    parents, _ = neighbors(await edges_of_walk(await reading_connection(session), [end_id], upwards=True))
    return shortest_chain(parents, end_id, start_id)[::-1]
