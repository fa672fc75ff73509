"""Rating packages."""

from typing import Annotated

import strawberry

from app.services.ratings import rate_package
from schema.context import Info
from schema.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.core.ids import key_of
from schema.packages.queries import load_package
from schema.packages.types import Package


@strawberry.input(description="What to think of a package; it takes the place of what the viewer gave it before.")
class RatePackageInput:
    """Stars and perhaps a review."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")
    stars: int = strawberry.field(description="From 1 to 5.")
    review: str | None = strawberry.field(default=None, description="Why, in words; absent or null: no review.")


@strawberry.type(description="What came of rating.")
class RatePackagePayload:
    """The package with its new rating."""

    package: Package | None = strawberry.field(description="The package, with its new rating.")


RatePackageResult = Annotated[
    RatePackagePayload | InvalidInput | Unauthenticated | Forbidden | NotFound,
    strawberry.union("RatePackageResult", description="The package with its new rating, or why it has none."),
]


@strawberry.type
class RatingMutations:
    """Root fields that rate."""

    @strawberry.mutation(description="Give a package stars, in place of those given before.")
    async def rate_package(
        self, info: Info, input: Annotated[RatePackageInput, strawberry.argument(description="The rating.")]
    ) -> RatePackageResult:
        """One rating for each user and package."""
        context = info.context
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        async with context.write() as session:
            await rate_package(session, viewer, context.origin, key, input.stars, input.review)
        return RatePackagePayload(package=await load_package(info, key))
