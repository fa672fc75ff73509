"""What the viewer may do with packages, told by the database so that lists cost one statement."""

from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, false, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.readers import RowReader
from app.db.repositories.organizations import MANAGING_ROLES, VIEWER_ID, viewers_organizations
from app.db.repositories.packages import packages, packages_visible_to
from app.enums import PackageStatus
from app.identity.viewer import Sight, Viewer


def may_delete(sight: Sight) -> ColumnElement[bool]:
    """Administrators, and owners and admins of the package's organization."""
    match sight:
        case Sight.ALL:
            return true()
        case Sight.MEMBER | Sight.OWN:
            return packages.c.organization_id.in_(viewers_organizations(*MANAGING_ROLES))
        case _:
            return false()


def may_manage(sight: Sight) -> ColumnElement[bool]:
    """Whoever may delete the package, and who uploaded it."""
    if sight in (Sight.MEMBER, Sight.OWN):
        return or_(packages.c.uploaded_by_id == VIEWER_ID, may_delete(sight))
    return may_delete(sight)


def _may_download(sight: Sight) -> ColumnElement[bool]:
    """The rule of `app.services.downloads`."""
    has_script = and_(packages.c.is_sensitive, packages.c.access_control_script.is_not(None))
    return and_(
        packages.c.status == PackageStatus.READY,
        bindparam("viewer_may_download", type_=Boolean()),
        or_(not_(has_script), may_manage(sight)),
    )


rights_by_package = RowReader(
    packages,
    packages.c.id,
    columns={
        "update": may_manage,
        "delete": may_delete,
        "manage": may_manage,
        "download": _may_download,
        "rate": lambda sight: bindparam("viewer_may_rate", type_=Boolean()),
    },
    visible=packages_visible_to,
)


async def manages(session: AsyncSession, viewer: Viewer, package_id: UUID) -> bool:
    """Whether the viewer manages a package."""
    statement = select(packages.c.id).where(packages.c.id == package_id, may_manage(viewer.sight))
    return (await session.execute(statement, viewer.parameters)).first() is not None


async def manages_organization(session: AsyncSession, viewer: Viewer, package_id: UUID) -> bool:
    """Whether the viewer manages the organization of a package, and may therefore delete it."""
    statement = select(packages.c.id).where(packages.c.id == package_id, may_delete(viewer.sight))
    return (await session.execute(statement, viewer.parameters)).first() is not None
