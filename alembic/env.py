"""What alembic runs: with the connection `app.db.migrations` hands over, or from its own command line."""

import asyncio
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

import app.db.tables  # noqa: F401  # fills the metadata
from app.config import load_settings
from app.db.base import Base, UtcDateTime
from app.db.migrations import locked_connection
from app.db.session import Database
from app.db.tables.search import FTS5


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Spell our own types in SQLAlchemy's, so that a revision does not change when the application does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave SQLite's full-text index alone: it is made by its own statements."""
    return kind != "table" or name is None or not name.startswith(FTS5)


def run(connection: sa.Connection) -> None:
    """Run the revisions asked for in the connection's transaction, which the caller commits."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        include_name=include_name,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    """Run them on the database of the settings."""
    database = Database(load_settings().effective_database_url)
    try:
        async with locked_connection(database) as connection:
            await connection.run_sync(run)
    finally:
        await database.close()


if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql" if load_settings().is_postgresql else "sqlite",
        target_metadata=Base.metadata,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()
elif (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_alone())
