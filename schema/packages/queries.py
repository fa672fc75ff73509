"""Reading packages from the root."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories.aliases import LATEST
from app.db.repositories.package_names import PackageName, packages_by_name
from app.db.repositories.packages import all_packages, packages_by_id
from app.enums import Permission
from app.errors import InvalidInput, Issue
from schema.context import Info
from schema.core.connections import connection
from schema.core.lookups import argument, lookup
from schema.core.scalars import is_storable
from schema.packages.inputs import PackageFilter, PackageOrder
from schema.packages.types import Package, PackageConnection


async def load_package(info: Info, package_id: UUID) -> Package | None:
    """The package of a key, None where the viewer may not see it."""
    row = await info.context.load(packages_by_id, package_id)
    return Package.from_row(row) if row is not None else None


def package_name(_: None, arguments: Mapping[str, Any], context: Any) -> PackageName | None:
    """What the arguments call a package; None for texts that no package can have. Raises InvalidInput for two names."""
    version, alias, as_of = arguments.get("version"), arguments.get("alias"), arguments.get("as_of")
    if version is not None and (alias is not None or as_of is not None):
        message = "A `version` never changes: give it alone, or `alias` and `asOf`."
        raise InvalidInput([Issue(("version",), message)])
    organization, name = arguments.get("organization", PUBLIC_SLUG), arguments["name"]
    if not all(is_storable(part) for part in (organization, name, version, alias)):
        return None
    return PackageName(organization, name, version, None if alias == LATEST else alias, as_of)


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

    package: Package | None = lookup(
        packages_by_name,
        package_name,
        arguments=(
            argument("name", str, "Its name."),
            argument("version", str | None, "Its version, as published; absent or null: the newest."),
            argument(
                "organization",
                str | None,
                "The slug of the organization it belongs to.",
                default=PUBLIC_SLUG,
            ),
            argument("alias", str | None, "A name for a version, such as `production`; `latest` is the newest."),
            argument(
                "as_of",
                datetime | None,
                "The version that the alias was on, or that was the newest, at this moment; null where it is deleted.",
            ),
        ),
        requires=Permission.SEARCH,
        description="One package by name; without a version or alias, the newest that is not deprecated.",
    )
