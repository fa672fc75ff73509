"""Users: their rows, permissions and credentials."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, false, func, null, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.base import utc_now
from app.db.page_readers import PageReader
from app.db.readers import Columns, RowReader
from app.db.repositories.organizations import VIEWER_ID, memberships
from app.db.statements import Row, StatementCache
from app.db.tables import ApiKey, AuthToken, OrganizationMembership, ProjectMember, User, UserPermission
from app.enums import Permission
from app.identity.viewer import Sight

users = User.__table__
permissions = UserPermission.__table__
auth_tokens = AuthToken.__table__
api_keys = ApiKey.__table__


def users_visible_to(sight: Sight) -> ColumnElement[bool]:
    """Accounts show their names to whoever is signed in, and as authors to whoever reads anonymously."""
    return false() if sight is Sight.NOTHING else true()


def own_or_all(owner: ColumnElement[Any]) -> Any:
    """The visibility of what belongs to one user: to that user and to administrators."""

    def visible(sight: Sight) -> ColumnElement[bool]:
        match sight:
            case Sight.ALL:
                return true()
            case Sight.MEMBER | Sight.OWN:
                return owner == VIEWER_ID
            case _:
                return false()

    return visible


def _email(sight: Sight) -> ColumnElement[Any]:
    """Shown to oneself and to administrators."""
    return users.c.email if sight is Sight.ALL else case((users.c.id == VIEWER_ID, users.c.email), else_=null())


USER_COLUMNS: Columns = {
    **{name: users.c[name] for name in ("id", "username", "kind", "is_admin", "is_active", "created_at")},
    "email": _email,
}

users_by_id = RowReader(users, users.c.id, columns=USER_COLUMNS, visible=users_visible_to)
users_by_username = RowReader(users, func.lower(users.c.username), columns=USER_COLUMNS, visible=users_visible_to)

all_users = PageReader(
    users,
    columns=USER_COLUMNS,
    unique=users.c.id,
    filters={"search": lambda dialect: func.lower(users.c.username).like(bindparam("filter_search"), escape="\\")},
    visible=lambda sight: users_visible_to(sight) & users.c.deleted_at.is_(None),
)


def _right(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return or_(column, users.c.is_admin)


permissions_by_user = RowReader(
    permissions.join(users, users.c.id == permissions.c.user_id),
    permissions.c.user_id,
    columns={name: _right(permissions.c[name]) for name in ("can_search", "can_upload", "can_download", "can_rate")},
    visible=own_or_all(permissions.c.user_id),
)

members_by_organization = PageReader(
    memberships.join(users, users.c.id == memberships.c.user_id),
    columns=USER_COLUMNS,
    unique=memberships.c.id,
    owner=memberships.c.organization_id,
    edge_columns={"role": memberships.c.role},
    visible=users_visible_to,
)

sessions_by_user = PageReader(
    auth_tokens,
    columns={
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
    },
    unique=auth_tokens.c.id,
    owner=auth_tokens.c.user_id,
    default_descending=True,
    visible=lambda sight: (
        own_or_all(auth_tokens.c.user_id)(sight)
        & auth_tokens.c.revoked_at.is_(None)
        & (auth_tokens.c.expires_at > func.now())
    ),
)

API_KEY_COLUMNS = {
    name: api_keys.c[name]
    for name in ("id", "name", "prefix", "scopes", "expires_at", "last_used_at", "revoked_at", "created_at")
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


async def user_by_name(session: AsyncSession, name: str) -> User | None:
    """The account that signs in by this username or e-mail address, compared without case."""
    lowered = name.lower()
    found = await session.execute(
        select(User)
        .where(or_(func.lower(User.username) == lowered, func.lower(User.email) == lowered), User.deleted_at.is_(None))
        .order_by(User.id)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def user_for_writing(session: AsyncSession, user_id: UUID) -> User | None:
    """An account that is not deleted, locked until the transaction ends."""
    found = await session.execute(select(User).where(User.id == user_id, User.deleted_at.is_(None)).with_for_update())
    return found.scalar_one_or_none()


async def taken_names(session: AsyncSession, username: str, email: str) -> tuple[bool, bool]:
    """Whether the username and the e-mail address are taken."""
    username_taken = await session.scalar(select(User.id).where(func.lower(User.username) == username.lower()).limit(1))
    email_taken = await session.scalar(select(User.id).where(func.lower(User.email) == email.lower()).limit(1))
    return username_taken is not None, email_taken is not None


async def other_active_administrators(session: AsyncSession, user_id: UUID) -> int:
    """How many administrators could still sign in without this one."""
    counted = await session.scalar(
        select(func.count()).where(User.is_admin, User.is_active, User.deleted_at.is_(None), User.id != user_id)
    )
    return counted or 0


async def permissions_for_writing(session: AsyncSession, user_id: UUID) -> UserPermission | None:
    """The rights of an account."""
    return await session.get(UserPermission, user_id)


async def live_tokens(session: AsyncSession, user_id: UUID) -> list[AuthToken]:
    """The sign-ins of an account that are still good."""
    found = await session.scalars(
        select(AuthToken)
        .where(AuthToken.user_id == user_id, AuthToken.revoked_at.is_(None), AuthToken.expires_at > utc_now())
        .with_for_update()
    )
    return list(found)


async def remove_credentials(session: AsyncSession, user_id: UUID) -> None:
    """Delete an account's permissions, tokens, keys and memberships."""
    await session.execute(delete(UserPermission).where(UserPermission.user_id == user_id))
    await session.execute(delete(AuthToken).where(AuthToken.user_id == user_id))
    await session.execute(delete(ApiKey).where(ApiKey.user_id == user_id))
    await session.execute(delete(OrganizationMembership).where(OrganizationMembership.user_id == user_id))
    await session.execute(delete(ProjectMember).where(ProjectMember.user_id == user_id))


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
