"""Organizations, projects and memberships: who sees them, and their rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, delete, exists, false, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.initial_data import PUBLIC_SLUG
from app.db.page_readers import PageReader
from app.db.readers import RowReader
from app.db.tables import Organization, OrganizationMembership, Package, Project, ProjectMember
from app.enums import OrganizationRole, ProjectRole
from app.identity.viewer import Sight, Viewer

organizations = Organization.__table__
memberships = OrganizationMembership.__table__
projects = Project.__table__
project_members = ProjectMember.__table__

VIEWER_ID = bindparam("viewer_id", type_=Uuid())
MANAGING_ROLES = (OrganizationRole.OWNER, OrganizationRole.ADMIN)
PUBLISHING_ROLES = (*MANAGING_ROLES, OrganizationRole.MEMBER)


def viewers_organizations(*roles: OrganizationRole) -> Select[Any]:
    """The ids of the organizations that the viewer belongs to, in one of the roles where any are given."""
    found = select(memberships.c.organization_id).where(memberships.c.user_id == VIEWER_ID)
    return found.where(or_(*(memberships.c.role == role for role in roles))) if roles else found


def viewers_projects() -> Select[Any]:
    """The ids of the projects that the viewer is a member of."""
    return select(project_members.c.project_id).where(project_members.c.user_id == VIEWER_ID)


def organizations_visible_to(sight: Sight) -> ColumnElement[bool]:
    """`public` to everyone, others to their members and to administrators."""
    alive = organizations.c.deleted_at.is_(None)
    is_public = organizations.c.slug == PUBLIC_SLUG
    match sight:
        case Sight.ALL:
            return alive
        case Sight.MEMBER | Sight.OWN:
            return alive & (is_public | organizations.c.id.in_(viewers_organizations()))
        case Sight.PUBLIC:
            return alive & is_public
        case _:
            return false()


def projects_visible_to(sight: Sight) -> ColumnElement[bool]:
    """A project to its members, and to owners and admins of its organization."""
    alive = projects.c.deleted_at.is_(None)
    match sight:
        case Sight.ALL:
            return alive
        case Sight.MEMBER | Sight.OWN:
            return alive & or_(
                projects.c.id.in_(viewers_projects()),
                projects.c.organization_id.in_(viewers_organizations(*MANAGING_ROLES)),
            )
        case _:
            return false()


def members_visible_to(sight: Sight) -> ColumnElement[bool]:
    """Members are told to whoever reached the organization and is signed in."""
    return true() if sight in (Sight.ALL, Sight.MEMBER, Sight.OWN) else false()


_viewer_role = (
    select(memberships.c.role)
    .where(memberships.c.organization_id == organizations.c.id, memberships.c.user_id == VIEWER_ID)
    .correlate(organizations)
    .scalar_subquery()
)
ORGANIZATION_COLUMNS = {
    **{name: organizations.c[name] for name in ("id", "slug", "name", "description", "created_at", "updated_at")},
    "viewer_role": _viewer_role,
}
PROJECT_COLUMNS = {
    name: projects.c[name]
    for name in ("id", "slug", "name", "description", "organization_id", "created_at", "updated_at")
}

organizations_by_id = RowReader(
    organizations, organizations.c.id, columns=ORGANIZATION_COLUMNS, visible=organizations_visible_to
)
organizations_by_slug = RowReader(
    organizations, organizations.c.slug, columns=ORGANIZATION_COLUMNS, visible=organizations_visible_to
)
projects_by_id = RowReader(projects, projects.c.id, columns=PROJECT_COLUMNS, visible=projects_visible_to)

all_organizations = PageReader(
    organizations, columns=ORGANIZATION_COLUMNS, unique=organizations.c.id, visible=organizations_visible_to
)
organizations_by_member = PageReader(
    memberships.join(organizations, organizations.c.id == memberships.c.organization_id),
    columns=ORGANIZATION_COLUMNS,
    unique=memberships.c.id,
    owner=memberships.c.user_id,
    edge_columns={"role": memberships.c.role},
    visible=organizations_visible_to,
)
projects_by_organization = PageReader(
    projects,
    columns=PROJECT_COLUMNS,
    unique=projects.c.id,
    owner=projects.c.organization_id,
    visible=projects_visible_to,
)


async def organization_for_writing(
    session: AsyncSession, viewer: Viewer, slug: str, *, locked: bool = False
) -> Organization | None:
    """The organization of a slug, where the viewer may see it; `locked` as by `lock_organization`."""
    statement = select(Organization).where(Organization.slug == slug, organizations_visible_to(viewer.sight))
    if locked:
        statement = statement.with_for_update(of=Organization, key_share=True)
    return (await session.execute(statement, viewer.parameters)).scalar_one_or_none()


async def project_for_writing(session: AsyncSession, viewer: Viewer, project_id: UUID) -> Project | None:
    """The project of an id, where the viewer may see it."""
    statement = select(Project).where(Project.id == project_id, projects_visible_to(viewer.sight))
    return (await session.execute(statement, viewer.parameters)).scalar_one_or_none()


async def lock_organization(session: AsyncSession, organization_id: UUID) -> None:
    """Make whoever else changes the organization's members wait; others may refer to the row meanwhile."""
    wanted = select(organizations.c.id).where(organizations.c.id == organization_id)
    await session.execute(wanted.with_for_update(key_share=True))


