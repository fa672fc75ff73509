"""Packages and what belongs to them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.aliases import aliases_by_package
from app.db.repositories.downloads import download_series, downloads_by_package
from app.db.repositories.files import files_by_package
from app.db.repositories.lineage import children_by_package, parents_by_package
from app.db.repositories.organizations import organizations_by_id, projects_by_id
from app.db.repositories.package_rights import rights_by_package
from app.db.repositories.packages import packages_by_id, versions_by_package
from app.db.repositories.ratings import rating_summaries, ratings_by_package
from app.db.repositories.scans import scan_findings_by_package
from app.db.repositories.scores import scores_by_package
from app.db.repositories.users import users_by_id
from app.enums import PackageComponent, PackageKind, PackageStatus, RelationshipType, ScanSeverity, Visibility
from schema.core.connections import Connection, Edge, connection
from schema.core.nodes import FromRow, Node
from schema.core.relations import deferred, embedded, relation
from schema.core.scalars import BigInt
from schema.downloads.series import series
from schema.downloads.types import DownloadConnection, DownloadCount
from schema.lineage.fields import impact, lineage_graph
from schema.lineage.types import LineageGraph, PackageImpact
from schema.ratings.types import RatingConnection, RatingSummary
from schema.scores.types import PackageScores

if TYPE_CHECKING:
    from schema.organizations.types import Organization, Project
    from schema.users.types import User

UserRef = Annotated["User", strawberry.lazy("schema.users.types")]
OrganizationRef = Annotated["Organization", strawberry.lazy("schema.organizations.types")]
ProjectRef = Annotated["Project", strawberry.lazy("schema.organizations.types")]


@strawberry.type(description="What a tensor file's header says of its content.")
class TensorSummary(FromRow):
    """Columns of the file's own row."""

    parameter_count: BigInt = strawberry.field(description="How many numbers the file's tensors hold.")
    tensor_count: int = strawberry.field(description="How many tensors the file holds.")
    dtypes: list[str] = strawberry.field(description="Their number formats, the most used first, such as F32 or BF16.")


@strawberry.type(description="One file of a package's archive.")
class PackageFile(FromRow):
    """A row of package_files."""

    path: str = strawberry.field(description="The path as the archive spells it.")
    size_bytes: BigInt = strawberry.field(description="The unpacked size in bytes.")
    sha256: str = strawberry.field(description="The SHA-256 of the content, in hexadecimal.")
    component: PackageComponent = strawberry.field(description="The part of the package it belongs to.")
    format: str | None = strawberry.field(description="The file format, such as safetensors or python.")
    tensors: TensorSummary | None = embedded(
        parameter_count="parameter_count",
        tensor_count="tensor_count",
        dtypes="dtypes",
        description="What the header says, where it could be read.",
    )


@strawberry.type(description="A file's place in its package.")
class PackageFileEdge(Edge[PackageFile]):
    """An edge of `files`."""


@strawberry.type(description="One page of a package's files.")
class PackageFileConnection(Connection[PackageFile, PackageFileEdge]):
    """The list of `files`."""


@strawberry.type(description="A package's withdrawal from use: it stays, and is not the newest any more.")
class Deprecation(FromRow):
    """Columns of the package's own row."""

    at: datetime = strawberry.field(description="When the package was deprecated.")
    reason: str | None = strawberry.field(description="Why, and what to use instead.")


@strawberry.type(description="A name for a version, such as `production`.")
class PackageAlias(FromRow):
    """A row of aliases_by_package."""

    alias: str = strawberry.field(description="The name.")
    is_protected: bool = strawberry.field(
        description="Whether only owners and admins of the organization and administrators move it."
    )
    moved_at: datetime = strawberry.field(description="When it was put on this version.")
    moved_by: UserRef | None = relation(
        users_by_id, key="moved_by_id", join=True, description="Who put it there; null for `latest`."
    )


@strawberry.type(description="Something suspicious in a package.")
class ScanFinding(FromRow):
    """A row of scan_findings."""

    file: str | None = strawberry.field(description="The file at fault; null for the archive as a whole.")
    severity: ScanSeverity = strawberry.field(description="How grave it is.")
    rule: str = strawberry.field(description="The rule that was broken, for programs.")
    message: str = strawberry.field(description="What was found, for people.")


@strawberry.type(description="An administrator's decision that a quarantined package is fit for use.")
class PackageRelease(FromRow):
    """Columns of the package's own row."""

    at: datetime = strawberry.field(description="When the package was released.")
    reason: str = strawberry.field(description="Why, in spite of what was found.")


@strawberry.type(description="What the scanner said of a package.")
class PackageScan(FromRow):
    """Columns of the package's own row, and its findings."""

    status: PackageStatus = strawberry.field(
        description="READY: clean, or released; QUARANTINED: something critical was found."
    )
    release: PackageRelease | None = embedded(
        at="released_at", reason="release_reason", description="Set where it was quarantined and then released."
    )
    findings: list[ScanFinding] = relation(
        scan_findings_by_package, key="id", description="Everything found, the gravest first."
    )


