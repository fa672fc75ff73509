"""What a licence check answers."""

import asyncio
from collections.abc import Sequence
from typing import Self
from uuid import UUID

import strawberry

from app import enums
from app.db.repositories.packages import packages_by_id
from app.services.licenses import LicenseAnswer, LineageConflict
from schema.context import Info
from schema.core.enums import expose
from schema.packages.types import Package

expose(
    enums.LicenseVerdict,
    "Whether a project can do so and go on being offered under its own licence.",
    {
        "COMPATIBLE": "It can, if the warnings are heeded.",
        "INCOMPATIBLE": "It cannot.",
        "UNKNOWN": "A licence is missing or not one whose terms are known, or not everything could be judged.",
    },
)


@strawberry.type(description="A duty or a limit that has to be heeded although the licences go together.")
class LicenseWarning:
    """See `app.licenses.compatibility.LicenseWarning`."""

    code: str = strawberry.field(description="What it is about, for programs.")
    message: str = strawberry.field(description="What to do or to leave, for people.")


@strawberry.type(description="A package in the ancestry whose licence forbids what is asked about.")
class LicenseConflict:
    """See `app.services.licenses.LineageConflict`."""

    conflict: strawberry.Private[LineageConflict]
    reason: str = strawberry.field(description="Why it conflicts; of a package the viewer may not see, only that.")

    @strawberry.field(description="The package; null where the viewer may not see it.")
    async def package(self, info: Info) -> Package | None:
        """Read as the viewer sees it."""
        return (await _packages(info, [self.conflict.package_id]))[0]

    @strawberry.field(
        description="The shortest way up to it, from the package asked about; null for each the viewer may not see."
    )
    async def path(self, info: Info) -> list[Package | None]:
        """Both ends are included."""
        return await _packages(info, self.conflict.path)

    @classmethod
    def of(cls, conflict: LineageConflict) -> Self:
        """The conflict in the API."""
        return cls(conflict=conflict, reason=conflict.reason)


@strawberry.type(description="Whether a project's licence admits a package.")
class LicenseCheck:
    """See `app.services.licenses.LicenseAnswer`."""

    compatible: bool | None = strawberry.field(description="The verdict in short; null where it is UNKNOWN.")
    verdict: enums.LicenseVerdict = strawberry.field(description="The verdict, over the ancestry if it is included.")
    project_license: str | None = strawberry.field(
        description="The project's licence as an SPDX expression; null where none is known."
    )
    package_license: str | None = strawberry.field(description="The package's licence; null where it names none.")
    reason: str = strawberry.field(description="Why, in sentences.")
    warnings: list[LicenseWarning] = strawberry.field(
        description="What has to be heeded, of the package and of the ancestors that the viewer may see."
    )
    is_complete: bool = strawberry.field(
        description="False where the ancestry is larger than is read at once; not all of it was judged then. Packages "
        "the viewer may not see, and deleted ones, are judged like others."
    )
    lineage_conflicts: list[LicenseConflict] = strawberry.field(
        description="The ancestors that conflict, the nearest first, at most 100."
    )

    @classmethod
    def of(cls, answer: LicenseAnswer) -> Self:
        """The answer in the API."""
        verdict = answer.verdict
        return cls(
            compatible=verdict.compatible,
            verdict=verdict.verdict,
            project_license=answer.project_license,
            package_license=answer.package_license,
            reason=verdict.reason,
            warnings=[LicenseWarning(code=warning.code, message=warning.message) for warning in verdict.warnings],
            is_complete=answer.is_complete,
            lineage_conflicts=[LicenseConflict.of(conflict) for conflict in answer.conflicts],
        )


async def _packages(info: Info, ids: Sequence[UUID | None]) -> list[Package | None]:
    rows = await asyncio.gather(*(info.context.load(packages_by_id, id) for id in ids if id is not None))
    found = {row["id"]: Package.from_row(row) for row in rows if row is not None}
    return [found.get(id) if id is not None else None for id in ids]
