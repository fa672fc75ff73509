"""The viewer: on whose behalf an operation runs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.enums import Permission
from app.errors import Forbidden, Unauthenticated


class Sight(StrEnum):
    """How far a viewer sees; each sight has its own, cached SQL."""

    NOTHING = "NOTHING"  # signed out, where nothing may be read anonymously
    PUBLIC = "PUBLIC"  # signed out, where PUBLIC packages may be read
    OWN = "OWN"  # signed in without the right to search: only what the account itself published
    MEMBER = "MEMBER"  # signed in: public things, and those of the viewer's organizations and projects
    ALL = "ALL"  # an administrator


@dataclass(frozen=True, slots=True)
class Credential:
    """What the viewer signed in with. A `call_limit` of 0 is none."""

    id: UUID
    is_api_key: bool
    call_limit: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """An account as it stood when its credential was checked, or nobody (`user_id` None)."""

    user_id: UUID | None = None
    username: str | None = None
    is_admin: bool = False
    permissions: frozenset[Permission] = frozenset()
    reads_public: bool = False
    credential: Credential | None = None

    @property
    def sight(self) -> Sight:
        """How far this viewer sees."""
        if self.user_id is None:
            return Sight.PUBLIC if self.reads_public else Sight.NOTHING
        if self.is_admin:
            return Sight.ALL
        return Sight.MEMBER if Permission.SEARCH in self.permissions else Sight.OWN

    @property
    def parameters(self) -> dict[str, Any]:
        """What the visibility conditions in SQL bind."""
        return {
            "viewer_id": self.user_id,
            "viewer_may_download": self.may(Permission.DOWNLOAD),
            "viewer_may_rate": self.may(Permission.RATE),
        }

    def may(self, permission: Permission) -> bool:
        """Whether the account has a right; an administrator has all."""
        return self.is_admin or permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Unauthenticated or Forbidden where the right is missing."""
        self.require_signed_in()
        if not self.may(permission):
            raise Forbidden(f"Your account lacks the permission {permission.value}; an administrator can grant it.")

    def require_signed_in(self) -> UUID:
        """The user's id. Raises Unauthenticated for nobody."""
        if self.user_id is None:
            raise Unauthenticated("Sign in first: send the token of signIn as `Authorization: Bearer <token>`.")
        return self.user_id

    def require_writing(self) -> UUID:
        """The user's id, for changes to what was published: a key that was made for reading changes nothing.

        Raises Unauthenticated for nobody and Forbidden for such a key.
        """
        user_id = self.require_signed_in()
        if self.credential is not None and self.credential.is_api_key:
            self.require(Permission.UPLOAD)
        return user_id

    def require_account(self) -> UUID:
        """The user's id, for changes to accounts and organizations, which are in no scope of an API key but ADMIN.

        Raises Unauthenticated for nobody and Forbidden for such a key.
        """
        user_id = self.require_signed_in()
        if self.credential is not None and self.credential.is_api_key and not self.is_admin:
            raise Forbidden("An API key may not do this; sign in with your password.")
        return user_id

    def require_admin(self) -> None:
        """Raise Unauthenticated or Forbidden for anyone but an administrator."""
        self.require_signed_in()
        if not self.is_admin:
            raise Forbidden("Only an administrator may do this.")


ANONYMOUS = Viewer()
