"""Walks over lineage: the SQL that finds ancestors and descendants, whatever the depth or shape of the graph.

A walk follows edges only, so that it passes through deleted and invisible packages; who may see what is found is told
apart from it. Its recursive CTE unites its rows (UNION, never UNION ALL): a ladder of diamonds has 2^n paths, but only
3n packages.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.repositories.packages import packages, packages_visible_to
from app.db.statements import Row, StatementCache, among, listed
from app.db.tables import LineageEdge
from app.enums import LineageDirection, RelationshipType
from app.identity.viewer import Viewer

lineage_edges = LineageEdge.__table__

_STATEMENTS = StatementCache()
_PARENT, _CHILD, _TYPE = lineage_edges.c.parent_id, lineage_edges.c.child_id, lineage_edges.c.relationship_type


@dataclass(frozen=True, slots=True)
class Course:
    """Which way a walk goes and what it may take: edges of all types where `types` is None, at most `max_nodes`."""

    direction: LineageDirection
    types: frozenset[RelationshipType] | None
    max_nodes: int

    @property
    def ways(self) -> tuple[bool, ...]:
        """True for each walk upwards, False for each walk downwards."""
        ways = {LineageDirection.ANCESTORS: (True,), LineageDirection.DESCENDANTS: (False,)}
        return ways.get(self.direction, (True, False))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the statements bind."""
        return {"types": sorted(self.types or ())}


async def reached_packages(
    connection: AsyncConnection, viewer: Viewer, starts: Collection[UUID], course: Course, max_depth: int | None
) -> tuple[Mapping[UUID, bool], bool]:
    """The packages within `max_depth` edges of any start, starts included, and whether the viewer may see each.

    Also whether `max_nodes` others were met and there may be more; those told are the nearest. Counting the depth costs
    a row for each depth at which a package is met: where these are too many, depths are not counted, and what is beyond
    `max_depth` may be among the answer.
    """
    limit = len(starts) + course.max_nodes
    parameters = {**viewer.parameters, **course.parameters, "keys": list(starts), "max_depth": max_depth, "most": limit}
    for with_depth in (True, False) if max_depth is not None else (False,):
        statement = _STATEMENTS.get(
            connection.dialect,
            ("reached", viewer.sight, course.direction, course.types is None, with_depth),
            lambda dialect, with_depth=with_depth: _reached(dialect, viewer, course, with_depth),  # type: ignore[misc]
        )
        rows = await statement.run(connection, parameters)
        is_cut = any(sum(row[way] for row in rows) >= limit for way in ("upwards", "downwards"))
        if not is_cut:
            break
    return {row["node"]: bool(row["is_visible"]) for row in rows}, is_cut


async def edges_among(connection: AsyncConnection, nodes: Collection[UUID], course: Course) -> list[Row]:
    """The edges between these packages, oldest first."""
    statement = _STATEMENTS.get(
        connection.dialect, ("among", course.types is None), lambda dialect: _among(dialect, course)
    )
    return await statement.run(connection, {**course.parameters, "keys": list(nodes)})


async def open_ends(
    connection: AsyncConnection, nodes: Collection[UUID], course: Course, *, upwards: bool
) -> frozenset[UUID]:
    """Those of the packages that have a parent (downwards: a child) which is not one of them."""
    statement = _STATEMENTS.get(
        connection.dialect, ("open", course.types is None, upwards), lambda dialect: _open(dialect, course, upwards)
    )
    rows = await statement.run(connection, {**course.parameters, "keys": list(nodes)})
    return frozenset(row["node"] for row in rows)


async def edges_of_walk(connection: AsyncConnection, starts: Collection[UUID], *, upwards: bool) -> list[Row]:
    """All edges between the starts and their ancestors (descendants), oldest first; as many as there are."""
    statement = _STATEMENTS.get(connection.dialect, ("walk", upwards), lambda dialect: _edges_of_walk(dialect, upwards))
    return await statement.run(connection, {"keys": list(starts)})


async def descendant_counts(
    connection: AsyncConnection, viewer: Viewer, starts: Sequence[UUID], max_nodes: int
) -> tuple[Mapping[UUID, int], bool]:
    """How many visible descendants each start has that the viewer may see, and whether there may be more.

    The walks stop where they have met `max_nodes` packages together.
    """
    limit = len(starts) + max_nodes
    statement = _STATEMENTS.get(
        connection.dialect, ("counts", viewer.sight), lambda dialect: _descendant_counts(dialect, viewer)
    )
    rows = await statement.run(connection, {**viewer.parameters, "keys": list(starts), "most": limit})
    counts = {row["start"]: row["visible"] - 1 for row in rows}  # the start is the first that is met
    return counts, sum(row["met"] for row in rows) >= limit


