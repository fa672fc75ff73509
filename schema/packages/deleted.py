"""Deleted packages, for administrators."""

from datetime import datetime

import strawberry

from app.db.repositories.organizations import organizations_by_id
from app.db.repositories.package_life import deleted_packages
from app.db.repositories.users import users_by_id
from app.enums import PackageKind, Permission
from schema.core.connections import Connection, Edge, connection
from schema.core.nodes import FromRow, IdField
from schema.core.relations import relation
from schema.core.scalars import BigInt
from schema.packages.types import OrganizationRef, Package, UserRef


@strawberry.type(description="What is left of a deleted package.")
class DeletedPackage(FromRow):
    """A row of deleted_packages."""

    TAG = Package.TAG

    package_id: strawberry.ID = IdField(description="The id it had, for restorePackage.")  # type: ignore[assignment]
    kind: PackageKind = strawberry.field(description="What it held.")
    name: str = strawberry.field(description="Its name; with the version it stays taken.")
    version: str = strawberry.field(description="Its version.")
    file_size_bytes: BigInt = strawberry.field(description="The archive's size in bytes.")
    deleted_at: datetime = strawberry.field(description="When it was deleted.")
    storage_freed_at: datetime | None = strawberry.field(
        description="Since when its archive is gone, and it cannot be restored; null: it can."
    )
    deleted_by: UserRef | None = relation(users_by_id, key="deleted_by_id", join=True, description="Who deleted it.")
    organization: OrganizationRef | None = relation(
        organizations_by_id, key="organization_id", join=True, description="Whose it was."
    )


@strawberry.type(description="A deleted package's place in its list.")
class DeletedPackageEdge(Edge[DeletedPackage]):
    """An edge of `deletedPackages`."""


@strawberry.type(description="One page of deleted packages.")
class DeletedPackageConnection(Connection[DeletedPackage, DeletedPackageEdge]):
    """The list of `deletedPackages`."""


@strawberry.type
class DeletedPackageQueries:
    """Root fields about deleted packages."""

    deleted_packages: DeletedPackageConnection = connection(
        deleted_packages,
        key=None,
        requires=Permission.SEARCH,
        description="Deleted packages, the last deleted first; only administrators see any.",
    )
