"""Users: their rows, permissions and credentials."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, bindparam, case, delete, false, func, null, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.page_readers import PageReader
from app.db.readers import Columns, RowReader
from app.db.repositories.organizations import VIEWER_ID, members_visible_to, memberships, project_members
from app.db.tables import ApiKey, AuthToken, OrganizationMembership, ProjectMember, User, UserPermission
from app.identity.viewer import Sight

users = User.__table__
permissions = UserPermission.__table__


def users_visible_to(sight: Sight) -> ColumnElement[bool]:
    """Accounts show their names to whoever is signed in, and as authors to whoever reads anonymously."""
    return false() if sight is Sight.NOTHING else true()


def _is_listed(sight: Sight) -> ColumnElement[bool]:
    """The directory of accounts is for whoever is signed in, and holds who is not deleted."""
    return members_visible_to(sight) & users.c.deleted_at.is_(None)


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
users_by_username = RowReader(
    users, func.lower(users.c.username, type_=String()), columns=USER_COLUMNS, visible=_is_listed
)


def _name_contains(dialect: str) -> ColumnElement[bool]:
    position = func.strpos if dialect == "postgresql" else func.instr
    found: ColumnElement[bool] = (
        position(func.lower(users.c.username), func.lower(bindparam("filter_search", type_=String()))) > 0
    )
    return found


all_users = PageReader(
    users, columns=USER_COLUMNS, unique=users.c.id, filters={"search": _name_contains}, visible=_is_listed
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
    visible=members_visible_to,
)
members_by_project = PageReader(
    project_members.join(users, users.c.id == project_members.c.user_id),
    columns=USER_COLUMNS,
    unique=project_members.c.id,
    owner=project_members.c.project_id,
    edge_columns={"role": project_members.c.role},
    visible=members_visible_to,
)


async def password_by_name(connection: AsyncConnection, name: str) -> tuple[UUID, str | None] | None:
    """Id and password hash of the account of this username or e-mail address, compared without case."""
    lowered = name.lower()
    return await _password(connection, or_(func.lower(User.username) == lowered, func.lower(User.email) == lowered))


async def password_by_id(connection: AsyncConnection, user_id: UUID) -> tuple[UUID, str | None] | None:
    """Id and password hash of an account."""
    return await _password(connection, User.id == user_id)


async def _password(connection: AsyncConnection, wanted: ColumnElement[bool]) -> tuple[UUID, str | None] | None:
    statement = select(User.id, User.hashed_password).where(wanted, User.deleted_at.is_(None)).order_by(User.id)
    row = (await connection.execute(statement.limit(1))).one_or_none()
    return (row.id, row.hashed_password) if row is not None else None


async def user_for_writing(session: AsyncSession, user_id: UUID) -> User | None:
    """An account that is not deleted, locked until the transaction ends.

    The lock lets others refer to the row meanwhile (FOR NO KEY UPDATE): its id never changes.
    """
    found = await session.execute(
        select(User).where(User.id == user_id, User.deleted_at.is_(None)).with_for_update(key_share=True)
    )
    return found.scalar_one_or_none()


async def lock_administrators(session: AsyncSession) -> None:
    """Make whoever else takes an administrator away wait. Lock these before a single account, or two could deadlock."""
    administrators = select(User.id).where(User.is_admin, User.deleted_at.is_(None)).order_by(User.id)
    await session.execute(administrators.with_for_update(key_share=True))


async def taken_names(session: AsyncSession, username: str | None, email: str | None) -> tuple[bool, bool]:
    """Whether the username and the e-mail address are taken; what is None is not looked for."""

    async def taken(column: Any, value: str | None) -> bool:
        wanted = select(User.id).where(func.lower(column) == value.lower()) if value is not None else None
        return wanted is not None and await session.scalar(wanted) is not None

    return await taken(User.username, username), await taken(User.email, email)


async def other_active_administrators(session: AsyncSession, user_id: UUID) -> int:
    """How many administrators could still sign in without this one."""
    counted = await session.scalar(
        select(func.count()).where(User.is_admin, User.is_active, User.deleted_at.is_(None), User.id != user_id)
    )
    return counted or 0


async def permissions_for_writing(session: AsyncSession, user_id: UUID) -> UserPermission | None:
    """The rights of an account."""
    return await session.get(UserPermission, user_id)


async def remove_credentials(session: AsyncSession, user_id: UUID) -> None:
    """Delete an account's permissions, tokens, keys and memberships."""
    await session.execute(delete(UserPermission).where(UserPermission.user_id == user_id))
    await session.execute(delete(AuthToken).where(AuthToken.user_id == user_id))
    await session.execute(delete(ApiKey).where(ApiKey.user_id == user_id))
    await session.execute(delete(OrganizationMembership).where(OrganizationMembership.user_id == user_id))
    await session.execute(delete(ProjectMember).where(ProjectMember.user_id == user_id))
