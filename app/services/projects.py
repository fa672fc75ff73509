"""Projects of organizations, and who belongs to them."""

from uuid import UUID

from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories import organizations, users
from app.db.repositories.organizations import MANAGING_ROLES
from app.db.session import AsyncSession, IntegrityError
from app.db.tables import Organization, Project, ProjectMember
from app.enums import EventType, ProjectRole
from app.errors import Conflict, Forbidden, NotFound
from app.events.log import Origin, append
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.services.organizations import Labels, check_labels, managed


async def create_project(
    session: AsyncSession, viewer: Viewer, origin: Origin, organization_slug: str, slug: str, labels: Labels
) -> UUID:
    """Create a project; returns its id.

    Raises NotFound for an organization the viewer does not see, Forbidden for who does not manage it, InvalidInput with
    everything that is wrong, and Conflict for a slug that is taken.
    """
    organization = await managed(session, viewer, organization_slug)
    check_labels(labels, slug)
    if await organizations.project_slug_is_taken(session, organization.id, slug):
        raise _slug_taken(slug)
    project = Project(
        organization_id=organization.id,
        slug=slug,
        name=labels.name,
        description=labels.description,
        created_by_id=viewer.user_id,
        updated_by_id=viewer.user_id,
    )
    session.add(project)
    try:
        await session.flush()
    except IntegrityError:  # another transaction took it since
        raise _slug_taken(slug) from None
    await append(
        session,
        EventType.PROJECT_CREATED,
        actor_id=viewer.user_id,
        entity_type="Project",
        entity_id=project.id,
        organization_id=organization.id,
        project_id=project.id,
        payload={"slug": slug, "name": labels.name},
        origin=origin,
    )
    return project.id


async def add_project_member(
    session: AsyncSession, viewer: Viewer, origin: Origin, project_id: UUID, user_id: UUID, role: ProjectRole
) -> None:
    """Add a member of the organization to a project, or give one who is there another role.

    Raises NotFound for a project the viewer does not see and for no account, Forbidden for who does not manage the
    project, and Conflict for an outsider to the organization.
    """
    project = await _managed_project(session, viewer, project_id)
    if await users.user_for_writing(session, user_id) is None:
        raise NotFound("There is no user with this id.", path=("input", "userId"))
    await _require_insider(session, project, user_id)
    member = await organizations.project_member_for_writing(session, project.id, user_id)
    before = member.role if member is not None else None
    if member is None:
        session.add(ProjectMember(project_id=project.id, user_id=user_id, role=role))
    else:
        member.role = role
    await session.flush()
    await append(
        session,
        EventType.PROJECT_MEMBER_ADDED,
        actor_id=viewer.user_id,
        entity_type="Project",
        entity_id=project.id,
        organization_id=project.organization_id,
        project_id=project.id,
        payload={"userId": public_id("User", user_id), "role": role, "before": before},
        origin=origin,
    )


async def _managed_project(session: AsyncSession, viewer: Viewer, project_id: UUID) -> Project:
    """The project, its organization locked. Raises NotFound where it is invisible, else Forbidden."""
    viewer_id = viewer.require_account()
    project = await organizations.project_for_writing(session, viewer, project_id)
    if project is None:
        raise NotFound("There is no project with this id.", path=("input", "projectId"))
    await organizations.lock_organization(session, project.organization_id)
    own_role = await organizations.role_in_project(session, viewer_id, project.id)
    organization_role = await organizations.role_in(session, viewer_id, project.organization_id)
    if not (viewer.is_admin or own_role is ProjectRole.ADMIN or organization_role in MANAGING_ROLES):
        raise Forbidden("Only a project's admins may do this.", path=("input", "projectId"))
    return project


async def _require_insider(session: AsyncSession, project: Project, user_id: UUID) -> None:
    """Everybody belongs to the public organization. Raises Conflict for who does not belong to another one."""
    if await organizations.role_in(session, user_id, project.organization_id) is not None:
        return
    organization = await session.get_one(Organization, project.organization_id)
    if organization.slug != PUBLIC_SLUG:
        raise Conflict("This user is no member of the organization; add them there first.", path=("input", "userId"))


def _slug_taken(slug: str) -> Conflict:
    return Conflict(f"The organization has a project {slug} already; choose another slug.", path=("input", "slug"))
