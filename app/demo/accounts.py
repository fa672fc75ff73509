"""The demo's people: their accounts, the organization they work in, its projects, and who may do what there."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
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
from app.services.organizations import Labels, add_member, create_organization
from app.services.projects import add_project_member, create_project
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
_PROJECTS = {
    FRAUD_DETECTION: (Labels("Fraud Detection", "Finds fraudulent card payments."), ProjectRole.EDITOR),
    PRODUCT_RECOMMENDATIONS: (Labels("Product Recommendations", "Finds what goes with a product."), ProjectRole.ADMIN),
}


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
    """Create the accounts, their organization and its projects. Raises Conflict where a name is taken."""
    viewers = {}
    for account in accounts:
        user_id = await create_user(session, admin, origin, account.user, account.hashed_password)
        permissions = DEFAULT_PERMISSIONS | ({Permission.UPLOAD} if account.person.publishes else set())
        viewers[account.person.username] = Viewer(user_id, account.person.username, permissions=permissions)
    owner, engineer_id = viewers[DATA_SCIENTIST], viewers[ML_ENGINEER].require_signed_in()
    await create_organization(session, owner, origin, ACME, Labels("Acme ML", "Makes the models of a small shop."))
    await add_member(session, owner, origin, ACME, engineer_id, OrganizationRole.MEMBER)
    projects = {}
    for slug, (labels, engineers_role) in _PROJECTS.items():
        projects[slug] = await create_project(session, owner, origin, ACME, slug, labels)
        await add_project_member(session, owner, origin, projects[slug], engineer_id, engineers_role)
    return Team(viewers, projects)
