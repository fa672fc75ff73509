"""Making and revoking API keys."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.db.repositories.credentials import api_keys_by_id
from app.enums import ApiKeyScope
from app.services import api_keys
from schema.api_keys.types import ApiKey
from schema.context import Info
from schema.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.core.ids import key_of


@strawberry.input(description="A key to make for one's own account.")
class CreateApiKeyInput:
    """What `NewApiKey` holds."""

    name: str = strawberry.field(description="What the key is for, in 1 to 100 characters.")
    scopes: list[ApiKeyScope] = strawberry.field(
        description="What the key may do of what the account may; at least one."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it stops working; absent or null: never."
    )
    call_limit: int | None = strawberry.field(
        default=0, description="Operations it may make in all; 0, absent or null: no limit."
    )

    def to_new_api_key(self) -> api_keys.NewApiKey:
        """What the service takes."""
        return api_keys.NewApiKey(self.name, self.scopes, self.expires_at, self.call_limit or 0)


@strawberry.input(description="A key to revoke.")
class RevokeApiKeyInput:
    """One's own, or for administrators anyone's."""

    api_key_id: strawberry.ID = strawberry.field(description="The key's id.")


@strawberry.type(description="A new key.")
class CreateApiKeyPayload:
    """The secret goes into `Authorization: Bearer …`."""

    secret: str = strawberry.field(description="The key itself, for `Authorization: Bearer <secret>`; shown this once.")
    api_key: ApiKey | None = strawberry.field(description="The key as it is listed.")


@strawberry.type(description="What came of revoking a key.")
class RevokeApiKeyPayload:
    """The key stays listed."""

    api_key: ApiKey | None = strawberry.field(description="The key as it is now.")


CreateApiKeyResult = Annotated[
    CreateApiKeyPayload | InvalidInput | Forbidden | Unauthenticated,
    strawberry.union("CreateApiKeyResult", description="The new key, or why there is none."),
]
RevokeApiKeyResult = Annotated[
    RevokeApiKeyPayload | NotFound | Forbidden | Unauthenticated,
    strawberry.union("RevokeApiKeyResult", description="The key, or why it was not revoked."),
]


@strawberry.type
class ApiKeyMutations:
    """Root fields that change API keys."""

    @strawberry.mutation(description="Make an API key for one's own account.")
    async def create_api_key(
        self, info: Info, input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")]
    ) -> CreateApiKeyResult:
        """Takes a sign-in by password: a key makes no keys."""
        context, viewer = info.context, info.context.viewer
        async with context.write() as session:
            key_id, secret = await api_keys.create_api_key(session, viewer, context.origin, input.to_new_api_key())
        return CreateApiKeyPayload(secret=secret, api_key=await _load(info, key_id))

    @strawberry.mutation(description="Revoke an API key; it is refused from then on.")
    async def revoke_api_key(
        self, info: Info, input: Annotated[RevokeApiKeyInput, strawberry.argument(description="The key.")]
    ) -> RevokeApiKeyResult:
        """Revoking twice is revoking once."""
        context, viewer = info.context, info.context.viewer
        key_id = key_of(ApiKey, input.api_key_id, "input", "apiKeyId")
        async with context.write() as session:
            await api_keys.revoke_api_key(session, viewer, context.origin, key_id)
        return RevokeApiKeyPayload(api_key=await _load(info, key_id))


async def _load(info: Info, key_id: object) -> ApiKey | None:
    row = await info.context.load(api_keys_by_id, key_id)
    return ApiKey.from_row(row) if row is not None else None
