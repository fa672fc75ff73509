"""Having packages scored."""

from typing import Annotated

import strawberry

from app.services.scoring import rescore
from schema.context import Info
from schema.core.errors import Forbidden, LimitExceeded, NotFound, Unauthenticated
from schema.core.ids import key_of
from schema.packages.queries import load_package
from schema.packages.types import Package


@strawberry.input(description="What to score.")
class ScorePackageInput:
    """A package."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")


@strawberry.type(description="What came of scoring.")
class ScorePackagePayload:
    """The package with its new scores."""

    package: Package | None = strawberry.field(description="The package, with its new scores.")


ScorePackageResult = Annotated[
    ScorePackagePayload | Unauthenticated | Forbidden | NotFound | LimitExceeded,
    strawberry.union("ScorePackageResult", description="The package with new scores, or why it has none."),
]


@strawberry.type
class ScoreMutations:
    """Root fields that score."""

    @strawberry.mutation(description="Score a package again, now. For those who manage it.")
    async def score_package(
        self, info: Info, input: Annotated[ScorePackageInput, strawberry.argument(description="The package.")]
    ) -> ScorePackageResult:
        """Answers when the evaluator is done."""
        context, services = info.context, info.context.services
        viewer = context.viewer  # first of all: a stranger is not even told what is wrong with an id
        key = key_of(Package, input.package_id, "input", "packageId")
        await rescore(services.database, services.scoring, viewer, context.origin, key)
        context.forget()
        return ScorePackagePayload(package=await load_package(info, key))