def _listed(dialect: str) -> Select[Any]:
    """The ids bound as `keys`, as rows of one column `node`."""
    return listed(dialect, "keys", Uuid(), "node")


def _step(upwards: bool) -> tuple[ColumnElement[UUID], ColumnElement[UUID]]:
    """The column a step comes from and the one it leads to."""
    return (_CHILD, _PARENT) if upwards else (_PARENT, _CHILD)


def _typed(dialect: str, course: Course) -> list[ColumnElement[bool]]:
    return [] if course.types is None else [among(dialect, _TYPE, "types")]


def _walk(dialect: str, name: str, *, upwards: bool, with_depth: bool = False, conditions: Sequence[Any] = ()) -> CTE:
    here, there = _step(upwards)
    starts = _listed(dialect)
    if not with_depth:
        walk = starts.cte(name, recursive=True)
        return walk.union(select(there).join(walk, here == walk.c.node).where(*conditions))
    walk = starts.add_columns(literal_column("0", Integer()).label("depth")).cte(name, recursive=True)
    nearer = walk.c.depth < bindparam("max_depth", type_=Integer())
    return walk.union(select(there, walk.c.depth + 1).join(walk, here == walk.c.node).where(nearer, *conditions))


def _reached(dialect: str, viewer: Viewer, course: Course, with_depth: bool) -> Select[Any]:
    conditions = _typed(dialect, course)
    ends = []
    for upwards in course.ways:
        walk = _walk(dialect, f"walk_{upwards:d}", upwards=upwards, with_depth=with_depth, conditions=conditions)
        # Both databases make a recursive CTE's rows as they are fetched, level by level.
        nearest = select(walk.c.node).limit(bindparam("most", type_=Integer())).subquery()
        up, down = (literal_column(f"{way:d}", Integer()) for way in (upwards, not upwards))
        ends.append(select(nearest.c.node, up.label("upwards"), down.label("downwards")))
    found = union_all(*ends).subquery()
    reached = (
        select(found.c.node, func.sum(found.c.upwards).label("upwards"), func.sum(found.c.downwards).label("downwards"))
        .group_by(found.c.node)
        .subquery()
    )
    seen = and_(packages.c.id == reached.c.node, packages_visible_to(viewer.sight))
    is_visible = packages.c.id.is_not(None).label("is_visible")
    return select(*reached.c, is_visible).select_from(reached.outerjoin(packages, seen))


def _among(dialect: str, course: Course) -> Select[Any]:
    nodes = _listed(dialect).subquery()
    # The one side is looked up, the other hashed: were it a plain column, SQLite would look up every pair of packages.
    hashed_parent = func.coalesce(_PARENT, _CHILD)
    return (
        select(_PARENT, _CHILD, _TYPE)
        .join(nodes, nodes.c.node == _CHILD)
        .where(hashed_parent.in_(_listed(dialect)), *_typed(dialect, course))
        .order_by(lineage_edges.c.id)
    )


def _open(dialect: str, course: Course, upwards: bool) -> Select[Any]:
    here, there = _step(upwards)
    nodes = _listed(dialect).subquery()
    further = exists().where(here == nodes.c.node, there.not_in(_listed(dialect)), *_typed(dialect, course))
    return select(nodes.c.node).where(further)


def _edges_of_walk(dialect: str, upwards: bool) -> Select[Any]:
    here, _ = _step(upwards)
    walk = _walk(dialect, "walk", upwards=upwards)
    return select(_PARENT, _CHILD, _TYPE).join(walk, here == walk.c.node).order_by(lineage_edges.c.id)


def _descendant_counts(dialect: str, viewer: Viewer) -> Select[Any]:
    starts = _listed(dialect).subquery()
    seen_starts = select(starts.c.node.label("start"), starts.c.node).join(
        packages, and_(packages.c.id == starts.c.node, packages_visible_to(viewer.sight))
    )
    walk = seen_starts.cte("walk", recursive=True)
    walk = walk.union(select(walk.c.start, _CHILD).join(walk, walk.c.node == _PARENT))
    met = select(walk.c.start, walk.c.node).limit(bindparam("most", type_=Integer())).subquery()
    seen = and_(packages.c.id == met.c.node, packages_visible_to(viewer.sight))
    return (
        select(met.c.start, func.count(packages.c.id).label("visible"), func.count().label("met"))
        .select_from(met.outerjoin(packages, seen))
        .group_by(met.c.start)
    )
