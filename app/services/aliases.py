"""Aliases: names for versions of packages that people move, such as `production`. Every move is kept."""

import re
from uuid import UUID

from app.db.base import utc_now
from app.db.repositories import package_rights
from app.db.repositories.aliases import LATEST, current_alias
from app.db.repositories.organizations import lock_organization
from app.db.session import AsyncSession
from app.db.tables import Package, PackageAlias
from app.enums import EventType, PackageStatus
from app.errors import Conflict, Forbidden
from app.events.log import Origin
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.services.package_life import managed_package, record
from app.services.validation import Problems

ALIAS_RULE = re.compile(r"\A[a-z][a-z0-9._-]{0,63}\Z")


async def set_package_alias(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin,
    package_id: UUID,
    alias: str,
    is_protected: bool | None = None,
) -> UUID | None:
    """Put an alias on a package; returns the id of the one it stood on before, None for a new alias.

    `is_protected` says that from now on only who manages the organization may move it; None: as it is. Raises
    Unauthenticated, NotFound, Forbidden (the package is not the viewer's to manage, or the alias is protected),
    InvalidInput, and Conflict for a quarantined package.
    """
    package = await managed_package(session, viewer, package_id)
    _check_alias(alias)
    if package.status is not PackageStatus.READY:
        raise Conflict("An alias is for use, and the package is not ready for use.", path=("input", "packageId"))
    await lock_organization(session, package.organization_id)  # one at a time: an alias that is new has no row to lock
    current = await current_alias(session, package.organization_id, package.name, alias)
    was_protected = current is not None and current.is_protected
    is_protected = was_protected if is_protected is None else is_protected
    is_moved = current is None or current.package_id != package_id
    if not is_moved and is_protected == was_protected:
        return package_id
    if (was_protected or is_protected) and not await package_rights.manages_organization(session, viewer, package_id):
        raise Forbidden(
            "Only owners and admins of the package's organization and administrators protect aliases, and move and "
            "free protected ones.",
            path=("input", "isProtected" if is_protected != was_protected else "alias"),
        )
    previous_id = current.package_id if current is not None else None
    if current is not None and not is_moved:
        current.is_protected = is_protected
        await session.flush()
    else:
        await _move(session, viewer, package, alias, current, is_protected=is_protected)
    payload = {
        "alias": alias,
        "previousPackageId": public_id("Package", previous_id) if previous_id is not None else None,
        "isProtected": is_protected,
        "wasProtected": was_protected,
    }
    await record(session, viewer, origin, EventType.PACKAGE_ALIAS_MOVED, package, payload)
    return previous_id


async def _move(
    session: AsyncSession,
    viewer: Viewer,
    package: Package,
    alias: str,
    current: PackageAlias | None,
    *,
    is_protected: bool,
) -> None:
    """End the present position and begin the next at the same moment, which is never before the present one began."""
    moved_at = utc_now()
    if current is not None:
        moved_at = max(moved_at, current.moved_at)  # servers' clocks differ
        current.superseded_at = moved_at
        await session.flush()
    session.add(
        PackageAlias(
            organization_id=package.organization_id,
            name=package.name,
            alias=alias,
            package_id=package.id,
            is_protected=is_protected,
            moved_by_id=viewer.user_id,
            moved_at=moved_at,
        )
    )
    await session.flush()


def _check_alias(alias: str) -> None:
    problems = Problems()
    problems.check(
        bool(ALIAS_RULE.match(alias)),
        "alias",
        "`alias` has 1 to 64 lower-case letters, digits, dots, underscores and hyphens, and begins with a letter.",
    )
    problems.check(alias != LATEST, "alias", f"`{LATEST}` is on the newest version by itself.")
    problems.raise_any()
