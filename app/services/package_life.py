"""What becomes of packages after they were published. What was published under a version never changes itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.db.base import utc_now
from app.db.repositories import package_life, package_rights
from app.db.repositories.organizations import lock_organization
from app.db.repositories.packages import package_for_writing
from app.db.session import AsyncSession
from app.db.tables import Organization, Package
from app.enums import EventType, PackageStatus
from app.errors import Conflict, Forbidden, NotFound
from app.events.log import Origin, append
from app.identity.viewer import Viewer
from app.services.validation import Problems

LONGEST_REASON = 2000


async def deprecate_package(
    session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID, reason: str
) -> None:
    """Advise against a package, or change the reason why; it stays, and is not the newest any more.

    Raises Unauthenticated, NotFound, Forbidden for who does not manage the package, and InvalidInput.
    """
    package = await managed_package(session, viewer, package_id)
    reason = _checked_reason(reason)
    if package.deprecation_reason == reason and package.deprecated_at is not None:
        return
    payload = {"reason": reason, "previousReason": package.deprecation_reason}
    deprecated_at = package.deprecated_at or utc_now()
    await package_life.mark(
        session,
        [package_id],
        deprecated_at=deprecated_at,
        deprecation_reason=reason,
        updated_by_id=viewer.user_id,
    )
    await record(session, viewer, origin, EventType.PACKAGE_DEPRECATED, package, payload)


async def undeprecate_package(session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID) -> None:
    """Take back that a package is deprecated; one that is not stays as it is.

    Raises Unauthenticated, NotFound, and Forbidden for who does not manage the package.
    """
    package = await managed_package(session, viewer, package_id)
    if package.deprecated_at is None:
        return
    await package_life.mark(
        session, [package_id], deprecated_at=None, deprecation_reason=None, updated_by_id=viewer.user_id
    )
    payload = {"previousReason": package.deprecation_reason}
    await record(session, viewer, origin, EventType.PACKAGE_UNDEPRECATED, package, payload)


async def delete_package(session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID) -> None:
    """Delete a package: nobody sees it any more, its name and version stay taken, its archive is kept for a while.

    Raises Unauthenticated, NotFound, and Forbidden for who does not manage the package's organization.
    """
    viewer.require_writing()
    package = await seen_package(session, viewer, package_id)
    if not await package_rights.manages_organization(session, viewer, package_id):
        raise Forbidden(
            "Only owners and admins of its organization and administrators may delete a package; deprecate it instead.",
            path=("input", "packageId"),
        )
    await package_life.mark(session, [package_id], deleted_at=utc_now(), deleted_by_id=viewer.user_id)
    await record(session, viewer, origin, EventType.PACKAGE_DELETED, package, {})


async def restore_package(session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID) -> None:
    """Bring a deleted package back as it was; one that is not deleted stays as it is.

    Raises Unauthenticated, NotFound (also for who could not have deleted it), and Conflict where its storage has been
    freed or its organization deleted since.
    """
    viewer.require_writing()
    package = await package_life.deleted_package_for_writing(session, viewer, package_id)
    if package is None:
        await managed_package(session, viewer, package_id)
        return
    if package.storage_freed_at is not None:
        raise Conflict(
            "The package was deleted too long ago: its archive is gone. Publish it again under a new version.",
            path=("input", "packageId"),
        )
    await lock_organization(session, package.organization_id)  # it is only deleted without packages
    organization = await session.get_one(Organization, package.organization_id)
    if organization.deleted_at is not None:
        raise Conflict("The package's organization has been deleted since.", path=("input", "packageId"))
    payload = {"deletedAt": package.deleted_at}
    await package_life.mark(session, [package_id], deleted_at=None, deleted_by_id=None)
    await record(session, viewer, origin, EventType.PACKAGE_RESTORED, package, payload)


async def release_package(session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID, reason: str) -> None:
    """Let a quarantined package be downloaded after all; the reason is put on record and shown.

    Raises Unauthenticated, Forbidden for who is no administrator, NotFound, InvalidInput, and Conflict for a package
    that is not quarantined.
    """
    viewer.require_admin()
    reason = _checked_reason(reason)
    package = await seen_package(session, viewer, package_id)
    if package.status is not PackageStatus.QUARANTINED:
        raise Conflict("The package is not quarantined.", path=("input", "packageId"))
    await package_life.mark(
        session,
        [package_id],
        status=PackageStatus.READY,
        released_at=utc_now(),
        release_reason=reason,
        updated_by_id=viewer.user_id,
    )
    await record(session, viewer, origin, EventType.PACKAGE_RELEASED, package, {"reason": reason})


async def seen_package(session: AsyncSession, viewer: Viewer, package_id: UUID) -> Package:
    """A package that the viewer sees, locked until the transaction ends. Raises NotFound."""
    package = await package_for_writing(session, viewer, package_id)
    if package is None:
        raise NotFound("There is no package with this id.", path=("input", "packageId"))
    return package


async def managed_package(session: AsyncSession, viewer: Viewer, package_id: UUID) -> Package:
    """A package that the viewer manages, locked. Raises Unauthenticated, NotFound and Forbidden."""
    viewer.require_writing()
    package = await seen_package(session, viewer, package_id)
    if not await package_rights.manages(session, viewer, package_id):
        raise Forbidden(
            "Only who published the package, or manages its organization, may do this.", path=("input", "packageId")
        )
    return package


async def record(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin | None,
    type: EventType,
    package: Package,
    payload: Mapping[str, Any],
) -> None:
    """Append an event about a package: its name and version, and what the payload adds."""
    await append(
        session,
        type,
        actor_id=viewer.user_id,
        entity_type="Package",
        entity_id=package.id,
        organization_id=package.organization_id,
        project_id=package.project_id,
        payload={"name": package.name, "version": package.version, **payload},
        origin=origin,
    )


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    problems = Problems()
    problems.check(bool(reason), "reason", "`reason` must not be empty: say why.")
    problems.text("reason", reason, longest=LONGEST_REASON)
    problems.raise_any()
    return reason
