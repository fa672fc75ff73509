"""Changing what is said of a package."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from app.enums import Visibility
from app.services.package_updates import PackageChanges, update_package
from schema.context import Info
from schema.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.core.ids import key_of
from schema.organizations.types import Project
from schema.packages.queries import load_package
from schema.packages.types import Package

_NULL = " Null: nothing is said."


@strawberry.input(description="Changes to what is said of a package; what was published never changes.")
class UpdatePackageInput:
    """Fields that are absent stay as they are."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")
    description: strawberry.Maybe[str | None] = strawberry.field(description="What it is." + _NULL)
    author: strawberry.Maybe[str | None] = strawberry.field(description="Who made it." + _NULL)
    license: strawberry.Maybe[str | None] = strawberry.field(description="Its licence in SPDX." + _NULL)
    source_url: strawberry.Maybe[str | None] = strawberry.field(description="The model's page." + _NULL)
    dataset_url: strawberry.Maybe[str | None] = strawberry.field(description="The page of its data." + _NULL)
    repository_url: strawberry.Maybe[str | None] = strawberry.field(description="The repository of its code." + _NULL)
    visibility: strawberry.Maybe[Visibility] = strawberry.field(
        description="Who may see it; for owners and admins of its organization and administrators."
    )
    project: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="The project it is part of, in the same organization; for who may publish in this and in the "
        "former. Null: none."
    )
    is_sensitive: strawberry.Maybe[bool] = strawberry.field(
        description="Whether downloads pass its access-control script."
    )
    access_control_script: strawberry.Maybe[str | None] = strawberry.field(
        description="The script, an expression in CEL. Null: none."
    )

    def to_changes(self) -> PackageChanges:
        """What the service takes. Raises NotFound for a project id that is none."""
        given: Mapping[str, Any] = {
            name: maybe.value
            for name in PackageChanges.__annotations__
            if (maybe := getattr(self, name, None)) is not None
        }
        if self.project is not None:
            project = self.project.value
            given = {**given, "project_id": key_of(Project, project, "input", "project") if project else None}
        return cast(PackageChanges, given)


@strawberry.type(description="What came of changing a package.")
class UpdatePackagePayload:
    """The package as it is now."""

    package: Package | None = strawberry.field(description="The package as it is now.")


UpdatePackageResult = Annotated[
    UpdatePackagePayload | InvalidInput | Unauthenticated | Forbidden | NotFound,
    strawberry.union("UpdatePackageResult", description="The changed package, or why it did not change."),
]


@strawberry.type
class PackageUpdateMutations:
    """Root fields that change what is said of packages."""

    @strawberry.mutation(description="Change what is said of a package; its files never change.")
    async def update_package(
        self, info: Info, input: Annotated[UpdatePackageInput, strawberry.argument(description="The changes.")]
    ) -> UpdatePackageResult:
        """For who manages the package."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await update_package(session, viewer, context.origin, key, input.to_changes())
        return UpdatePackagePayload(package=await load_package(info, key))
