"""Lineage: graphs, chains and single edges."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.packages import packages_by_id
from app.enums import IncompleteReason, LineageDirection, RelationshipType
from schema.core.enums import expose
from schema.core.nodes import FromRow
from schema.core.relations import embedded_list, relation

if TYPE_CHECKING:
    from schema.packages.types import Package

PackageRef = Annotated["Package", strawberry.lazy("schema.packages.types")]

expose(
    LineageDirection,
    "Which way to go from a package.",
    {
        "ANCESTORS": "To what it descends from.",
        "DESCENDANTS": "To what descends from it.",
        "BOTH": "To its ancestors and to its descendants; not to other descendants of its ancestors.",
    },
)
expose(
    IncompleteReason,
    "Why a lineage graph stops before its end.",
    {
        "MAX_DEPTH": "There is more beyond the depth that was asked for.",
        "MAX_NODES": "There are more packages than the server tells at once; the nearest are told.",
    },
)


@strawberry.type(description="A package's place in a lineage graph.")
class LineageNode(FromRow):
    """An element of a graph's `nodes`; a redacted one holds no package's id."""

    key: str = strawberry.field(description="Names the node in this answer, and means nothing outside it.")
    depth: int = strawberry.field(
        description="How many edges it is away, upwards or downwards, on the shortest way; 0: the package asked about."
    )
    is_redacted: bool = strawberry.field(description="Whether the viewer may not see the package, or it was deleted.")
    package: PackageRef | None = relation(
        packages_by_id, key="package_id", join=True, description="The package; null where it is redacted."
    )


@strawberry.type(description="An edge between two nodes of a lineage graph.")
class LineageGraphEdge(FromRow):
    """An element of a graph's `edges`."""

    parent_key: str = strawberry.field(description="The key of the node that the other one descends from.")
    child_key: str = strawberry.field(description="The key of the node that descends from the other one.")
    relationship_type: RelationshipType = strawberry.field(description="How the child descends from the parent.")


@strawberry.type(description="A package with all it descends from, all that descends from it, or both.")
class LineageGraph(FromRow):
    """A value of `lineage_graphs`."""

    nodes: list[LineageNode] = embedded_list(
        "nodes",
        description="The packages, each once: the one asked about, then ancestors, then descendants, nearest first.",
    )
    edges: list[LineageGraphEdge] = embedded_list("edges", description="All edges among the nodes.")
    node_count: int = strawberry.field(description="How many nodes there are, redacted ones included.")
    edge_count: int = strawberry.field(description="How many edges there are.")
    max_depth: int = strawberry.field(description="The depth of the deepest node.")
    is_complete: bool = strawberry.field(description="Whether the graph was followed to its ends.")
    incomplete_reason: IncompleteReason | None = strawberry.field(description="Why it was not, where it was not.")


@strawberry.type(description="What stands on a package.")
class PackageImpact(FromRow):
    """A value of `impacts`."""

    package_count: int = strawberry.field(
        description="How many packages that the viewer may see descend from it, directly or through any others."
    )
    is_complete: bool = strawberry.field(
        description="Whether all were counted; false where there are more than the server follows at once."
    )


@strawberry.type(description="A package on the way from one to another.")
class LineageStep(FromRow):
    """An element of a path's `steps`."""

    relationship_type: RelationshipType | None = strawberry.field(
        description="The type of the edge between the step before and this one; null in the first step."
    )
    package: PackageRef | None = relation(
        packages_by_id, key="package_id", join=True, description="The package; null where the viewer may not see it."
    )


@strawberry.type(description="The shortest chain of edges between two packages, of which one descends from the other.")
class LineagePath(FromRow):
    """A value of `lineage_paths`."""

    length: int = strawberry.field(description="How many edges it has.")
    steps: list[LineageStep] = embedded_list("steps", description="The packages on it, both ends included.")


@strawberry.type(description="A link: the child descends from the parent.")
class LineageEdge(FromRow):
    """A row of lineage_edges."""

    relationship_type: RelationshipType = strawberry.field(description="How the child descends from the parent.")
    created_at: datetime = strawberry.field(description="When the two were linked.")
    parent: PackageRef | None = relation(
        packages_by_id, key="parent_id", join=True, description="What the child descends from."
    )
    child: PackageRef | None = relation(
        packages_by_id, key="child_id", join=True, description="What descends from the parent."
    )
