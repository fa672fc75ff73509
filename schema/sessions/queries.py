"""What the credential in use may still do."""

import strawberry

from app.db.repositories.credentials import api_keys_by_id, sessions_by_id
from schema.context import Info
from schema.sessions.types import RateLimit


@strawberry.type
class SessionQueries:
    """Root fields about the credential in use."""

    @strawberry.field(description="The budget of the credential in use.")
    async def rate_limit(self, info: Info) -> RateLimit:
        """What was charged, without what this process has leased and not used yet."""
        context, credential = info.context, info.context.viewer.credential
        if credential is None:
            return RateLimit(limit=None, used=0, remaining=None, reset_at=None, cost=context.cost)
        row = await context.load(api_keys_by_id if credential.is_api_key else sessions_by_id, credential.id)
        used = row["calls_used"] - context.services.authenticator.unused(credential)
        limit = credential.call_limit or None
        return RateLimit(
            limit=limit,
            used=used,
            remaining=limit - used if limit is not None else None,
            reset_at=credential.expires_at,
            cost=context.cost,
        )
