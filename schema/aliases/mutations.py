"""Moving aliases."""

from typing import Annotated

import strawberry

from app.services.aliases import set_package_alias
from schema.context import Info
from schema.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.core.ids import key_of
from schema.packages.queries import load_package
from schema.packages.types import Package


@strawberry.input(description="An alias, and the version to put it on.")
class SetPackageAliasInput:
    """A name is made by putting it on a version for the first time."""

    package_id: strawberry.ID = strawberry.field(description="The id of the version.")
    alias: str = strawberry.field(
        description="1 to 64 lower-case letters, digits, dots, underscores and hyphens, the first one a letter. "
        "`latest` is on the newest version by itself."
    )
    is_protected: bool | None = strawberry.field(
        default=None,
        description="True: from now on only owners and admins of the organization and administrators move it; only "
        "they may say so, or take it back. Absent or null: as it is, and not for a new alias.",
    )


@strawberry.type(description="What came of putting an alias on a version.")
class SetPackageAliasPayload:
    """Where the alias stands now and where it stood."""

    package: Package | None = strawberry.field(description="The version it is on now.")
    previous: Package | None = strawberry.field(
        description="The version it was on before; null for a new alias, and where that is deleted or not to be seen."
    )


SetPackageAliasResult = Annotated[
    SetPackageAliasPayload | InvalidInput | Unauthenticated | Forbidden | NotFound | Conflict,
    strawberry.union("SetPackageAliasResult", description="Where the alias is now, or why it did not move."),
]


@strawberry.type
class AliasMutations:
    """Root fields that move aliases."""

    @strawberry.mutation(description="Put an alias on a version, away from where it was; its history is kept.")
    async def set_package_alias(
        self,
        info: Info,
        input: Annotated[SetPackageAliasInput, strawberry.argument(description="The alias and the version.")],
    ) -> SetPackageAliasResult:
        """Setting it where it is already changes nothing."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            previous = await set_package_alias(session, viewer, context.origin, key, input.alias, input.is_protected)
        return SetPackageAliasPayload(
            package=await load_package(info, key),
            previous=await load_package(info, previous) if previous is not None else None,
        )
