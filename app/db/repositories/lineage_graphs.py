"""Lineage as graphs: the ancestry and descent of packages, the shortest chain between two, and what stands on one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.readers import EVERYTHING, Shape
from app.db.repositories.lineage_walks import (
    Course,
    descendant_counts,
    edges_among,
    edges_of_walk,
    open_ends,
    reached_packages,
)
from app.db.repositories.packages import packages_by_id
from app.db.statements import Row
from app.enums import IncompleteReason, LineageDirection, RelationshipType
from app.identity.viewer import Viewer

Neighbors = Mapping[UUID, Sequence[UUID]]


@dataclass(frozen=True, slots=True)
class LineageKey:
    """A graph: what lies in `direction` of a package, at most `max_depth` edges away (None: any distance).

    `types` are the edges to follow (None: all). Graphs that are read together hold at most `max_nodes` packages.
    """

    package_id: UUID
    direction: LineageDirection
    max_depth: int | None
    types: frozenset[RelationshipType] | None
    max_nodes: int


@dataclass(frozen=True, slots=True)
class ImpactKey:
    """What stands on a package. Packages asked for together are followed to at most `max_nodes` others."""

    package_id: UUID
    max_nodes: int


@dataclass(frozen=True, slots=True)
class PathKey:
    """The shortest chain between two packages, whichever of them descends from the other."""

    from_id: UUID
    to_id: UUID


@dataclass(slots=True)
class _Known:
    """What was read for some graphs: `open_*` are packages with neighbors that were not read."""

    is_visible: Mapping[UUID, bool]
    parents: Neighbors
    children: Neighbors
    edges_by_parent: Mapping[UUID, Sequence[Row]]
    open_upwards: frozenset[UUID] = frozenset()
    open_downwards: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class _Walked:
    """Where a walk came: the depth of each package in order of discovery, and why it did not go on."""

    depths: dict[UUID, int]
    reasons: set[IncompleteReason] = field(default_factory=set)


async def lineage_graphs(
    connection: AsyncConnection, viewer: Viewer, keys: Sequence[LineageKey], shape: Shape = EVERYTHING
) -> Mapping[LineageKey, Row]:
    """Graphs by key, with two statements for all graphs of one direction and the same types.

    A graph that is bounded, or too large, costs one or two more. The package itself has depth 0; a depth is the number
    of edges to it on the shortest way, upwards and downwards alike. All edges among the packages found are told. A
    package that the viewer may not see is walked through and has no `package_id`. Where the package itself is one,
    there is no graph.
    """
    groups: dict[tuple[Course, int | None], list[LineageKey]] = defaultdict(list)
    for key in keys:
        groups[Course(key.direction, key.types, key.max_nodes), key.max_depth].append(key)
    graphs: dict[LineageKey, Row] = {}
    for (course, max_depth), group in groups.items():
        known = await _known(connection, viewer, [key.package_id for key in group], course, max_depth)
        left = course.max_nodes
        for key in group:
            if known.is_visible.get(key.package_id):
                walked = _walk(known, key, max(left, 1))
                left -= len(walked.depths)
                graphs[key] = _graph(known, walked)
    return graphs


async def _known(
    connection: AsyncConnection, viewer: Viewer, starts: Sequence[UUID], course: Course, max_depth: int | None
) -> _Known:
    is_visible, is_cut = await reached_packages(connection, viewer, starts, course, max_depth)
    edges = await edges_among(connection, is_visible, course)
    edges_by_parent: dict[UUID, list[Row]] = defaultdict(list)
    for edge in edges:
        edges_by_parent[edge["parent_id"]].append(edge)
    known = _Known(is_visible, *neighbors(edges), edges_by_parent=edges_by_parent)
    if max_depth is not None or is_cut:
        if True in course.ways:
            known.open_upwards = await open_ends(connection, is_visible, course, upwards=True)
        if False in course.ways:
            known.open_downwards = await open_ends(connection, is_visible, course, upwards=False)
    return known


def neighbors(edges: Iterable[Row]) -> tuple[Neighbors, Neighbors]:
    """Parents by child, and children by parent, each once."""
    parents: dict[UUID, dict[UUID, None]] = defaultdict(dict)
    children: dict[UUID, dict[UUID, None]] = defaultdict(dict)
    for edge in edges:
        parents[edge["child_id"]][edge["parent_id"]] = None
        children[edge["parent_id"]][edge["child_id"]] = None
    return {child: [*found] for child, found in parents.items()}, {
        parent: [*found] for parent, found in children.items()
    }


def _walk(known: _Known, key: LineageKey, max_nodes: int) -> _Walked:
    walked = _Walked({key.package_id: 0})
    if key.direction is not LineageDirection.DESCENDANTS:
        _walk_one_way(walked, key, known.parents, known.open_upwards, max_nodes)
    if key.direction is not LineageDirection.ANCESTORS:
        _walk_one_way(walked, key, known.children, known.open_downwards, max_nodes)
    return walked


def _walk_one_way(
    walked: _Walked, key: LineageKey, next_to: Neighbors, open_ends: Collection[UUID], max_nodes: int
) -> None:
    """Breadth first, so that each package is met on its shortest way."""
    depths, level, depth = walked.depths, [key.package_id], 0
    while level and depth != key.max_depth:
        depth += 1
        further = []
        for node in level:
            if node in open_ends:
                walked.reasons.add(IncompleteReason.MAX_NODES)
            for neighbor in next_to.get(node, ()):
                if neighbor in depths:
                    continue
                if len(depths) >= max_nodes:
                    walked.reasons.add(IncompleteReason.MAX_NODES)
                    return
                depths[neighbor] = depth
                further.append(neighbor)
        level = further
    if any(node in open_ends or any(other not in depths for other in next_to.get(node, ())) for node in level):
        walked.reasons.add(IncompleteReason.MAX_DEPTH)


def _graph(known: _Known, walked: _Walked) -> Row:
    names = {node: f"n{number}" for number, node in enumerate(walked.depths)}
    nodes = [
        {
            "key": names[node],
            "depth": depth,
            "is_redacted": not known.is_visible[node],
            "package_id": node if known.is_visible[node] else None,
        }
        for node, depth in walked.depths.items()
    ]
    edges = [
        {
            "parent_key": names[edge["parent_id"]],
            "child_key": names[edge["child_id"]],
            "relationship_type": edge["relationship_type"],
        }
        for node in walked.depths
        for edge in known.edges_by_parent.get(node, ())
        if edge["child_id"] in names
    ]
    # Of two reasons the one that the asker cannot lift is told.
    reasons = [
        reason for reason in (IncompleteReason.MAX_NODES, IncompleteReason.MAX_DEPTH) if reason in walked.reasons
    ]
    return {
        "nodes": nodes,
        "edges": edges,
        "node_count": len(nodes),
        "edge_count": len(edges),
        "max_depth": max(walked.depths.values()),
        "is_complete": not reasons,
        "incomplete_reason": next(iter(reasons), None),
    }


async def impacts(
    connection: AsyncConnection, viewer: Viewer, keys: Sequence[ImpactKey], shape: Shape = EVERYTHING
) -> Mapping[ImpactKey, Row]:
    """How many descendants, which the viewer may see, each package has; one statement for all."""
    max_nodes = max(key.max_nodes for key in keys)
    counts, is_cut = await descendant_counts(connection, viewer, [key.package_id for key in keys], max_nodes)
    return {
        key: {"package_count": counts[key.package_id], "is_complete": not is_cut}
        for key in keys
        if key.package_id in counts
    }


async def lineage_paths(
    connection: AsyncConnection, viewer: Viewer, keys: Sequence[PathKey], shape: Shape = EVERYTHING
) -> Mapping[PathKey, Row]:
    """The shortest chains by key; two statements for all. Both ends must be visible, what lies between need not be.

    A chain goes from the first package to the second. Each step but the first tells the type of its edge.
    """
    ends = {end for key in keys for end in (key.from_id, key.to_id)}
    visible = await packages_by_id(connection, viewer, list(ends), Shape(("id",)))
    edges = await edges_of_walk(connection, visible, upwards=True) if visible else []
    parents, _ = neighbors(edges)
    types = {(edge["parent_id"], edge["child_id"]): edge["relationship_type"] for edge in reversed(edges)}
    paths: dict[PathKey, Row] = {}
    for key in keys:
        if key.from_id in visible and key.to_id in visible:
            chain = shortest_chain(parents, key.from_id, key.to_id)
            chain = chain or shortest_chain(parents, key.to_id, key.from_id)[::-1]
            if chain:
                paths[key] = _path(chain, types)
    return paths


def _path(chain: Sequence[UUID], types: Mapping[tuple[UUID, UUID], RelationshipType]) -> Row:
    steps: list[dict[str, Any]] = [{"relationship_type": None, "package_id": chain[0]}]
    for one, other in pairwise(chain):
        type_ = types.get((one, other)) or types[other, one]
        steps.append({"relationship_type": type_, "package_id": other})
    return {"length": len(chain) - 1, "steps": steps}


def shortest_chain(next_to: Neighbors, start: UUID, end: UUID) -> list[UUID]:
    """The shortest chain of neighbors from `start` to `end`, both included; empty where there is none."""
    came_from: dict[UUID, UUID | None] = {start: None}
    level = [start]
    while level and end not in came_from:
        further = []
        for node in level:
            for neighbor in next_to.get(node, ()):
                if neighbor not in came_from:
                    came_from[neighbor] = node
                    further.append(neighbor)
        level = further
    chain: list[UUID] = []
    step: UUID | None = end if end in came_from else None
    while step is not None:
        chain.append(step)
        step = came_from[step]
    return chain[::-1]
