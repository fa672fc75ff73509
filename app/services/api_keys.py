"""API keys: credentials for programs, narrower than the account they act for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db.base import utc_now
from app.db.repositories import credentials
from app.db.session import AsyncSession
from app.db.tables import ApiKey
from app.enums import ApiKeyScope, EventType
from app.errors import Forbidden, NotFound
from app.events.log import Origin, append
from app.identity.tokens import new_api_key
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.services.validation import Problems

LONGEST_NAME = 100
LARGEST_CALL_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key to be made. A `call_limit` of 0 is none; without `expires_at` it lasts until it is revoked."""

    name: str
    scopes: Sequence[ApiKeyScope]
    expires_at: datetime | None = None
    call_limit: int = 0


async def create_api_key(session: AsyncSession, viewer: Viewer, origin: Origin, new: NewApiKey) -> tuple[UUID, str]:
    """Make a key for the viewer's own account; returns its id and its secret, which is not stored.

    Raises Forbidden for who signed in by a key, and InvalidInput with everything that is wrong.
    """
    user_id = viewer.require_signed_in()
    if viewer.credential is not None and viewer.credential.is_api_key:
        raise Forbidden("An API key may not make API keys; sign in with your password.")
    _check(viewer, new)
    secret, prefix, hashed_secret = new_api_key()
    key = ApiKey(
        user_id=user_id,
        name=new.name.strip(),
        prefix=prefix,
        hashed_secret=hashed_secret,
        scopes=list(dict.fromkeys(new.scopes)),
        call_limit=new.call_limit,
        expires_at=new.expires_at,
    )
    session.add(key)
    await session.flush()
    await _record(session, viewer, origin, EventType.API_KEY_CREATED, key)
    return key.id, secret


async def revoke_api_key(session: AsyncSession, viewer: Viewer, origin: Origin, key_id: UUID) -> None:
    """Revoke a key of one's own, or as an administrator anyone's; a key that is revoked stays so.

    A key may revoke itself, and no other. Raises NotFound for a key the viewer does not see, and Forbidden.
    """
    viewer.require_signed_in()
    if viewer.credential is not None and viewer.credential.id != key_id:
        viewer.require_account()
    key = await credentials.api_key_for_writing(session, viewer, key_id)
    if key is None:
        raise NotFound("There is no API key with this id.", path=("input", "apiKeyId"))
    if key.revoked_at is None:
        key.revoked_at = utc_now()
        await session.flush()
        await _record(session, viewer, origin, EventType.API_KEY_REVOKED, key)


def _check(viewer: Viewer, new: NewApiKey) -> None:
    problems = Problems()
    problems.check(bool(new.name.strip()), "name", "Say what the key is for.")
    problems.text("name", new.name, longest=LONGEST_NAME)
    problems.check(bool(new.scopes), "scopes", "A key needs at least one scope.")
    problems.check(
        viewer.is_admin or ApiKeyScope.ADMIN not in new.scopes, "scopes", "Only an administrator's key may be ADMIN."
    )
    problems.check(
        new.expires_at is None or new.expires_at > utc_now(), "expiresAt", "A key must expire in the future, or never."
    )
    problems.check(
        0 <= new.call_limit <= LARGEST_CALL_LIMIT, "callLimit", f"`callLimit` must be from 0 to {LARGEST_CALL_LIMIT}."
    )
    problems.raise_any()


async def _record(session: AsyncSession, viewer: Viewer, origin: Origin, type: EventType, key: ApiKey) -> None:
    await append(
        session,
        type,
        actor_id=viewer.user_id,
        entity_type="ApiKey",
        entity_id=key.id,
        payload={"prefix": key.prefix, "scopes": key.scopes, "userId": public_id("User", key.user_id)},
        origin=origin,
    )
