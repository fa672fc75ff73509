"""From a credential to a viewer: is it genuine, still good, and has it calls left."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import credentials as credentials_repository
from app.db.session import Database
from app.db.tables import ApiKey, AuthToken
from app.enums import Permission
from app.errors import LimitExceeded, Unauthenticated
from app.events.log import HAS_APPENDED
from app.identity.attempts import PasswordAttempts
from app.identity.tokens import API_KEY_MARK, hash_api_key, token_id_of
from app.identity.viewer import ANONYMOUS, Credential, Viewer

LARGEST_LEASE = 50
LEASES_KEPT = 10_000
VIEWERS_KEPT = 10_000
VIEWER_SECONDS = 1.0


@dataclass(slots=True)
class _Lease:
    """Operations already charged in the database and not yet used by this process."""

    left: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Authenticator:
    """Checks credentials and charges their calls.

    A call is charged from a block leased in the database, so that not every request writes. Blocks shrink to one near
    the end of a budget, so that a budget is never overrun; what a crashed process had leased is lost.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._leases: OrderedDict[UUID, _Lease] = OrderedDict()
        self._viewers: dict[str, tuple[Viewer, float]] = {}  # replaced, not emptied, by each change
        database.on_commit.append(self._forget_viewers)
        self.password_attempts = PasswordAttempts(settings.sign_in_attempts, settings.sign_in_window_seconds)

    @property
    def anonymous(self) -> Viewer:
        """The viewer of a request without a credential."""
        return Viewer(reads_public=True) if self._settings.anonymous_read else ANONYMOUS

    async def viewer_of(self, credential: str) -> Viewer:
        """The viewer of a token or API key. Raises Unauthenticated for one that is no good (any more).

        What was found is good for a second: so long may another server's revocation take to be seen here. A change
        made by this server is seen at once.
        """
        now = time.monotonic()
        known = self._viewers.get(credential)
        if known is not None and now < known[1]:
            return known[0]
        viewers = self._viewers
        viewer = await self._checked(credential)
        # Where a change was committed meanwhile, what was read before it goes to the replaced one.
        if len(viewers) >= VIEWERS_KEPT:
            viewers.clear()
        viewers[credential] = (viewer, now + VIEWER_SECONDS)
        return viewer

    def _forget_viewers(self, session: AsyncSession) -> None:
        """After a commit that recorded a change, which may have been one of somebody's rights."""
        if session.info.get(HAS_APPENDED):
            self._viewers = {}

    async def _checked(self, credential: str) -> Viewer:
        is_key = credential.startswith(API_KEY_MARK)
        token_id = None if is_key else token_id_of(credential, self._settings.secret_keys)
        async with self._database.read() as connection:
            if token_id is not None:
                found = await credentials_repository.credentials_by_token(connection, token_id)
            else:
                found = await credentials_repository.credentials_by_api_key(connection, hash_api_key(credential))
        if found is None or found["revoked_at"] is not None or not found["is_active"]:
            raise Unauthenticated("This credential is no longer good; sign in again.")
        if _is_past(found["expires_at"]):
            raise Unauthenticated("This credential has expired; sign in again.")
        return _viewer(found, is_key)

    async def charge(self, viewer: Viewer, calls: int = 1) -> None:
        """Count operations against the viewer's credential. Raises LimitExceeded where its budget is used up."""
        credential = viewer.credential
        if credential is None:
            return
        lease = self._leases.get(credential.id)
        if lease is None:
            lease = self._leases[credential.id] = _Lease()
            if len(self._leases) > LEASES_KEPT:
                self._leases.popitem(last=False)
        async with lease.lock:
            if lease.left < calls:
                lease.left += await self._lease(credential, calls - lease.left)
            if lease.left < calls:
                raise LimitExceeded(
                    f"This credential has used up its {credential.call_limit} calls; sign in again for a new one."
                )
            lease.left -= calls

    def unused(self, credential: Credential) -> int:
        """Calls charged to a credential that this process has not used yet."""
        lease = self._leases.get(credential.id)
        return lease.left if lease is not None else 0

    async def _lease(self, credential: Credential, needed: int) -> int:
        table = ApiKey if credential.is_api_key else AuthToken
        async with self._database.write() as session:
            return await credentials_repository.lease_calls(
                session, table, credential.id, needed=needed, largest=LARGEST_LEASE
            )


def _is_past(moment: datetime | None) -> bool:
    return moment is not None and moment <= utc_now()


def _viewer(found: dict[str, Any], is_key: bool) -> Viewer:
    scopes = found["scopes"]
    rights = frozenset(right for right in Permission if found["is_admin"] or found[right.value])
    return Viewer(
        user_id=found["user_id"],
        username=found["username"],
        # A key acts as an administrator only where its scopes say so: they narrow the account's rights.
        is_admin=found["is_admin"] and (scopes is None or "ADMIN" in scopes),
        permissions=rights if scopes is None else frozenset(right for right in rights if right.name in scopes),
        credential=Credential(found["id"], is_key, found["call_limit"], found["expires_at"]),
    )
