"""Hearing of packages as they are published and scored."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import strawberry

from app.db.repositories.organizations import organizations_by_slug
from app.db.repositories.packages import packages_by_id
from app.enums import EventType
from app.errors import NotFound
from schema.context import Info
from schema.core.following import CURSOR, After, follow
from schema.core.ids import key_of
from schema.packages.types import Package


@strawberry.type(description="A package was published.")
class PackagePublished:
    """An event of `packagePublished`."""

    cursor: str = strawberry.field(description=CURSOR)
    package: Package = strawberry.field(description="The package.")


@strawberry.type(description="A package was scored.")
class PackageScored:
    """An event of `packageScored`."""

    cursor: str = strawberry.field(description=CURSOR)
    package: Package = strawberry.field(description="The package.")


@strawberry.type
class PackageSubscriptions:
    """Root fields that go on telling."""

    @strawberry.subscription(description="Packages as they are published, those that the viewer may see.")
    async def package_published(
        self,
        info: Info,
        organization: Annotated[
            str | None, strawberry.argument(description="Only in the organization with this slug.")
        ] = None,
        after: After = None,
    ) -> AsyncIterator[PackagePublished]:
        """One event a package."""
        info.context.viewer.require_signed_in()
        wanted = None
        if organization is not None:
            row = await info.context.load(organizations_by_slug, organization)
            if row is None:
                raise NotFound("There is no such organization.", path=("organization",))
            wanted = row["id"]
        async for event in follow(info, {EventType.PACKAGE_PUBLISHED}, after):
            if wanted in (None, event["organization_id"]):
                package = await info.context.load(packages_by_id, UUID(event["entity_id"]))
                if package is not None:
                    yield PackagePublished(cursor=event["cursor"], package=Package.from_row(package))

    @strawberry.subscription(description="Packages as they are scored, those that the viewer may see.")
    async def package_scored(
        self,
        info: Info,
        package_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this package.")] = None,
        after: After = None,
    ) -> AsyncIterator[PackageScored]:
        """One event a scoring."""
        info.context.viewer.require_signed_in()
        wanted = key_of(Package, package_id, "packageId") if package_id is not None else None
        if wanted is not None and await info.context.load(packages_by_id, wanted) is None:
            raise NotFound("There is no package with this id.", path=("packageId",))
        async for event in follow(info, {EventType.PACKAGE_SCORED}, after):
            key = UUID(event["entity_id"])
            if wanted in (None, key):
                package = await info.context.load(packages_by_id, key)
                if package is not None:
                    yield PackageScored(cursor=event["cursor"], package=Package.from_row(package))
