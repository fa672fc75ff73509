"""Granting and refusing downloads; every attempt on a package that the viewer sees is put on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import downloads
from app.db.session import AsyncSession, Database
from app.db.statements import Row
from app.db.tables import Download
from app.enums import EventType, PackageComponent, PackageStatus, Permission
from app.errors import AppError, Forbidden, InvalidInput, NotFound
from app.events.log import MAX_USER_AGENT_LENGTH, Origin, append
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.storage.object_store import ObjectStore

LONGEST_NAME = 190
LONGEST_IP_ADDRESS = 45


@dataclass(frozen=True)
class GrantedDownload:
    """A link that works without a token until `expires_at`, and what it leads to."""

    url: str
    expires_at: datetime
    expires_in_seconds: int
    components: tuple[PackageComponent, ...]
    file_name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class _Attempt:
    """A recorded attempt: what it was for, the components that are there, and why it was refused, if it was."""

    package: Row
    present: tuple[PackageComponent, ...]
    refusal: AppError | None


async def request_download(
    database: Database,
    store: ObjectStore,
    settings: Settings,
    viewer: Viewer,
    origin: Origin,
    package_id: UUID,
    components: Sequence[PackageComponent],
    *,
    base_url: str,
) -> GrantedDownload:
    """A link to a whole package, to be had at `base_url` where the server itself keeps the files.

    Raises Unauthenticated, NotFound for a package the viewer does not see, and, once they are on record, Forbidden and
    InvalidInput (`components` that leave out files of the package).
    """
    viewer.require_signed_in()
    async with database.write() as session:
        attempt = await _attempt(session, viewer, origin, package_id, tuple(dict.fromkeys(components)))
    if attempt.refusal is not None:
        raise attempt.refusal
    package = attempt.package
    file_name = f"{package['name']}-{package['version']}"[:LONGEST_NAME] + ".zip"
    seconds = settings.download_url_seconds
    expires_at = utc_now() + timedelta(seconds=seconds)
    url = await store.download_url(
        package["s3_key"], file_name=file_name, expires_in_seconds=seconds, base_url=base_url
    )
    return GrantedDownload(
        url=url,
        expires_at=expires_at,
        expires_in_seconds=seconds,
        components=attempt.present,
        file_name=file_name,
        size_bytes=package["file_size_bytes"],
        sha256=package["sha256"],
    )


async def _attempt(
    session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID, components: tuple[PackageComponent, ...]
) -> _Attempt:
    """Decide, and record the decision. Raises NotFound, which leaves no record: there is nothing to file it under."""
    package = await downloads.package_to_download(session, viewer, package_id)
    if package is None:
        raise NotFound("There is no package with this id.", path=("input", "packageId"))
    present = await downloads.components_of(session, package_id)
    refusal = _refusal(viewer, package, components, present)
    row = Download(
        package_id=package_id,
        user_id=viewer.user_id,
        components=list(components),
        ip_address=origin.ip_address[:LONGEST_IP_ADDRESS] if origin.ip_address else None,
        user_agent=origin.user_agent[:MAX_USER_AGENT_LENGTH] if origin.user_agent else None,
        access_granted=refusal is None,
        denial_reason=refusal.message if refusal else None,
    )
    session.add(row)
    await session.flush()
    await _record(session, viewer, origin, package, row)
    if refusal is None:
        await downloads.count_download(session, package_id)  # last: its lock makes others wait for the commit
    return _Attempt(package, present, refusal)


def _refusal(
    viewer: Viewer, package: Row, wanted: tuple[PackageComponent, ...], present: tuple[PackageComponent, ...]
) -> AppError | None:
    """Why the viewer may not have the package, None where nothing speaks against it."""
    path = ("input", "packageId")
    try:
        viewer.require(Permission.DOWNLOAD)
    except Forbidden as refusal:
        return refusal
    if package["status"] is PackageStatus.QUARANTINED:
        message = "The package is quarantined: its scan found something critical. An administrator can release it."
        return Forbidden(message, path=path)
    if package["status"] is not PackageStatus.READY:
        return Forbidden("The package is still being inspected; try again later.", path=path)
    if package["is_sensitive"] and package["access_control_script"] is not None and not package["is_managed"]:
        message = (
            "The package is sensitive, and this server does not evaluate access-control scripts: only those who manage "
            "the package and administrators may download it."
        )
        return Forbidden(message, path=path)
    left_out = [component for component in present if component not in wanted]
    if wanted and left_out:
        message = (
            "Only whole packages can be downloaded for now: leave `components` out, or add "
            f"{', '.join(left_out)}, which the package holds too."
        )
        return InvalidInput.at("components", message)
    return None


async def _record(session: AsyncSession, viewer: Viewer, origin: Origin, package: Row, row: Download) -> None:
    await append(
        session,
        EventType.DOWNLOAD_RECORDED,
        actor_id=viewer.user_id,
        entity_type="Package",
        entity_id=package["id"],
        organization_id=package["organization_id"],
        project_id=package["project_id"],
        payload={
            "downloadId": public_id("Download", row.id),
            "name": package["name"],
            "version": package["version"],
            "components": row.components,
            "accessGranted": row.access_granted,
            "denialReason": row.denial_reason,
        },
        origin=origin,
    )
