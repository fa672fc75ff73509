"""Publishing a package: the archive is inspected and stored first, then everything about it is written at once."""

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from app.archives.archive import read_archive
from app.archives.contents import ArchiveContents, ArchiveLimits, HostileArchive
from app.config import Settings
from app.db.base import new_id, utc_now
from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories import organizations
from app.db.repositories.package_search import index_packages
from app.db.repositories.packages import is_stored, is_taken
from app.db.session import AsyncSession, Database, IntegrityError
from app.db.tables import Organization, Package, PackageFile, ScanFinding
from app.enums import EventType, PackageStatus, Permission, ScanSeverity
from app.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.events.log import Origin, append
from app.identity.viewer import Viewer
from app.services.lineage import link_proposed, link_stated
from app.services.project_rights import may_publish_in
from app.services.publish_request import PublishRequest, checked
from app.storage.object_store import ObjectStore, StoredObject
from app.versions import sort_key

logger = logging.getLogger("app.publishing")


@dataclass(frozen=True)
class PublishWarning:
    """Something the publisher should know that did not stop the upload."""

    code: str
    message: str


@dataclass(frozen=True)
class Published:
    """The new package, and what its publisher should know."""

    package_id: UUID
    warnings: tuple[PublishWarning, ...]


async def publish(
    database: Database,
    store: ObjectStore,
    settings: Settings,
    viewer: Viewer,
    origin: Origin,
    request: PublishRequest,
    file: BinaryIO,
    size_bytes: int,
) -> Published:
    """Inspect, store and write one archive; `file` is seekable and `size_bytes` long.

    Raises Unauthenticated, Forbidden, NotFound (organization, project or a parent the viewer does not see), Conflict
    (name and version are taken) and InvalidInput (fields, or the archive itself). Whatever is raised, nothing is left.
    """
    request = checked(request, settings, size_bytes)
    async with database.write() as session:  # refuse before reading gigabytes
        await _authorized(session, viewer, request)
    contents = await _inspected(settings, file)
    package_id = new_id()
    stored = await store.put(f"packages/{package_id.hex}.zip", file, size_bytes)
    try:
        async with database.write() as session:
            owner = await _authorized(session, viewer, request)
            package = _package(package_id, viewer, owner, request, contents, stored, store.bucket)
            session.add(package)
            await session.flush()
            session.add_all(_rows_of(package_id, contents))
            await session.flush()
            await index_packages(session, [package])
            warnings = [*_unknown_license(request), *(PublishWarning("ARCHIVE", each) for each in contents.warnings)]
            await _record(session, viewer, origin, package, contents)
            await link_stated(session, viewer, origin, package, request.parents)
            proposed = await link_proposed(session, viewer, origin, package, contents)
            warnings += [PublishWarning("LINEAGE_PROPOSED", message) for message in proposed]
    except IntegrityError:
        await store.delete(stored.key)
        raise Conflict(_taken(request), path=("input", "version")) from None
    except BaseException:
        await _discard(database, store, package_id, stored.key)
        raise
    return Published(package_id, tuple(warnings))


def _unknown_license(request: PublishRequest) -> list[PublishWarning]:
    """What is no licence of the SPDX list is kept under a name of its own; often it is a slip of the pen."""
    if request.license is None or "LicenseRef-" not in request.license:
        return []
    message = f"`license` names what the SPDX list does not hold; it is kept as {request.license}."
    return [PublishWarning("LICENSE_UNKNOWN", message)]


async def _discard(database: Database, store: ObjectStore, package_id: UUID, key: str) -> None:
    """Remove the object of a package that was not written.

    A commit whose answer was lost may have happened all the same: where that is not known, an object without a row is
    the lesser evil.
    """
    try:
        async with database.read() as connection:
            is_written = await is_stored(connection, package_id)
    except Exception:
        logger.warning("kept the object %s: it is not known whether its package was written", key)
    else:
        if not is_written:
            await store.delete(key)


async def _authorized(session: AsyncSession, viewer: Viewer, request: PublishRequest) -> Organization:
    """The organization to publish in. Raises what the viewer may not do, and Conflict for a taken version."""
    viewer.require(Permission.UPLOAD)
    user_id = viewer.require_signed_in()
    organization = await organizations.organization_for_writing(session, viewer, request.organization)
    if organization is None:
        raise NotFound("There is no such organization.", path=("input", "organization"))
    role = await organizations.role_in(session, user_id, organization.id)
    is_open = organization.slug == PUBLIC_SLUG or viewer.is_admin
    if not is_open and role not in organizations.PUBLISHING_ROLES:
        raise Forbidden("Your role in this organization does not allow publishing.", path=("input", "organization"))
    if request.project_id is not None:
        project = await organizations.project_for_writing(session, viewer, request.project_id)
        if project is None or project.organization_id != organization.id:
            raise NotFound("There is no such project in the organization.", path=("input", "project"))
        if not await may_publish_in(session, viewer, project):
            raise Forbidden("Your role in this project does not allow publishing.", path=("input", "project"))
    if await is_taken(session, organization.id, request.name, request.version):
        raise Conflict(_taken(request), path=("input", "version"))
    return organization


