"""Accounts and what each may do."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.credentials import api_keys_by_user, sessions_by_user
from app.db.repositories.organizations import organizations_by_member
from app.db.repositories.users import permissions_by_user, users_by_id
from app.enums import UserKind
from schema.api_keys.types import ApiKeyConnection
from schema.core.connections import Connection, Edge, connection
from schema.core.nodes import FromRow, Node
from schema.core.relations import relation
from schema.sessions.types import SessionConnection

if TYPE_CHECKING:
    from schema.organizations.types import UserOrganizationConnection

UserOrganizationConnectionRef = Annotated["UserOrganizationConnection", strawberry.lazy("schema.organizations.types")]


@strawberry.type(description="What an account may do; an administrator may do everything.")
class UserPermissions(FromRow):
    """A row of permissions."""

    can_search: bool = strawberry.field(description="View and search.")
    can_upload: bool = strawberry.field(description="Publish packages.")
    can_download: bool = strawberry.field(description="Download packages.")
    can_rate: bool = strawberry.field(description="Rate packages.")


@strawberry.type(
    description="An account of a person or a program. A deleted one is nameless, and what it published stays."
)
class User(Node):
    """A row of users."""

    TAG = "usr"
    READER = users_by_id

    username: str | None = strawberry.field(description="The name it signs in by; null once it is deleted.")
    email: str | None = strawberry.field(
        description="The e-mail address; shown to the account itself and to administrators."
    )
    kind: UserKind = strawberry.field(description="Whether it belongs to a person or a program.")
    is_admin: bool = strawberry.field(description="Whether it is an administrator.")
    is_active: bool = strawberry.field(description="Whether it may sign in.")
    created_at: datetime = strawberry.field(description="When it was created.")
    permissions: UserPermissions | None = relation(
        permissions_by_user, description="What it may do; shown to the account itself and to administrators."
    )
    organizations: UserOrganizationConnectionRef = connection(
        organizations_by_member, description="The organizations it belongs to, of those the viewer sees."
    )
    api_keys: ApiKeyConnection = connection(
        api_keys_by_user,
        description="Its API keys, newest first; empty for all but the account itself and administrators.",
    )
    sessions: SessionConnection = connection(
        sessions_by_user,
        description="Its good sign-ins, newest first; empty for all but the account itself and administrators.",
    )


@strawberry.type(description="An account's place in its list.")
class UserEdge(Edge[User]):
    """An edge of `users`."""


@strawberry.type(description="One page of accounts.")
class UserConnection(Connection[User, UserEdge]):
    """The list of `users`."""
