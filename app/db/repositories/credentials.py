"""Sign-in tokens and API keys: their rows, whose they are, and what they may still be charged."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.base import utc_now
from app.db.page_readers import PageReader
from app.db.readers import RowReader
from app.db.repositories.users import own_or_all, permissions, users
from app.db.statements import Row, StatementCache
from app.db.tables import ApiKey, AuthToken
from app.enums import Permission
from app.identity.viewer import Sight, Viewer

auth_tokens = AuthToken.__table__
api_keys = ApiKey.__table__

SESSION_COLUMNS = {
    name: auth_tokens.c[name]
    for name in (
        "id",
        "issued_at",
        "expires_at",
        "revoked_at",
        "call_limit",
        "calls_used",
        "last_used_at",
        "ip_address",
        "user_agent",
    )
}


def _good_sessions(sight: Sight) -> ColumnElement[bool]:
    own: ColumnElement[bool] = own_or_all(auth_tokens.c.user_id)(sight)
    return own & auth_tokens.c.revoked_at.is_(None) & (auth_tokens.c.expires_at > func.now())


sessions_by_id = RowReader(
    auth_tokens, auth_tokens.c.id, columns=SESSION_COLUMNS, visible=own_or_all(auth_tokens.c.user_id)
)
sessions_by_user = PageReader(
    auth_tokens,
    columns=SESSION_COLUMNS,
    unique=auth_tokens.c.id,
    owner=auth_tokens.c.user_id,
    default_descending=True,
    visible=_good_sessions,
)

API_KEY_COLUMNS = {
    name: api_keys.c[name]
    for name in (
        "id",
        "name",
        "prefix",
        "scopes",
        "call_limit",
        "calls_used",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "created_at",
    )
}
api_keys_by_id = RowReader(api_keys, api_keys.c.id, columns=API_KEY_COLUMNS, visible=own_or_all(api_keys.c.user_id))
api_keys_by_user = PageReader(
    api_keys,
    columns=API_KEY_COLUMNS,
    unique=api_keys.c.id,
    owner=api_keys.c.user_id,
    default_descending=True,
    visible=own_or_all(api_keys.c.user_id),
)


async def live_tokens(session: AsyncSession, user_id: UUID) -> list[AuthToken]:
    """The sign-ins of an account that are still good."""
    found = await session.scalars(
        select(AuthToken)
        .where(AuthToken.user_id == user_id, AuthToken.revoked_at.is_(None), AuthToken.expires_at > utc_now())
        .with_for_update()
    )
    return list(found)


async def session_for_writing(session: AsyncSession, token_id: UUID) -> AuthToken | None:
    """A sign-in, locked until the transaction ends."""
    found = await session.scalars(select(AuthToken).where(AuthToken.id == token_id).with_for_update())
    return found.one_or_none()


async def api_key_for_writing(session: AsyncSession, viewer: Viewer, key_id: UUID) -> ApiKey | None:
    """An API key, where the viewer may see it."""
    statement = select(ApiKey).where(ApiKey.id == key_id, own_or_all(api_keys.c.user_id)(viewer.sight))
    return (await session.scalars(statement, viewer.parameters)).one_or_none()


async def credentials_by_token(connection: AsyncConnection, token_id: UUID) -> Row | None:
    """The account behind a sign-in token, and whether the token is still good."""
    return await _one(connection, "token", auth_tokens, auth_tokens.c.id, token_id)


async def credentials_by_api_key(connection: AsyncConnection, hashed_secret: str) -> Row | None:
    """The account behind an API key, and whether the key is still good."""
    return await _one(connection, "key", api_keys, api_keys.c.hashed_secret, hashed_secret)


_CREDENTIALS = StatementCache()


async def _one(
    connection: AsyncConnection, name: str, table: Any, column: ColumnElement[Any], value: Any
) -> Row | None:
    def build(dialect: str) -> Select[Any]:
        rights = [permissions.c[right.value] for right in Permission]
        scopes = table.c.scopes if "scopes" in table.c else null().label("scopes")
        credential = [table.c[part] for part in ("id", "expires_at", "revoked_at", "call_limit", "calls_used")]
        return (
            select(
                *credential,
                scopes,
                users.c.id.label("user_id"),
                users.c.username,
                users.c.is_admin,
                users.c.is_active,
                *rights,
            )
            .select_from(table.join(users, users.c.id == table.c.user_id).outerjoin(permissions))
            .where(column == bindparam("value", type_=column.type), users.c.deleted_at.is_(None))
        )

    statement = _CREDENTIALS.get(connection.dialect, name, build)
    rows = await statement.run(connection, {"value": value})
    return rows[0] if rows else None


async def lease_calls(
    session: AsyncSession, credential: type[AuthToken] | type[ApiKey], key: UUID, *, needed: int, largest: int
) -> int:
    """Charge a block of operations to a credential: `needed` at least, 0 where its budget has fewer left.

    A block is a twentieth of what is left, `largest` at most, so that near the end single calls are charged.
    """
    row = (
        await session.execute(
            select(credential.call_limit, credential.calls_used).where(credential.id == key).with_for_update()
        )
    ).one_or_none()
    if row is None:
        return 0
    left = row.call_limit - row.calls_used if row.call_limit else largest * 20
    if left < needed:
        return 0
    block = max(needed, min(largest, left // 20))
    await session.execute(
        update(credential)
        .where(credential.id == key)
        .values(calls_used=credential.calls_used + block, last_used_at=utc_now())
    )
    return block
