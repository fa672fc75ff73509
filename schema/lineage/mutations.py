"""Linking packages and taking links away."""

from typing import Annotated, Self

import strawberry

from app.db.tables import LineageEdge as StoredEdge
from app.services import lineage
from schema.context import Info
from schema.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.lineage.inputs import LinkPackagesInput, UnlinkPackagesInput
from schema.lineage.types import LineageEdge
from schema.packages.queries import load_package
from schema.packages.types import Package


@strawberry.type(description="What came of linking two packages.")
class LinkPackagesPayload:
    """The new edge."""

    edge: LineageEdge = strawberry.field(description="The new link.")

    @classmethod
    def of(cls, edge: StoredEdge) -> Self:
        """The payload of an edge that was just written."""
        names = ("parent_id", "child_id", "relationship_type", "created_at")
        return cls(edge=LineageEdge.from_row({name: getattr(edge, name) for name in names}))


@strawberry.type(description="What came of removing a link.")
class UnlinkPackagesPayload:
    """The former child."""

    child: Package | None = strawberry.field(description="What descended from the parent.")


LinkPackagesResult = Annotated[
    LinkPackagesPayload | InvalidInput | Conflict | NotFound | Forbidden | Unauthenticated,
    strawberry.union("LinkPackagesResult", description="The new link, or why there is none."),
]
UnlinkPackagesResult = Annotated[
    UnlinkPackagesPayload | NotFound | Forbidden | Unauthenticated,
    strawberry.union("UnlinkPackagesResult", description="The former child, or why the link stays."),
]


@strawberry.type
class LineageMutations:
    """Root fields that change lineage."""

    @strawberry.mutation(description="Say that a package descends from another; for who manages the child.")
    async def link_packages(
        self, info: Info, input: Annotated[LinkPackagesInput, strawberry.argument(description="The link.")]
    ) -> LinkPackagesResult:
        """A link that would close a cycle is refused with the chain that is there already."""
        context = info.context
        viewer, (parent_id, child_id) = context.viewer, input.keys()
        async with context.write() as session:
            edge = await lineage.link_packages(
                session, viewer, context.origin, parent_id, child_id, input.relationship_type
            )
        return LinkPackagesPayload.of(edge)

    @strawberry.mutation(description="Remove a link between packages; for who manages the child.")
    async def unlink_packages(
        self, info: Info, input: Annotated[UnlinkPackagesInput, strawberry.argument(description="The link.")]
    ) -> UnlinkPackagesResult:
        """Other links between the two stay."""
        context = info.context
        viewer, (parent_id, child_id) = context.viewer, input.keys()
        async with context.write() as session:
            await lineage.unlink_packages(session, viewer, context.origin, parent_id, child_id, input.relationship_type)
        return UnlinkPackagesPayload(child=await load_package(info, child_id))
