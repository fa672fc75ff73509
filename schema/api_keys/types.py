"""API keys."""

from datetime import datetime

import strawberry

from app.db.repositories.credentials import api_keys_by_id
from app.enums import ApiKeyScope
from schema.core.connections import Connection, Edge
from schema.core.nodes import Node


@strawberry.type(description="A credential for a program; shown to its own account and to administrators.")
class ApiKey(Node):
    """A row of api_keys."""

    TAG = "key"
    READER = api_keys_by_id

    name: str = strawberry.field(description="What the key is for.")
    prefix: str = strawberry.field(description="The secret's beginning, to recognize it by.")
    scopes: list[ApiKeyScope] = strawberry.field(description="What the key may do of what its account may.")
    call_limit: int = strawberry.field(description="Operations the key may make in all; 0: no limit.")
    calls_used: int = strawberry.field(description="Operations charged so far, those reserved for soon included.")
    expires_at: datetime | None = strawberry.field(description="When the key stops working; null: never.")
    last_used_at: datetime | None = strawberry.field(description="When calls were last charged to the key.")
    revoked_at: datetime | None = strawberry.field(description="When the key was revoked, if it was.")
    created_at: datetime = strawberry.field(description="When the key was made.")


@strawberry.type(description="A key's place in its list.")
class ApiKeyEdge(Edge[ApiKey]):
    """An edge of `apiKeys`."""


@strawberry.type(description="One page of API keys.")
class ApiKeyConnection(Connection[ApiKey, ApiKeyEdge]):
    """The list of `apiKeys`."""
