"""Organizations: making, changing and deleting them, and who belongs to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.base import utc_now
from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories import organizations, users
from app.db.repositories.organizations import MANAGING_ROLES
from app.db.session import AsyncSession, IntegrityError
from app.db.tables import Organization, OrganizationMembership
from app.enums import EventType, OrganizationRole
from app.errors import Conflict, Forbidden, NotFound
from app.events.log import Origin, append
from app.identity.rules import slug_problem
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.services.validation import Problems

LONGEST_NAME = 200
LONGEST_DESCRIPTION = 10_000


@dataclass(frozen=True, slots=True)
class Labels:
    """What an organization or project is called; its slug never changes."""

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class LabelChanges:
    """New labels. A name of None stays as it is; a description only changes where that is said: None takes it away."""

    name: str | None = None
    description: str | None = None
    changes_description: bool = False


def check_labels(labels: Labels, slug: str | None = None) -> None:
    """Raise InvalidInput with everything that is wrong."""
    problems = Problems()
    problem = slug_problem(slug) if slug is not None else None
    if problem is not None:
        problems.add("slug", problem)
    problems.check(bool(labels.name.strip()), "name", "`name` must not be empty.")
    problems.text("name", labels.name, longest=LONGEST_NAME)
    problems.text("description", labels.description, longest=LONGEST_DESCRIPTION)
    problems.raise_any()


async def create_organization(session: AsyncSession, viewer: Viewer, origin: Origin, slug: str, labels: Labels) -> UUID:
    """Create an organization, owned by the viewer; returns its id.

    Raises InvalidInput with everything that is wrong, and Conflict for a slug that is taken.
    """
    user_id = viewer.require_account()
    check_labels(labels, slug)
    if await organizations.slug_is_taken(session, slug):
        raise _slug_taken(slug)
    organization = Organization(
        slug=slug, name=labels.name, description=labels.description, created_by_id=user_id, updated_by_id=user_id
    )
    session.add(organization)
    try:
        await session.flush()
    except IntegrityError:  # another transaction took it since
        raise _slug_taken(slug) from None
    session.add(OrganizationMembership(organization_id=organization.id, user_id=user_id, role=OrganizationRole.OWNER))
    await session.flush()
    await _record(
        session, viewer, origin, EventType.ORGANIZATION_CREATED, organization, {"slug": slug, "name": labels.name}
    )
    return organization.id


async def update_organization(
    session: AsyncSession, viewer: Viewer, origin: Origin, slug: str, changes: LabelChanges
) -> UUID:
    """Change what an organization is called; returns its id.

    Raises NotFound for one the viewer does not see, Forbidden for who does not manage it, and InvalidInput.
    """
    organization = await managed(session, viewer, slug)
    labels = Labels(
        changes.name if changes.name is not None else organization.name,
        changes.description if changes.changes_description else organization.description,
    )
    check_labels(labels)
    payload = {
        "name": labels.name,
        "nameBefore": organization.name,
        "descriptionChanged": labels.description != organization.description,
    }
    organization.name, organization.description = labels.name, labels.description
    organization.updated_by_id = viewer.user_id
    await session.flush()
    await _record(session, viewer, origin, EventType.ORGANIZATION_UPDATED, organization, payload)
    return organization.id


async def delete_organization(session: AsyncSession, viewer: Viewer, origin: Origin, slug: str) -> UUID:
    """Delete an organization that holds no packages, and its projects with it; returns its id.

    Raises NotFound for one the viewer does not see, Forbidden for who does not own it, and Conflict for the public one
    and for one that holds packages.
    """
    organization = await managed(session, viewer, slug, as_owner=True)
    if organization.slug == PUBLIC_SLUG:
        raise Conflict("The public organization always exists.", path=("input", "organization"))
    if await organizations.holds_packages(session, organization.id):
        raise Conflict("The organization holds packages; delete them first.", path=("input", "organization"))
    await organizations.delete_projects(session, organization.id, viewer.user_id)
    organization.deleted_at = utc_now()
    organization.deleted_by_id = organization.updated_by_id = viewer.user_id
    await session.flush()
    await _record(session, viewer, origin, EventType.ORGANIZATION_DELETED, organization, {"slug": slug})
    return organization.id


async def add_member(
    session: AsyncSession, viewer: Viewer, origin: Origin, slug: str, user_id: UUID, role: OrganizationRole
) -> UUID:
    """Add an account to an organization; returns the organization's id.

    Raises NotFound, Forbidden for who does not manage it (for an owner: own it), and Conflict for who is a member.
    """
    organization = await managed(session, viewer, slug, as_owner=role is OrganizationRole.OWNER)
    if await users.user_for_writing(session, user_id) is None:
        raise NotFound("There is no user with this id.", path=("input", "userId"))
    if await organizations.membership_for_writing(session, organization.id, user_id) is not None:
        raise Conflict("This user is a member already; use changeOrganizationRole.", path=("input", "userId"))
    session.add(OrganizationMembership(organization_id=organization.id, user_id=user_id, role=role))
    await session.flush()
    payload = {"userId": public_id("User", user_id), "role": role}
    await _record(session, viewer, origin, EventType.ORGANIZATION_MEMBER_ADDED, organization, payload)
    return organization.id


async def change_role(
    session: AsyncSession, viewer: Viewer, origin: Origin, slug: str, user_id: UUID, role: OrganizationRole
) -> UUID:
    """Give a member another role; returns the organization's id.

    Raises NotFound, Forbidden for who does not manage it (to make or unmake an owner: own it), and Conflict for its
    last owner.
    """
    organization = await managed(session, viewer, slug, as_owner=role is OrganizationRole.OWNER)
    membership = await _membership(session, viewer, organization, user_id)
    before = membership.role
    if role is not OrganizationRole.OWNER:
        await _keep_an_owner(session, membership)
    membership.role = role
    await session.flush()
    payload = {"userId": public_id("User", user_id), "role": role, "before": before}
    await _record(session, viewer, origin, EventType.ORGANIZATION_ROLE_CHANGED, organization, payload)
    return organization.id


async def remove_member(session: AsyncSession, viewer: Viewer, origin: Origin, slug: str, user_id: UUID) -> UUID:
    """Remove a member, from the organization's projects too; anybody may leave. Returns the organization's id.

    Raises NotFound, Forbidden for who does not manage it (to remove an owner: own it), and Conflict for its last owner.
    """
    if viewer.require_account() == user_id:
        organization = await _seen(session, viewer, slug)
    else:
        organization = await managed(session, viewer, slug)
    membership = await _membership(session, viewer, organization, user_id)
    await _keep_an_owner(session, membership)
    await session.delete(membership)
    await organizations.remove_from_projects(session, organization.id, user_id)
    await session.flush()
    payload = {"userId": public_id("User", user_id), "role": membership.role}
    await _record(session, viewer, origin, EventType.ORGANIZATION_MEMBER_REMOVED, organization, payload)
    return organization.id


async def managed(session: AsyncSession, viewer: Viewer, slug: str, *, as_owner: bool = False) -> Organization:
    """The organization, locked, where the viewer manages it. Raises NotFound where it is invisible, else Forbidden."""
    user_id = viewer.require_account()
    organization = await _seen(session, viewer, slug)
    role = await organizations.role_in(session, user_id, organization.id)
    wanted = (OrganizationRole.OWNER,) if as_owner else MANAGING_ROLES
    if not viewer.is_admin and role not in wanted:
        raise Forbidden(
            f"Only an organization's {'owners' if as_owner else 'owners and admins'} may do this.",
            path=("input", "organization"),
        )
    return organization


async def _seen(session: AsyncSession, viewer: Viewer, slug: str) -> Organization:
    """The organization, locked: its members do not change meanwhile. Raises NotFound where it is invisible."""
    organization = None
    if slug_problem(slug) is None:
        organization = await organizations.organization_for_writing(session, viewer, slug, locked=True)
    if organization is None:
        raise NotFound("There is no organization with this slug.", path=("input", "organization"))
    return organization


async def _membership(
    session: AsyncSession, viewer: Viewer, organization: Organization, user_id: UUID
) -> OrganizationMembership:
    """The member's row. Raises NotFound, and Forbidden for an owner's where the viewer is none."""
    membership = await organizations.membership_for_writing(session, organization.id, user_id)
    if membership is None:
        raise NotFound("This user is no member of the organization.", path=("input", "userId"))
    if membership.role is OrganizationRole.OWNER and not viewer.is_admin:
        own_role = await organizations.role_in(session, viewer.require_signed_in(), organization.id)
        if own_role is not OrganizationRole.OWNER:
            raise Forbidden("Only an organization's owners decide about its owners.", path=("input", "userId"))
    return membership


async def _keep_an_owner(session: AsyncSession, membership: OrganizationMembership) -> None:
    is_owner = membership.role is OrganizationRole.OWNER
    if is_owner and not await organizations.other_owners(session, membership.organization_id, membership.user_id):
        raise Conflict("An organization keeps at least one owner; name another one first.", path=("input", "userId"))


def _slug_taken(slug: str) -> Conflict:
    return Conflict(f"The slug {slug} is taken; choose another.", path=("input", "slug"))


async def _record(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin,
    type: EventType,
    organization: Organization,
    payload: Mapping[str, Any],
) -> None:
    await append(
        session,
        type,
        actor_id=viewer.user_id,
        entity_type="Organization",
        entity_id=organization.id,
        organization_id=organization.id,
        payload=payload,
        origin=origin,
    )
