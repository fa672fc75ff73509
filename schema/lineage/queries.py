"""Reading lineage from the root."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.db.repositories.lineage_graphs import PathKey, lineage_paths
from schema.core.ids import key_of
from schema.core.lookups import argument, lookup
from schema.lineage.types import LineagePath
from schema.packages.types import Package


def path_key(_: None, arguments: Mapping[str, Any], context: Any) -> PathKey:
    """The two ends of a chain. Raises NotFound for an id of something else."""
    return PathKey(key_of(Package, arguments["from_"], "from"), key_of(Package, arguments["to"], "to"))


@strawberry.type
class LineageQueries:
    """Root fields about lineage."""

    lineage_path: LineagePath | None = lookup(
        lineage_paths,
        path_key,
        arguments=(
            argument("from_", strawberry.ID, "The package it begins with.", graphql_name="from"),
            argument("to", strawberry.ID, "The package it ends with."),
        ),
        description="The shortest chain between two packages, whichever of them descends from the other; null where "
        "neither does, or the viewer may not see both.",
    )
