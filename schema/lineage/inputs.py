"""Inputs about links between packages."""

from uuid import UUID

import strawberry

from app.enums import RelationshipType
from schema.core.ids import key_of
from schema.packages.types import Package


@strawberry.input(description="Two packages to link.")
class LinkPackagesInput:
    """One edge."""

    parent_id: strawberry.ID = strawberry.field(description="The id of the package that the child descends from.")
    child_id: strawberry.ID = strawberry.field(description="The id of the package that descends from the parent.")
    relationship_type: RelationshipType = strawberry.field(description="How it does.")

    def keys(self) -> tuple[UUID, UUID]:
        """The parent's and the child's. Raises NotFound for an id that is none of a package."""
        return key_of(Package, self.parent_id, "input", "parentId"), key_of(Package, self.child_id, "input", "childId")


@strawberry.input(description="A link to remove.")
class UnlinkPackagesInput(LinkPackagesInput):
    """One edge."""
