"""Sign-ins, and what the credential in use may still do."""

from datetime import datetime

import strawberry

from app.db.repositories.credentials import sessions_by_id
from schema.core.connections import Connection, Edge
from schema.core.nodes import Node


@strawberry.type(description="A sign-in that is still good; shown to its own account and to administrators.")
class Session(Node):
    """A row of auth_tokens."""

    TAG = "ses"
    READER = sessions_by_id

    issued_at: datetime = strawberry.field(description="When the account signed in.")
    expires_at: datetime = strawberry.field(description="When the token stops working.")
    revoked_at: datetime | None = strawberry.field(description="When the token was revoked, if it was.")
    last_used_at: datetime | None = strawberry.field(description="When calls were last charged to the token.")
    ip_address: str | None = strawberry.field(description="The address that signed in.")
    user_agent: str | None = strawberry.field(description="The program that signed in.")
    calls_used: int = strawberry.field(description="Operations charged so far, those reserved for soon included.")
    call_limit: int = strawberry.field(description="Operations the token may make in all; 0: no limit.")


@strawberry.type(description="A sign-in's place in its list.")
class SessionEdge(Edge[Session]):
    """An edge of `sessions`."""


@strawberry.type(description="One page of sign-ins.")
class SessionConnection(Connection[Session, SessionEdge]):
    """The list of `sessions`."""


@strawberry.type(description="The budget of the credential in use.")
class RateLimit:
    """Read from the credential's row and from what this process has leased of it."""

    limit: int | None = strawberry.field(description="Operations the credential may make in all; null: no limit.")
    used: int = strawberry.field(description="Operations made so far, this one included.")
    remaining: int | None = strawberry.field(description="Operations left; null: no limit.")
    reset_at: datetime | None = strawberry.field(
        description="When the credential expires: the next one has a budget of its own. Null: never."
    )
    cost: int = strawberry.field(description="The estimated cost of this operation, in objects.")
