"""Reading packages from the root."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories.packages import PackageName, all_packages, packages_by_id, packages_by_name
from app.enums import Permission
from schema.context import Info
from schema.core.connections import connection
from schema.core.scalars import is_storable
from schema.packages.inputs import PackageFilter, PackageOrder
from schema.packages.types import Package, PackageConnection


async def load_package(info: Info, package_id: UUID) -> Package | None:
    """The package of a key, None where the viewer may not see it."""
    row = await info.context.load(packages_by_id, package_id)
    return Package.from_row(row) if row is not None else None


@strawberry.type
class PackageQueries:
    """Root fields about packages."""

    packages: PackageConnection = connection(
        all_packages,
        key=None,
        filter=PackageFilter,
        order=PackageOrder,
        requires=Permission.SEARCH,
        description="Packages the viewer may see, the newest first unless ordered otherwise.",
    )

    @strawberry.field(description="One package by name; without a version, the newest that is not deprecated.")
    async def package(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="Its name.")],
        version: Annotated[
            str | None, strawberry.argument(description="Its version, as published; absent or null: the newest.")
        ] = strawberry.UNSET,
        organization: Annotated[
            str | None, strawberry.argument(description="The slug of the organization it belongs to.")
        ] = PUBLIC_SLUG,
    ) -> Package | None:
        """Null where there is none, or the viewer may not see it."""
        info.context.require(Permission.SEARCH)
        key = PackageName(
            PUBLIC_SLUG if organization is None else organization,
            name,
            None if version is strawberry.UNSET else version,
        )
        if not all(is_storable(part) for part in (key.organization, key.name, key.version)):
            return None
        row = await info.context.load(packages_by_name, key)
        return Package.from_row(row) if row is not None else None
