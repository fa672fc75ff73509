"""Inputs of licence checks."""

import strawberry

from app.enums import LicenseUse
from app.services.licenses import LicenseRequest
from schema.core.enums import expose
from schema.core.ids import key_of
from schema.packages.types import Package

expose(
    LicenseUse,
    "What a project does with a package.",
    {
        "USE": "Loads, calls or links it unchanged, as part of the project.",
        "FINE_TUNE": "Changes it: trains its weights further, edits its code, adapts its data.",
        "REDISTRIBUTE": "Ships an unchanged copy with the project.",
    },
)


@strawberry.input(description="A package, a project that would use it, and how; the project by exactly one of two.")
class LicenseCheckInput:
    """What `licenseCheck` asks about."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")
    repository_url: str | None = strawberry.field(
        default=None, description="The project's repository, whose licence is read from its host."
    )
    project_license: str | None = strawberry.field(
        default=None, description="The project's licence, as an SPDX expression or by its usual name."
    )
    use: LicenseUse = strawberry.field(default=LicenseUse.USE, description="What the project does with the package.")
    include_lineage: bool = strawberry.field(
        default=True, description="Whether everything the package descends from is judged as well."
    )

    def to_request(self) -> LicenseRequest:
        """What the service takes. Raises NotFound for an id that is none."""
        return LicenseRequest(
            package_id=key_of(Package, self.package_id, "input", "packageId"),
            repository_url=self.repository_url,
            project_license=self.project_license,
            use=self.use,
            include_lineage=self.include_lineage,
        )
