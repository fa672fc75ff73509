"""What people may do in projects with the packages there."""

from app.db.repositories import organizations
from app.db.session import AsyncSession
from app.db.tables import Project
from app.enums import ProjectRole
from app.identity.viewer import Viewer

PUBLISHING_ROLES = (ProjectRole.ADMIN, ProjectRole.EDITOR)


async def may_publish_in(session: AsyncSession, viewer: Viewer, project: Project) -> bool:
    """Whether the viewer publishes in a project: its admins and editors do, and who manages its organization."""
    user_id = viewer.require_signed_in()
    if viewer.is_admin:
        return True
    if await organizations.role_in_project(session, user_id, project.id) in PUBLISHING_ROLES:
        return True
    return await organizations.role_in(session, user_id, project.organization_id) in organizations.MANAGING_ROLES
