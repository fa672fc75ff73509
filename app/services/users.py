"""Accounts: creating, changing and deleting them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import organizations, users
from app.db.session import AsyncSession, Database, IntegrityError
from app.db.tables import User, UserPermission
from app.enums import EventType, Permission, UserKind
from app.errors import Conflict, NotFound
from app.events.log import Origin, append
from app.identity.passwords import hash_password_async
from app.identity.rules import email_problem, password_problem, username_problem
from app.identity.viewer import ANONYMOUS, Viewer
from app.services.sessions import revoke_sessions
from app.services.validation import Problems

DEFAULT_PERMISSIONS = frozenset({Permission.SEARCH, Permission.DOWNLOAD, Permission.RATE})


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to be created; permissions that are not named are the default ones."""

    username: str
    email: str
    password: str
    permissions: Mapping[Permission, bool] = field(default_factory=dict)
    is_admin: bool = False
    kind: UserKind = UserKind.PERSON


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What is to be changed about an account; None: left as it is."""

    email: str | None = None
    is_active: bool | None = None
    is_admin: bool | None = None


async def check_new_user(viewer: Viewer, settings: Settings, new: NewUser) -> str:
    """Judge an account to be created and hash its password. Takes its time: never call it inside a transaction.

    Raises Forbidden for who is no administrator, and InvalidInput with everything that is wrong.
    """
    viewer.require_admin()
    return await _checked_and_hashed(settings, new)


async def create_account(database: Database, settings: Settings, new: NewUser) -> UUID:
    """Create an account for whoever runs the server, who needs no account for that; returns its id.

    Raises InvalidInput with everything that is wrong, and Conflict for a taken name.
    """
    hashed_password = await _checked_and_hashed(settings, new)
    async with database.write() as session:
        return await _create(session, ANONYMOUS, Origin(None, None), new, hashed_password)


async def _checked_and_hashed(settings: Settings, new: NewUser) -> str:
    problems = Problems()
    for field_name, problem in (
        ("username", username_problem(new.username)),
        ("email", email_problem(new.email)),
        (
            "password",
            password_problem(new.password, shortest=settings.password_min_length, names=(new.username, new.email)),
        ),
    ):
        if problem is not None:
            problems.add(field_name, problem)
    problems.raise_any()
    return await hash_password_async(new.password, settings.password_hash_rounds)


async def create_user(
    session: AsyncSession, viewer: Viewer, origin: Origin, new: NewUser, hashed_password: str
) -> UUID:
    """Create an account that `check_new_user` passed; returns its id.

    Raises Forbidden for who is no administrator, and Conflict for a taken name.
    """
    viewer.require_admin()
    return await _create(session, viewer, origin, new, hashed_password)


async def _create(session: AsyncSession, viewer: Viewer, origin: Origin, new: NewUser, hashed_password: str) -> UUID:
    await _refuse_taken_names(session, new.username, new.email)
    user = User(
        username=new.username,
        email=new.email,
        hashed_password=hashed_password,
        is_admin=new.is_admin,
        kind=new.kind,
        created_by_id=viewer.user_id,
        updated_by_id=viewer.user_id,
    )
    session.add(user)
    await _flush_names(session)
    rights = {right: new.permissions.get(right, right in DEFAULT_PERMISSIONS) for right in Permission}
    session.add(UserPermission(user_id=user.id, **{right.value: granted for right, granted in rights.items()}))
    await session.flush()
    await _record(
        session,
        viewer,
        origin,
        EventType.USER_CREATED,
        user.id,
        {"kind": new.kind, "isAdmin": new.is_admin, "permissions": [right.name for right in rights if rights[right]]},
    )
    return user.id


async def set_user_permissions(
    session: AsyncSession, viewer: Viewer, origin: Origin, user_id: UUID, wanted: Mapping[Permission, bool]
) -> None:
    """Grant or take away the rights that are named. Raises Forbidden for who is no administrator, and NotFound."""
    viewer.require_admin()
    user = await _user(session, user_id)
    rights = await users.permissions_for_writing(session, user.id)
    if rights is None:
        rights = UserPermission(user_id=user.id)
        session.add(rights)
    for right, granted in wanted.items():
        setattr(rights, right.value, granted)
    user.updated_by_id = viewer.user_id
    await session.flush()
    changed = {right.name: granted for right, granted in wanted.items()}
    await _record(session, viewer, origin, EventType.USER_PERMISSIONS_CHANGED, user.id, {"permissions": changed})


async def update_user(
    session: AsyncSession, viewer: Viewer, origin: Origin, user_id: UUID, changes: UserChanges
) -> None:
    """Change an account; deactivating it ends its sign-ins.

    Raises Forbidden for who is no administrator, NotFound, InvalidInput for a bad address, Conflict for a taken one
    and for the last active administrator.
    """
    viewer.require_admin()
    problems = Problems()
    problem = email_problem(changes.email) if changes.email is not None else None
    if problem is not None:
        problems.add("email", problem)
    problems.raise_any()
    await users.lock_administrators(session)
    user = await _user(session, user_id)
    if changes.is_active is False or changes.is_admin is False:
        await _keep_an_administrator(session, user, "deactivated" if changes.is_active is False else "demoted")
    if changes.email is not None and changes.email.lower() != (user.email or "").lower():
        await _refuse_taken_names(session, None, changes.email)
    changed = {
        name: value
        for name, value in (("email", changes.email), ("is_active", changes.is_active), ("is_admin", changes.is_admin))
        if value is not None and value != getattr(user, name)
    }
    for name, value in changed.items():
        setattr(user, name, value)
    user.updated_by_id = viewer.user_id
    await _flush_names(session)
    if changes.is_active is False:
        await revoke_sessions(session, user.id)
    shown = {"isActive": changed.get("is_active"), "isAdmin": changed.get("is_admin")}
    payload = {name: value for name, value in shown.items() if value is not None}
    payload |= {"emailChanged": True} if "email" in changed else {}
    await _record(session, viewer, origin, EventType.USER_UPDATED, user.id, payload)


async def delete_user(session: AsyncSession, viewer: Viewer, origin: Origin, user_id: UUID) -> None:
    """Delete one's own account, or as an administrator anyone's: a nameless row stays, with what it published.

    Raises Forbidden for another's account, NotFound, and Conflict for the last active administrator and for the last
    owner of an organization.
    """
    if viewer.require_account() != user_id:
        viewer.require_admin()
    await organizations.lock_organizations_of(session, user_id)
    await users.lock_administrators(session)
    user = await _user(session, user_id)
    await _keep_an_administrator(session, user, "deleted")
    slug = await organizations.is_last_owner_somewhere(session, user_id)
    if slug is not None:
        raise Conflict(
            f"This account is the last owner of the organization {slug}; make somebody else its owner first.",
            path=("input", "userId"),
        )
    await users.remove_credentials(session, user_id)
    user.username = user.email = user.hashed_password = None
    user.is_admin = user.is_active = False
    user.deleted_at = utc_now()
    user.deleted_by_id = user.updated_by_id = viewer.user_id
    await session.flush()
    await _record(session, viewer, origin, EventType.USER_DELETED, user.id, {})


async def _user(session: AsyncSession, user_id: UUID) -> User:
    user = await users.user_for_writing(session, user_id)
    if user is None:
        raise NotFound("There is no user with this id.", path=("input", "userId"))
    return user


async def _keep_an_administrator(session: AsyncSession, user: User, change: str) -> None:
    if user.is_admin and user.is_active and not await users.other_active_administrators(session, user.id):
        raise Conflict(
            f"The last active administrator cannot be {change}; make somebody else one first.",
            path=("input", "userId"),
        )


async def _refuse_taken_names(session: AsyncSession, username: str | None, email: str | None) -> None:
    username_taken, email_taken = await users.taken_names(session, username, email)
    if username_taken:
        raise Conflict(f"The username {username} is taken; choose another.", path=("input", "username"))
    if email_taken:
        raise _email_taken()


async def _flush_names(session: AsyncSession) -> None:
    """Write what is pending. Raises Conflict where another transaction took the name since it was looked for."""
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_users_email" in str(error.orig):
            raise _email_taken() from None
        if "uq_users_username" in str(error.orig):
            raise Conflict("This username is taken; choose another.", path=("input", "username")) from None
        raise


def _email_taken() -> Conflict:
    return Conflict("Another account has this e-mail address; choose another.", path=("input", "email"))


async def _record(
    session: AsyncSession, viewer: Viewer, origin: Origin, type: EventType, user_id: UUID, payload: Mapping[str, Any]
) -> None:
    await append(
        session,
        type,
        actor_id=viewer.user_id,
        entity_type="User",
        entity_id=user_id,
        payload=payload,
        origin=origin,
    )
