"""What every new database holds: the public organization and the first administrator."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import Table, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.db.base import new_id
from app.db.session import Database
from app.db.tables import Organization, User, UserPermission
from app.identity.passwords import hash_password_async

PUBLIC_SLUG = "public"


async def ensure_initial_data(database: Database, settings: Settings) -> str | None:
    """Create the public organization, and the administrator of the settings where no account is an administrator.

    May be called at every start, by several servers at once. Returns the administrator's password when it was made
    up here, to be shown once; otherwise None.
    """
    await ensure_public_organization(database)
    if await _administrator_exists(database):
        return None
    given = settings.admin_password.get_secret_value() if settings.admin_password else None
    password = given or secrets.token_urlsafe(15)
    hashed = await hash_password_async(password, settings.password_hash_rounds)
    async with database.write() as session:
        user_id = new_id()
        is_new = await _insert_absent(
            session,
            User,
            id=user_id,
            username=settings.admin_username,
            email=settings.admin_email,
            hashed_password=hashed,
            is_admin=True,
        )
        if is_new:
            session.add(UserPermission(user_id=user_id, can_upload=True))
    return password if is_new and given is None else None


async def ensure_public_organization(database: Database) -> UUID:
    """Create the organization `public` where it is missing; returns its id."""
    async with database.write() as session:
        await _insert_absent(session, Organization, slug=PUBLIC_SLUG, name="Public")
        found = await session.execute(select(Organization.id).where(Organization.slug == PUBLIC_SLUG))
        return found.scalar_one()


async def _administrator_exists(database: Database) -> bool:
    async with database.read() as connection:
        found = await connection.execute(select(exists().where(User.is_admin, User.deleted_at.is_(None))))
        return bool(found.scalar_one())


async def _insert_absent(session: AsyncSession, entity: type[Any], **values: object) -> bool:
    """Insert the row unless a unique index stands against it; whoever is second waits for the first one's commit."""
    table: Table = entity.__table__
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(table.c.id)
    return (await session.execute(statement)).scalar_one_or_none() is not None
