"""Changing one's password, and setting one for somebody who lost it."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from app.config import Settings
from app.db.repositories import users
from app.db.session import AsyncSession, Database
from app.enums import EventType
from app.errors import Conflict, NotFound
from app.events.log import Origin, append
from app.identity.attempts import PasswordAttempts
from app.identity.passwords import hash_password_async, verify_password_async
from app.identity.rules import password_problem
from app.identity.viewer import Viewer
from app.services.sessions import revoke_sessions
from app.services.validation import Problems

TEMPORARY_PASSWORD_BYTES = 15  # 120 bits: 20 characters


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A change that was checked: from the hash that the current password fits, to a new one."""

    old_hash: str | None
    new_hash: str


@dataclass(frozen=True, slots=True)
class TemporaryPassword:
    """A password made up for somebody, and its hash."""

    plain: str
    hashed: str


async def check_password_change(
    database: Database,
    settings: Settings,
    attempts: PasswordAttempts,
    viewer: Viewer,
    origin: Origin,
    current: str,
    new: str,
) -> PasswordChange:
    """Try the current password and judge the new one. Takes its time: never call it inside a transaction.

    Raises InvalidInput with everything that is wrong, and LimitExceeded after too many wrong passwords.
    """
    user_id = viewer.require_account()
    attempts.begin(str(user_id), origin.ip_address)
    async with database.read() as connection:
        found = await users.password_by_id(connection, user_id)
    old_hash = found[1] if found is not None else None
    is_right = await verify_password_async(current, old_hash, settings.password_hash_rounds)
    problems = Problems()
    problems.check(is_right, "currentPassword", "This is not your current password.")
    problem = password_problem(new, shortest=settings.password_min_length, names=(viewer.username or "",))
    if problem is not None:
        problems.add("newPassword", problem)
    problems.check(not is_right or new != current, "newPassword", "The new password must differ from the current one.")
    if is_right:
        attempts.succeeded(str(user_id), origin.ip_address)
    problems.raise_any()
    return PasswordChange(old_hash, await hash_password_async(new, settings.password_hash_rounds))


async def change_password(session: AsyncSession, viewer: Viewer, origin: Origin, change: PasswordChange) -> int:
    """Replace the viewer's own password and end all sign-ins but this one; returns how many ended.

    Raises Conflict where the password was changed since it was checked.
    """
    user_id = viewer.require_account()
    user = await users.user_for_writing(session, user_id)
    if user is None or user.hashed_password != change.old_hash:
        raise Conflict("The password was changed meanwhile; try again with the new one.")
    user.hashed_password = change.new_hash
    user.updated_by_id = user_id
    revoked = await revoke_sessions(session, user_id, but=viewer.credential.id if viewer.credential else None)
    await _record(session, viewer, origin, user_id, revoked)
    return revoked


async def make_temporary_password(viewer: Viewer, settings: Settings) -> TemporaryPassword:
    """A random password for somebody else. Takes its time: never call it inside a transaction."""
    viewer.require_admin()
    plain = secrets.token_urlsafe(TEMPORARY_PASSWORD_BYTES)
    return TemporaryPassword(plain, await hash_password_async(plain, settings.password_hash_rounds))


async def reset_password(
    session: AsyncSession, viewer: Viewer, origin: Origin, user_id: UUID, temporary: TemporaryPassword
) -> int:
    """Set a temporary password for an account and end all its sign-ins; returns how many ended.

    Raises Forbidden for who is no administrator and NotFound for an account that is not there.
    """
    viewer.require_admin()
    user = await users.user_for_writing(session, user_id)
    if user is None:
        raise NotFound("There is no user with this id.", path=("input", "userId"))
    user.hashed_password = temporary.hashed
    user.updated_by_id = viewer.user_id
    revoked = await revoke_sessions(session, user_id)
    await _record(session, viewer, origin, user_id, revoked)
    return revoked


async def _record(session: AsyncSession, viewer: Viewer, origin: Origin, user_id: UUID, revoked: int) -> None:
    await append(
        session,
        EventType.USER_PASSWORD_CHANGED,
        actor_id=viewer.user_id,
        entity_type="User",
        entity_id=user_id,
        payload={"revokedSessions": revoked},
        origin=origin,
    )
