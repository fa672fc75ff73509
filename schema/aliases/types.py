"""The history of aliases."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.packages import packages_by_id
from app.db.repositories.users import users_by_id
from schema.core.connections import Connection, Edge
from schema.core.nodes import FromRow
from schema.core.relations import relation
from schema.packages.types import Package

if TYPE_CHECKING:
    from schema.users.types import User

UserRef = Annotated["User", strawberry.lazy("schema.users.types")]


@strawberry.type(description="An alias was put on a version.")
class PackageAliasMove(FromRow):
    """A row of package_aliases."""

    moved_at: datetime = strawberry.field(description="When it was put there.")
    superseded_at: datetime | None = strawberry.field(description="When it moved on; null where it still stands.")
    is_protected: bool = strawberry.field(description="Whether it was protected while it stood there.")
    moved_by: UserRef | None = relation(users_by_id, key="moved_by_id", join=True, description="Who put it there.")
    package: Package | None = relation(
        packages_by_id, key="package_id", join=True, description="The version; null once it is deleted."
    )


@strawberry.type(description="A move's place in its history.")
class PackageAliasMoveEdge(Edge[PackageAliasMove]):
    """An edge of `packageAliasHistory`."""


@strawberry.type(description="One page of an alias's history.")
class PackageAliasMoveConnection(Connection[PackageAliasMove, PackageAliasMoveEdge]):
    """The list of `packageAliasHistory`."""