def _taken(request: PublishRequest) -> str:
    return (
        f"{request.organization} has, or had, {request.name} {request.version}; "
        "what was published never changes: choose a new version."
    )


async def _inspected(settings: Settings, file: BinaryIO) -> ArchiveContents:
    limits = ArchiveLimits(
        max_files=settings.archive_max_files,
        max_unpacked_bytes=settings.archive_max_unpacked_bytes,
        max_ratio=settings.archive_max_ratio,
        readme_max_bytes=settings.readme_max_bytes,
        spool_dir=settings.effective_upload_tmp_dir,
    )
    try:
        return await asyncio.to_thread(read_archive, file, limits)
    except HostileArchive as refusal:
        raise InvalidInput.at("file", f"{refusal.message} ({refusal.rule})") from None


def _package(
    package_id: UUID,
    viewer: Viewer,
    owner: Organization,
    request: PublishRequest,
    contents: ArchiveContents,
    stored: StoredObject,
    bucket: str | None,
) -> Package:
    card = contents.card
    is_dangerous = any(finding.severity is ScanSeverity.CRITICAL for finding in contents.findings)
    now = utc_now()
    return Package(
        id=package_id,
        organization_id=owner.id,
        project_id=request.project_id,
        kind=request.kind,
        name=request.name,
        version=request.version,
        version_key=sort_key(request.version, now),
        description=request.description or _first_paragraph(card.text if card else None),
        author=request.author,
        license=request.license or contents.license,
        readme=card.text if card else None,
        front_matter=card.front_matter if card else None,
        s3_bucket=bucket,
        s3_key=stored.key,
        file_size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        source_url=request.source_url,
        dataset_url=request.dataset_url,
        repository_url=request.repository_url,
        visibility=request.visibility,
        is_sensitive=request.is_sensitive,
        access_control_script=request.access_control_script,
        status=PackageStatus.QUARANTINED if is_dangerous else PackageStatus.READY,
        parameter_count=contents.parameter_count,
        uploaded_by_id=viewer.user_id,
        created_by_id=viewer.user_id,
        updated_by_id=viewer.user_id,
        uploaded_at=now,
    )


def _first_paragraph(readme: str | None) -> str | None:
    """The first paragraph of prose: no heading, table, list, quote, code, badge or HTML."""
    for block in re.split(r"\n\s*\n", readme or ""):
        text = " ".join(block.split())
        if text and not re.match(r"[#>|`*<!\[=\-]|\d+\.", text):
            return text[:500]
    return None


def _rows_of(package_id: UUID, contents: ArchiveContents) -> list[PackageFile | ScanFinding]:
    files = [
        PackageFile(
            package_id=package_id,
            path=file.path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            component=file.component,
            format=file.format,
            parameter_count=file.tensors.parameter_count if file.tensors else None,
            tensor_count=file.tensors.tensor_count if file.tensors else None,
            dtypes=list(file.tensors.dtypes) if file.tensors else None,
        )
        for file in contents.files
    ]
    findings = [
        ScanFinding(
            package_id=package_id,
            file=finding.path,
            severity=finding.severity,
            rule=finding.rule,
            message=finding.message,
        )
        for finding in contents.findings
    ]
    return [*files, *findings]


async def _record(
    session: AsyncSession, viewer: Viewer, origin: Origin, package: Package, contents: ArchiveContents
) -> None:
    types = [EventType.PACKAGE_PUBLISHED]
    if package.status is PackageStatus.QUARANTINED:
        types.append(EventType.PACKAGE_QUARANTINED)
    for type in types:
        await append(
            session,
            type,
            actor_id=viewer.user_id,
            entity_type="Package",
            entity_id=package.id,
            organization_id=package.organization_id,
            project_id=package.project_id,
            payload={
                "name": package.name,
                "version": package.version,
                "kind": package.kind,
                "sha256": package.sha256,
                "files": len(contents.files),
                "findings": len(contents.findings),
            },
            origin=origin,
        )
