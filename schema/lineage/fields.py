"""Fields of a package that are read over its whole lineage, declared by the batch function that reads them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.db.repositories.lineage_graphs import ImpactKey, LineageKey, impacts, lineage_graphs
from app.enums import LineageDirection, RelationshipType
from app.errors import InvalidInput, Issue
from schema.core.lookups import argument, lookup


def lineage_key(package_id: UUID, arguments: Mapping[str, Any], context: Any) -> LineageKey:
    """The graph that a field's arguments name. Raises InvalidInput for an impossible one."""
    max_depth = arguments.get("max_depth")
    if max_depth is not None and max_depth < 0:
        raise InvalidInput([Issue(("maxDepth",), "`maxDepth` must be 0 or more.")])
    types = arguments.get("relationship_types")
    return LineageKey(
        package_id,
        arguments.get("direction", LineageDirection.ANCESTORS),
        max_depth,
        frozenset(types) if types is not None else None,
        context.settings.lineage_max_nodes,
    )


def impact_key(package_id: UUID, arguments: Mapping[str, Any], context: Any) -> ImpactKey:
    """The packages downstream of a package."""
    return ImpactKey(package_id, context.settings.lineage_max_nodes)


def lineage_graph(*, description: str) -> Any:
    """Declare the graph of a package's ancestors, descendants or both."""
    return lookup(
        lineage_graphs,
        lineage_key,
        column="id",
        arguments=(
            argument(
                "direction",
                LineageDirection | None,
                "Which way to go; null: ANCESTORS.",
                default=LineageDirection.ANCESTORS,
            ),
            argument(
                "max_depth", int | None, "How many edges away from the package at most; absent or null: any number."
            ),
            argument(
                "relationship_types",
                list[RelationshipType] | None,
                "Only edges of these types are followed and told; absent or null: all.",
            ),
        ),
        description=description,
    )


def impact(*, description: str) -> Any:
    """Declare what stands on a package."""
    return lookup(impacts, impact_key, column="id", description=description)
