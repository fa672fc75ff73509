"""The demo's people: their accounts, the organization they work in, its projects, and who may do what there."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.db.tables import Organization, OrganizationMembership, Project, ProjectMember
from app.demo.package import (
    ACME,
    DATA_SCIENTIST,
    FRAUD_DETECTION,
    ML_ENGINEER,
    PRODUCT_RECOMMENDATIONS,
    TEST_USER,
)
from app.enums import OrganizationRole, Permission, ProjectRole
from app.events.log import Origin
from app.identity.viewer import Viewer
from app.services.users import DEFAULT_PERMISSIONS, NewUser, check_new_user, create_user


@dataclass(frozen=True)
class Person:
    """Somebody who gets an account; `role` is what the others are told of it."""

    username: str
    role: str
    publishes: bool = True

    @property
    def email(self) -> str:
        """An address that nobody has: example is reserved (RFC 2606)."""
        return f"{self.username}@{ACME}.example"


PEOPLE = (
    Person(DATA_SCIENTIST, f"owns {ACME}, publishes"),
    Person(ML_ENGINEER, f"member of {ACME}, publishes"),
    Person(TEST_USER, "member of nothing: sees what is public", publishes=False),
)


@dataclass(frozen=True)
class NewAccount:
    """An account to be created; its user is told the password."""

    person: Person
    user: NewUser
    hashed_password: str


@dataclass(frozen=True)
class Team:
    """The accounts as viewers, by username, and the projects' ids, by slug."""

    viewers: Mapping[str, Viewer]
    projects: Mapping[str, UUID]


async def new_accounts(admin: Viewer, settings: Settings) -> list[NewAccount]:
    """Everybody with a generated password. Hashing takes its time: never call it inside a transaction."""
    return list(await asyncio.gather(*(_new_account(admin, settings, person) for person in PEOPLE)))


async def _new_account(admin: Viewer, settings: Settings, person: Person) -> NewAccount:
    user = NewUser(
        username=person.username,
        email=person.email,
        password=secrets.token_urlsafe(12),
        permissions={Permission.UPLOAD: person.publishes},
    )
    return NewAccount(person, user, await check_new_user(admin, settings, user))


async def create_team(session: AsyncSession, admin: Viewer, origin: Origin, accounts: list[NewAccount]) -> Team:
    """Create the accounts and what they work in; raises Conflict where a name is taken."""
    viewers = {}
    for account in accounts:
        user_id = await create_user(session, admin, origin, account.user, account.hashed_password)
        permissions = DEFAULT_PERMISSIONS | ({Permission.UPLOAD} if account.person.publishes else set())
        viewers[account.user.username] = Viewer(user_id, account.user.username, permissions=permissions)
    return Team(viewers, await _create_organization(session, viewers))


async def _create_organization(session: AsyncSession, viewers: Mapping[str, Viewer]) -> dict[str, UUID]:
    owner, engineer = viewers[DATA_SCIENTIST].require_signed_in(), viewers[ML_ENGINEER].require_signed_in()
    acme = Organization(slug=ACME, name="Acme ML", created_by_id=owner)
    session.add(acme)
    await session.flush()
    for user_id, role in ((owner, OrganizationRole.OWNER), (engineer, OrganizationRole.MEMBER)):
        session.add(OrganizationMembership(organization_id=acme.id, user_id=user_id, role=role))
    fraud = Project(organization_id=acme.id, slug=FRAUD_DETECTION, name="Fraud Detection", created_by_id=owner)
    shop = Project(
        organization_id=acme.id, slug=PRODUCT_RECOMMENDATIONS, name="Product Recommendations", created_by_id=owner
    )
    session.add_all([fraud, shop])
    await session.flush()
    for project, project_role in ((fraud, ProjectRole.EDITOR), (shop, ProjectRole.ADMIN)):
        session.add(ProjectMember(project_id=project.id, user_id=engineer, role=project_role))
    await session.flush()
    return {project.slug: project.id for project in (fraud, shop)}
