"""Reading lineage from the root."""

from typing import Annotated

import strawberry

from app.db.repositories.lineage_graphs import PathKey, lineage_paths
from schema.context import Info
from schema.core.ids import key_of
from schema.lineage.types import LineagePath
from schema.packages.types import Package


@strawberry.type
class LineageQueries:
    """Root fields about lineage."""

    @strawberry.field(
        description="The shortest chain between two packages, whichever of them descends from the other; null where "
        "neither does, or the viewer may not see both."
    )
    async def lineage_path(
        self,
        info: Info,
        from_: Annotated[strawberry.ID, strawberry.argument(name="from", description="The package it begins with.")],
        to: Annotated[strawberry.ID, strawberry.argument(description="The package it ends with.")],
    ) -> LineagePath | None:
        """Packages that the viewer may not see are passed, and not named."""
        key = PathKey(key_of(Package, from_, "from"), key_of(Package, to, "to"))
        row = await info.context.load(lineage_paths, key)
        return LineagePath.from_row(row) if row is not None else None
