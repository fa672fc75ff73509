"""Publishing packages."""

from typing import Annotated, Self

import strawberry
from strawberry.file_uploads import Upload

from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories.packages import packages_by_id
from app.enums import PackageKind, RelationshipType, Visibility
from app.services.lineage import ParentLink
from app.services.publish_request import PublishRequest
from app.services.publishing import Published, PublishWarning, publish
from schema.context import Info
from schema.core.errors import Conflict, Forbidden, InvalidInput, LimitExceeded, NotFound, Unauthenticated
from schema.core.ids import key_of
from schema.organizations.types import Project
from schema.packages.types import Package


@strawberry.input(description="A package that the new one descends from.")
class ParentInput:
    """One of the publisher's own statements of lineage."""

    package_id: strawberry.ID = strawberry.field(description="The parent's id.")
    relationship_type: RelationshipType = strawberry.field(description="How the new package descends from it.")


_FROM_CARD = " Absent or null: taken from the archive, where it says so."


@strawberry.input(description="An archive to publish, and what to say of it.")
class UploadPackageInput:
    """What the multipart request's `variables` hold."""

    file: Upload = strawberry.field(description="The archive, a ZIP; null here, and attached by the request's `map`.")
    name: str = strawberry.field(description="Its name: letters, digits, dots, underscores and hyphens.")
    version: str = strawberry.field(description="Its version, best by SemVer or PEP 440; never to be used again.")
    kind: PackageKind = strawberry.field(default=PackageKind.MODEL, description="What it holds.")
    organization: str | None = strawberry.field(
        default=PUBLIC_SLUG, description="The slug of the organization to publish in."
    )
    project: strawberry.ID | None = strawberry.field(default=None, description="The project it is part of.")
    description: str | None = strawberry.field(default=None, description="What it is." + _FROM_CARD)
    author: str | None = strawberry.field(default=None, description="Who made it.")
    license: str | None = strawberry.field(default=None, description="Its licence in SPDX." + _FROM_CARD)
    source_url: str | None = strawberry.field(default=None, description="The model's page.")
    dataset_url: str | None = strawberry.field(default=None, description="The page of its data.")
    repository_url: str | None = strawberry.field(default=None, description="The repository of its code.")
    visibility: Visibility | None = strawberry.field(default=Visibility.PUBLIC, description="Who may see it.")
    is_sensitive: bool | None = strawberry.field(
        default=False, description="Whether downloads pass an access-control script."
    )
    access_control_script: str | None = strawberry.field(default=None, description="The script, an expression in CEL.")
    parents: list[ParentInput] | None = strawberry.field(default=None, description="What it descends from.")

    def to_request(self) -> PublishRequest:
        """What the service takes. Raises NotFound for ids that are none."""
        parents = tuple(
            ParentLink(key_of(Package, parent.package_id, "input", "parents", n, "packageId"), parent.relationship_type)
            for n, parent in enumerate(self.parents or ())
        )
        return PublishRequest(
            name=self.name,
            version=self.version,
            kind=self.kind,
            organization=self.organization or PUBLIC_SLUG,
            project_id=key_of(Project, self.project, "input", "project") if self.project else None,
            description=self.description,
            author=self.author,
            license=self.license,
            source_url=self.source_url,
            dataset_url=self.dataset_url,
            repository_url=self.repository_url,
            visibility=self.visibility or Visibility.PUBLIC,
            is_sensitive=bool(self.is_sensitive),
            access_control_script=self.access_control_script,
            parents=parents,
        )


@strawberry.type(description="Something the publisher should know that did not stop the upload.")
class UploadWarning:
    """See `app.services.publishing.PublishWarning`."""

    code: str = strawberry.field(description="What it is about, for programs.")
    message: str = strawberry.field(description="What it is, for people.")

    @classmethod
    def of(cls, warning: PublishWarning) -> Self:
        """The warning in the API."""
        return cls(code=warning.code, message=warning.message)


@strawberry.type(description="What came of publishing.")
class UploadPackagePayload:
    """The new package."""

    package: Package | None = strawberry.field(description="The new package, inspected and scanned; scores follow.")
    warnings: list[UploadWarning] = strawberry.field(description="What the publisher should know.")

    @classmethod
    async def of(cls, info: Info, published: Published) -> Self:
        """The payload, read back."""
        row = await info.context.load(packages_by_id, published.package_id)
        package = Package.from_row(row) if row is not None else None
        return cls(package=package, warnings=[UploadWarning.of(warning) for warning in published.warnings])


UploadPackageResult = Annotated[
    UploadPackagePayload | InvalidInput | Unauthenticated | Forbidden | NotFound | Conflict | LimitExceeded,
    strawberry.union("UploadPackageResult", description="The new package, or why there is none."),
]


@strawberry.type
class PackageMutations:
    """Root fields that change packages."""

    @strawberry.mutation(description="Publish an archive, sent by the GraphQL multipart request specification.")
    async def upload_package(
        self,
        info: Info,
        input: Annotated[UploadPackageInput, strawberry.argument(description="The archive and what to say of it.")],
    ) -> UploadPackageResult:
        """Inspected, scanned and stored when this answers; scoring follows."""
        context = info.context
        viewer, services = context.viewer, context.services
        upload = input.file
        published = await publish(
            services.database,
            services.store,
            services.settings,
            viewer,
            context.origin,
            input.to_request(),
            upload.file,  # type: ignore[attr-defined]
            upload.size or 0,  # type: ignore[attr-defined]
        )
        context.forget()
        services.scoring.enqueue(published.package_id)
        return await UploadPackagePayload.of(info, published)