async def membership_for_writing(
    session: AsyncSession, organization_id: UUID, user_id: UUID
) -> OrganizationMembership | None:
    """A user's membership in an organization."""
    found = await session.scalars(
        select(OrganizationMembership).where(
            OrganizationMembership.organization_id == organization_id, OrganizationMembership.user_id == user_id
        )
    )
    return found.one_or_none()


async def other_owners(session: AsyncSession, organization_id: UUID, user_id: UUID) -> int:
    """How many owners an organization would have without this one."""
    counted = await session.scalar(
        select(func.count()).where(
            memberships.c.organization_id == organization_id,
            memberships.c.role == OrganizationRole.OWNER,
            memberships.c.user_id != user_id,
        )
    )
    return counted or 0


async def slug_is_taken(session: AsyncSession, slug: str) -> bool:
    """Whether an organization has the slug, or had it when it was deleted."""
    return await session.scalar(select(organizations.c.id).where(organizations.c.slug == slug)) is not None


async def project_slug_is_taken(session: AsyncSession, organization_id: UUID, slug: str) -> bool:
    """Whether a project of the organization has the slug, or had it when it was deleted."""
    wanted = select(projects.c.id).where(projects.c.organization_id == organization_id, projects.c.slug == slug)
    return await session.scalar(wanted) is not None


async def holds_packages(session: AsyncSession, organization_id: UUID) -> bool:
    """Whether the organization has packages that are not deleted."""
    wanted = select(Package.id).where(Package.organization_id == organization_id, Package.deleted_at.is_(None))
    return await session.scalar(wanted.limit(1)) is not None


async def delete_projects(session: AsyncSession, organization_id: UUID, deleted_by_id: UUID | None) -> None:
    """Delete the organization's projects; the rows stay."""
    await session.execute(
        update(Project)
        .where(Project.organization_id == organization_id, Project.deleted_at.is_(None))
        .values(deleted_at=utc_now(), deleted_by_id=deleted_by_id)
    )


async def remove_from_projects(session: AsyncSession, organization_id: UUID, user_id: UUID) -> None:
    """End a user's memberships in the organization's projects."""
    own = select(projects.c.id).where(projects.c.organization_id == organization_id)
    await session.execute(
        delete(ProjectMember).where(ProjectMember.user_id == user_id, ProjectMember.project_id.in_(own))
    )


async def project_member_for_writing(session: AsyncSession, project_id: UUID, user_id: UUID) -> ProjectMember | None:
    """A user's membership in a project."""
    found = await session.scalars(
        select(ProjectMember).where(ProjectMember.project_id == project_id, ProjectMember.user_id == user_id)
    )
    return found.one_or_none()


async def role_in(session: AsyncSession, user_id: UUID, organization_id: UUID) -> OrganizationRole | None:
    """A user's role in an organization."""
    return await session.scalar(
        select(OrganizationMembership.role).where(
            OrganizationMembership.user_id == user_id, OrganizationMembership.organization_id == organization_id
        )
    )


async def role_in_project(session: AsyncSession, user_id: UUID, project_id: UUID) -> ProjectRole | None:
    """A user's own role in a project; managers of its organization have none there and need none."""
    return await session.scalar(
        select(ProjectMember.role).where(ProjectMember.user_id == user_id, ProjectMember.project_id == project_id)
    )


async def lock_organizations_of(session: AsyncSession, user_id: UUID) -> None:
    """Make whoever else changes the members of this user's organizations wait.

    Everybody locks organizations before accounts, and several in the order of their ids, so that no two can deadlock.
    """
    own = select(memberships.c.organization_id).where(memberships.c.user_id == user_id)
    wanted = select(organizations.c.id).where(organizations.c.id.in_(own)).order_by(organizations.c.id)
    await session.execute(wanted.with_for_update(key_share=True))


async def is_last_owner_somewhere(session: AsyncSession, user_id: UUID) -> str | None:
    """The slug of an organization that would be left without an owner by this user, if there is one."""
    other = memberships.alias("other")
    others = exists().where(
        other.c.organization_id == memberships.c.organization_id,
        other.c.role == OrganizationRole.OWNER,
        other.c.user_id != user_id,
    )
    slug: str | None = await session.scalar(
        select(func.min(organizations.c.slug))
        .select_from(memberships.join(organizations, organizations.c.id == memberships.c.organization_id))
        .where(
            memberships.c.user_id == user_id,
            memberships.c.role == OrganizationRole.OWNER,
            organizations.c.deleted_at.is_(None),
            ~others,
        )
    )
    return slug
