"""Signing in, where something happens between checking the password and issuing the token."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.config import Settings
from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import AuthToken, User
from app.errors import Unauthenticated
from app.events.log import Origin
from app.identity.attempts import PasswordAttempts
from app.identity.passwords import hash_password
from app.services import sessions
from app.services.sessions import check_password, sign_in
from tests import factories

PASSWORD = "correct horse battery"
ORIGIN = Origin("192.0.2.1", "a" * 2000)


@pytest.fixture
def check(database: Database, settings: Settings) -> Callable[[], Awaitable[Any]]:
    """Checks ada's right password."""
    return lambda: check_password(database, settings, PasswordAttempts(10, 60), ORIGIN, "ada", PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        {"hashed_password": hash_password("another phrase", 4)},
        {"hashed_password": None},
        {"is_active": False},
        {"deleted_at": utc_now()},
    ],
)
async def test_a_password_that_was_right_is_not_any_more(
    database: Database, settings: Settings, check: Callable[[], Awaitable[Any]], change: dict[str, Any]
) -> None:
    # given
    ada = await factories.make_user(database, "ada", hashed_password=hash_password(PASSWORD, 4))
    checked = await check()

    # when
    async with database.write() as session:
        await session.execute(update(User).where(User.id == ada.id).values(**change))
    async with database.write() as session:
        result = await sign_in(session, settings, ORIGIN, checked)

    # then
    assert isinstance(result, Unauthenticated)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(AuthToken)) == 0


async def test_a_long_user_agent_is_cut(
    database: Database, settings: Settings, check: Callable[[], Awaitable[Any]]
) -> None:
    # given
    await factories.make_user(database, "ada", hashed_password=hash_password(PASSWORD, 4))

    # when
    async with database.write() as session:
        await sign_in(session, settings, ORIGIN, await check())

    # then
    async with database.read() as connection:
        assert await connection.scalar(select(AuthToken.user_agent)) == "a" * 512


async def test_an_unknown_name_costs_a_verification_too(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    verified: list[str | None] = []
    verify = sessions.verify_password_async

    async def counted(plain: str, hashed: str | None, rounds: int) -> bool:
        verified.append(hashed)
        return await verify(plain, hashed, rounds)

    monkeypatch.setattr(sessions, "verify_password_async", counted)

    # when
    checked = await check_password(database, settings, PasswordAttempts(10, 60), ORIGIN, "nobody", PASSWORD)

    # then
    assert (checked.user_id, checked.verified_hash) == (None, None)
    assert verified == [None]
