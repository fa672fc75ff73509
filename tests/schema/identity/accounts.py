"""What the tests of identity share."""

from typing import Any

from sqlalchemy import select

from app.db.session import Database
from app.db.tables import ApiKey, Event
from app.enums import ApiKeyScope, EventType
from app.identity.passwords import hash_password
from app.identity.tokens import new_api_key
from schema.core.ids import encode_id
from tests import factories

PASSWORD = "correct horse battery"
HASHED = hash_password(PASSWORD, 4)


async def make_account(database: Database, username: str, **overrides: Any) -> Any:
    """An account whose password is PASSWORD."""
    return await factories.make_user(database, username, **{"hashed_password": HASHED} | overrides)


def user_id(user: Any) -> str:
    """The global id of an account."""
    return encode_id("usr", user.id)


async def events(database: Database, type: EventType) -> list[Any]:
    """The events of a type, the oldest first."""
    async with database.read() as connection:
        table = Event.__table__
        return list((await connection.execute(select(table).where(table.c.type == type).order_by(table.c.id))).all())


async def make_api_key(database: Database, user: Any, scopes: list[ApiKeyScope], **overrides: Any) -> str:
    """An API key of the account; returns its secret."""
    secret, prefix, hashed = new_api_key()
    values = {"user_id": user.id, "name": "key", "prefix": prefix, "hashed_secret": hashed, "scopes": scopes}
    async with database.write() as session:
        session.add(ApiKey(**values | overrides))
    return secret
