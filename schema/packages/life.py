"""Deprecating, deleting, restoring and releasing packages."""

from typing import Annotated

import strawberry

from app.services.package_life import (
    delete_package,
    deprecate_package,
    release_package,
    restore_package,
    undeprecate_package,
)
from schema.context import Info
from schema.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.core.ids import encode_id, key_of
from schema.packages.queries import load_package
from schema.packages.types import Package


@strawberry.input(description="A package to advise against, and why.")
class DeprecatePackageInput:
    """For who manages it."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")
    reason: str = strawberry.field(description="Why, and what to use instead, in 1 to 2000 characters.")


@strawberry.type(description="What came of deprecating.")
class DeprecatePackagePayload:
    """The package as it is now."""

    package: Package | None = strawberry.field(description="The package as it is now.")


DeprecatePackageResult = Annotated[
    DeprecatePackagePayload | InvalidInput | Unauthenticated | Forbidden | NotFound,
    strawberry.union("DeprecatePackageResult", description="The deprecated package, or why it is not."),
]


@strawberry.input(description="A package to stop advising against.")
class UndeprecatePackageInput:
    """For who manages it."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")


@strawberry.type(description="What came of taking a deprecation back.")
class UndeprecatePackagePayload:
    """The package as it is now."""

    package: Package | None = strawberry.field(description="The package as it is now.")


UndeprecatePackageResult = Annotated[
    UndeprecatePackagePayload | Unauthenticated | Forbidden | NotFound,
    strawberry.union("UndeprecatePackageResult", description="The package, deprecated no more, or why it still is."),
]


@strawberry.input(description="A package to delete.")
class DeletePackageInput:
    """For owners and admins of its organization, and administrators."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")


@strawberry.type(description="What came of deleting.")
class DeletePackagePayload:
    """The id it had."""

    deleted_id: strawberry.ID = strawberry.field(description="The id of the deleted package, for restorePackage.")


DeletePackageResult = Annotated[
    DeletePackagePayload | Unauthenticated | Forbidden | NotFound,
    strawberry.union("DeletePackageResult", description="What was deleted, or why nothing was."),
]


@strawberry.input(description="A deleted package to bring back.")
class RestorePackageInput:
    """For who could have deleted it."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")


@strawberry.type(description="What came of restoring.")
class RestorePackagePayload:
    """The package as it is now."""

    package: Package | None = strawberry.field(description="The package as it is now.")


RestorePackageResult = Annotated[
    RestorePackagePayload | Unauthenticated | Forbidden | NotFound | Conflict,
    strawberry.union("RestorePackageResult", description="The restored package, or why it is not."),
]


@strawberry.input(description="A quarantined package to release, and why.")
class ReleasePackageInput:
    """For administrators."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")
    reason: str = strawberry.field(
        description="Why it is fit for use in spite of what was found; everybody who sees the package reads it."
    )


@strawberry.type(description="What came of releasing.")
class ReleasePackagePayload:
    """The package as it is now."""

    package: Package | None = strawberry.field(description="The package as it is now.")


ReleasePackageResult = Annotated[
    ReleasePackagePayload | InvalidInput | Unauthenticated | Forbidden | NotFound | Conflict,
    strawberry.union("ReleasePackageResult", description="The released package, or why it is not."),
]


@strawberry.type
class PackageLifeMutations:
    """Root fields that decide what becomes of packages."""

    @strawberry.mutation(description="Advise against a package: it stays, and is not the newest any more.")
    async def deprecate_package(
        self, info: Info, input: Annotated[DeprecatePackageInput, strawberry.argument(description="The package.")]
    ) -> DeprecatePackageResult:
        """For who manages it."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await deprecate_package(session, viewer, context.origin, key, input.reason)
        return DeprecatePackagePayload(package=await load_package(info, key))

    @strawberry.mutation(description="Take back that a package is deprecated.")
    async def undeprecate_package(
        self, info: Info, input: Annotated[UndeprecatePackageInput, strawberry.argument(description="The package.")]
    ) -> UndeprecatePackageResult:
        """For who manages it."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await undeprecate_package(session, viewer, context.origin, key)
        return UndeprecatePackagePayload(package=await load_package(info, key))

    @strawberry.mutation(
        description="Delete a package; it can be restored for a while, and its name and version stay taken."
    )
    async def delete_package(
        self, info: Info, input: Annotated[DeletePackageInput, strawberry.argument(description="The package.")]
    ) -> DeletePackageResult:
        """For owners and admins of its organization, and administrators."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await delete_package(session, viewer, context.origin, key)
        return DeletePackagePayload(deleted_id=strawberry.ID(encode_id(Package.TAG, key)))

    @strawberry.mutation(description="Bring a deleted package back as it was, as long as its archive is kept.")
    async def restore_package(
        self, info: Info, input: Annotated[RestorePackageInput, strawberry.argument(description="The package.")]
    ) -> RestorePackageResult:
        """For who could have deleted it."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await restore_package(session, viewer, context.origin, key)
        return RestorePackagePayload(package=await load_package(info, key))

    @strawberry.mutation(description="Let a quarantined package be downloaded after all; for administrators.")
    async def release_package(
        self, info: Info, input: Annotated[ReleasePackageInput, strawberry.argument(description="The package.")]
    ) -> ReleasePackageResult:
        """For administrators."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await release_package(session, viewer, context.origin, key, input.reason)
        return ReleasePackagePayload(package=await load_package(info, key))
