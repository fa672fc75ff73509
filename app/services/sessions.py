"""Signing in and out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import credentials, users
from app.db.repositories.events import UNKNOWN_ENTITY
from app.db.session import AsyncSession, Database
from app.db.tables import AuthToken
from app.enums import EventType
from app.errors import Forbidden, Unauthenticated
from app.events.log import MAX_USER_AGENT_LENGTH, Origin, append
from app.identity.attempts import PasswordAttempts
from app.identity.passwords import hash_password_async, needs_rehash, verify_password_async
from app.identity.tokens import issue_token
from app.identity.viewer import Viewer
from app.public_ids import public_id

LONGEST_NAME = 254
WRONG = "There is no such account, or its password is another one."


@dataclass(frozen=True, slots=True)
class CheckedPassword:
    """What came of trying a name and a password: the account of the name, and its hash where the password is right.

    `renewed_hash` is to replace a hash that was made with other work than is asked for today.
    """

    user_id: UUID | None
    verified_hash: str | None = None
    renewed_hash: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new sign-in. `calls_remaining` is None where there is no limit."""

    token: str
    expires_at: datetime
    calls_remaining: int | None


async def check_password(
    database: Database, settings: Settings, attempts: PasswordAttempts, origin: Origin, name: str, password: str
) -> CheckedPassword:
    """Try a username or e-mail address with a password. Takes its time: never call it inside a transaction.

    An unknown name takes as long as a known one. Raises LimitExceeded after too many wrong passwords.
    """
    found = None
    if 0 < len(name) <= LONGEST_NAME and name.isascii() and name.isprintable():
        async with database.read() as connection:
            found = await users.password_by_name(connection, name)
    user_id, hashed = found or (None, None)
    account = str(user_id or name[:LONGEST_NAME].lower())
    attempts.begin(account, origin.ip_address)
    rounds = settings.password_hash_rounds
    if not await verify_password_async(password, hashed, rounds) or hashed is None:
        return CheckedPassword(user_id)
    attempts.succeeded(account, origin.ip_address)
    renewed = await hash_password_async(password, rounds) if needs_rehash(hashed, rounds) else None
    return CheckedPassword(user_id, hashed, renewed)


async def sign_in(
    session: AsyncSession, settings: Settings, origin: Origin, checked: CheckedPassword
) -> SignedIn | Unauthenticated:
    """Issue a token for a right password; a wrong one is recorded and the refusal returned, to be committed."""
    user = await users.user_for_writing(session, checked.user_id) if checked.user_id is not None else None
    # The hash may have changed since it was verified: then the password was right, and is not any more.
    if user is None or checked.verified_hash is None or user.hashed_password != checked.verified_hash:
        await _record_failure(session, origin, checked.user_id, "wrong password" if user else "unknown account")
        return Unauthenticated(WRONG, path=("input", "password"))
    if not user.is_active:
        await _record_failure(session, origin, user.id, "deactivated account")
        return Unauthenticated("This account is deactivated; an administrator can activate it again.")
    if checked.renewed_hash is not None:
        user.hashed_password = checked.renewed_hash
    token = AuthToken(
        user_id=user.id,
        expires_at=(utc_now() + timedelta(days=settings.token_days)).replace(microsecond=0),
        call_limit=settings.token_call_limit,
        ip_address=origin.ip_address,
        user_agent=origin.user_agent[:MAX_USER_AGENT_LENGTH] if origin.user_agent else None,
    )
    session.add(token)
    await session.flush()
    await append(
        session,
        EventType.USER_SIGNED_IN,
        actor_id=user.id,
        entity_type="User",
        entity_id=user.id,
        payload={"sessionId": public_id("Session", token.id)},
        origin=origin,
    )
    return SignedIn(
        issue_token(token.id, user.id, token.expires_at, settings.secret_keys),
        token.expires_at,
        token.call_limit or None,
    )


async def sign_out(session: AsyncSession, viewer: Viewer, origin: Origin) -> None:
    """Revoke the token that the viewer signed in with. Raises Unauthenticated, and Forbidden for an API key."""
    user_id = viewer.require_signed_in()
    if viewer.credential is None or viewer.credential.is_api_key:
        raise Forbidden("An API key is not signed out of; revoke it with revokeApiKey.")
    token = await credentials.session_for_writing(session, viewer.credential.id)
    if token is None or token.revoked_at is not None:
        raise Unauthenticated("This sign-in has ended already.")
    token.revoked_at = utc_now()
    await append(
        session,
        EventType.USER_SIGNED_OUT,
        actor_id=user_id,
        entity_type="User",
        entity_id=user_id,
        payload={"sessionId": public_id("Session", token.id)},
        origin=origin,
    )


async def revoke_sessions(session: AsyncSession, user_id: UUID, *, but: UUID | None = None) -> int:
    """Revoke the account's sign-ins that are still good, all `but` one; returns how many."""
    tokens = [token for token in await credentials.live_tokens(session, user_id) if token.id != but]
    for token in tokens:
        token.revoked_at = utc_now()
    return len(tokens)


async def _record_failure(session: AsyncSession, origin: Origin, user_id: UUID | None, reason: str) -> None:
    # A name that is no account's is not written down: people type passwords there.
    await append(
        session,
        EventType.USER_SIGN_IN_FAILED,
        actor_id=None,
        entity_type="User",
        entity_id=user_id or UNKNOWN_ENTITY,
        payload={"reason": reason},
        origin=origin,
    )