@strawberry.type(description="What the viewer may do with a package.")
class PackageRights(FromRow):
    """A row of rights_by_package."""

    update: bool = strawberry.field(description="Change its description.")
    delete: bool = strawberry.field(description="Delete it.")
    download: bool = strawberry.field(description="Download it, as far as the account's rights go.")
    rate: bool = strawberry.field(description="Rate it.")
    manage: bool = strawberry.field(description="Deprecate it, link it and see who downloads it.")


@strawberry.type(description="A package as the parent or child of another.")
class LineageNeighborEdge(Edge[Annotated["Package", strawberry.lazy("schema.packages.types")]]):
    """An edge of `parents` and `children`."""

    relationship_type: RelationshipType = strawberry.field(description="How the child descends from the parent.")
    created_at: datetime = strawberry.field(description="When the two were linked.")


@strawberry.type(description="One page of a package's parents or children.")
class LineageNeighborConnection(
    Connection[Annotated["Package", strawberry.lazy("schema.packages.types")], LineageNeighborEdge]
):
    """The list of `parents` and `children`."""


@strawberry.type(description="A package's place in a list.")
class PackageEdge(Edge[Annotated["Package", strawberry.lazy("schema.packages.types")]]):
    """An edge of any list of packages."""


@strawberry.type(description="One page of packages.")
class PackageConnection(Connection[Annotated["Package", strawberry.lazy("schema.packages.types")], PackageEdge]):
    """Any list of packages."""


@strawberry.type(description="One version of a model, data set or body of code; what is published never changes.")
class Package(Node):
    """A row of packages."""

    TAG = "pkg"
    READER = packages_by_id

    kind: PackageKind = strawberry.field(description="What it holds.")
    name: str = strawberry.field(description="Its name, unique with the version in the organization.")
    version: str = strawberry.field(description="Its version, as published.")
    description: str | None = strawberry.field(description="What it is, in a sentence or two.")
    author: str | None = strawberry.field(description="Who made it.")
    license: str | None = strawberry.field(description="Its licence, as an SPDX expression.")
    readme: str | None = deferred(packages_by_id, description="The text of its card, without the front matter.")
    source_url: str | None = strawberry.field(description="The model's page.")
    dataset_url: str | None = strawberry.field(description="The page of the data it was made with.")
    repository_url: str | None = strawberry.field(description="The repository of its code.")
    visibility: Visibility = strawberry.field(description="Who may see it.")
    status: PackageStatus = strawberry.field(description="Whether it was scanned clean.")
    parameter_count: BigInt | None = strawberry.field(description="How many parameters its weights hold.")
    is_sensitive: bool = strawberry.field(description="Whether downloads pass its access-control script.")
    file_size_bytes: BigInt = strawberry.field(description="The archive's size in bytes.")
    sha256: str = strawberry.field(description="The archive's SHA-256, in hexadecimal.")
    download_count: BigInt = strawberry.field(description="How many downloads were granted.")
    uploaded_at: datetime = strawberry.field(description="When it was published.")
    created_at: datetime = strawberry.field(description="When its row was made.")
    updated_at: datetime = strawberry.field(description="When its description was last changed.")
    uploaded_by: UserRef | None = relation(
        users_by_id, key="uploaded_by_id", join=True, description="Who published it."
    )
    organization: OrganizationRef | None = relation(
        organizations_by_id, key="organization_id", join=True, description="Whose it is."
    )
    project: ProjectRef | None = relation(
        projects_by_id, key="project_id", join=True, description="The project it is part of."
    )
    deprecation: Deprecation | None = embedded(
        at="deprecated_at", reason="deprecation_reason", description="Set where it should not be used any more."
    )
    scores: PackageScores | None = relation(
        scores_by_package, key="id", join=True, description="What the evaluator found; null until it has."
    )
    rating: RatingSummary = relation(rating_summaries, key="id", description="What users think of it, in figures.")
    ratings: RatingConnection = connection(ratings_by_package, description="What users think of it, newest first.")
    aliases: list[PackageAlias] = relation(
        aliases_by_package, key="id", description="Names for this version, `latest` among them."
    )
    viewer_can: PackageRights | None = relation(rights_by_package, key="id", description="What the viewer may do.")
    files: PackageFileConnection = connection(files_by_package, description="The files in its archive.")
    scan: PackageScan = embedded(
        status="status",
        id="id",
        released_at="released_at",
        release_reason="release_reason",
        description="What the scanner said.",
    )
    versions: PackageConnection = connection(
        versions_by_package, description="All versions under this name, the newest first."
    )
    downloads: DownloadConnection = connection(
        downloads_by_package, description="Attempts to download it, the newest first."
    )
    download_series: list[DownloadCount] = series(
        download_series, description="Granted downloads over time, in whole spans of UTC time without gaps."
    )
    parents: LineageNeighborConnection = connection(parents_by_package, description="What it directly descends from.")
    children: LineageNeighborConnection = connection(children_by_package, description="What directly descends from it.")
    lineage: LineageGraph | None = lineage_graph(
        description="All it descends from, all that descends from it, or both, as one graph; null once it is gone."
    )
    impact: PackageImpact | None = impact(description="What stands on it; null once it is gone.")
