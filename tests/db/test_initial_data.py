"""The public organization and the first administrator."""

import asyncio

from sqlalchemy import func, select, update

from app.config import Settings
from app.db.base import utc_now
from app.db.initial_data import ensure_initial_data, ensure_public_organization
from app.db.session import Database
from app.db.tables import Organization, User, UserPermission
from app.identity.passwords import verify_password


async def test_makes_the_public_organization_once(database: Database) -> None:
    # when it is asked for again
    first, second = await ensure_public_organization(database), await ensure_public_organization(database)

    # then there is one
    async with database.read() as connection:
        rows = (await connection.execute(select(Organization.id, Organization.slug, Organization.name))).all()
    assert rows == [(first, "public", "Public")]
    assert first == second


async def test_makes_an_administrator_whose_password_is_told_once(database: Database, settings: Settings) -> None:
    # when
    password = await ensure_initial_data(database, settings)
    again = await ensure_initial_data(database, settings)

    # then
    assert password is not None
    assert again is None
    async with database.read() as connection:
        query = select(User, UserPermission.can_upload).join(UserPermission)
        (user,) = (await connection.execute(query)).all()
    assert (user.username, user.email, user.is_admin, user.can_upload) == ("admin", "admin@localhost", True, True)
    assert verify_password(password, user.hashed_password)


async def test_keeps_a_given_password_to_itself(database: Database, settings: Settings) -> None:
    # given
    settings = settings.model_validate({**settings.model_dump(), "admin_password": "correct horse battery"})

    # when / then
    assert await ensure_initial_data(database, settings) is None
    async with database.read() as connection:
        hashed = (await connection.execute(select(User.hashed_password))).scalar_one()
    assert verify_password("correct horse battery", hashed)


async def test_servers_that_start_together_make_one_administrator(database: Database, settings: Settings) -> None:
    # when
    passwords = await asyncio.gather(*(ensure_initial_data(database, settings) for _ in range(5)))

    # then one of them made it, with the password that it tells
    (password,) = [given for given in passwords if given is not None]
    async with database.read() as connection:
        hashed = (await connection.execute(select(User.hashed_password))).scalar_one()
    assert verify_password(password, hashed)


async def test_a_deleted_administrator_comes_back_only_where_none_is_left(
    database: Database, settings: Settings
) -> None:
    # given a second administrator, and the first one deleted
    await ensure_initial_data(database, settings)
    async with database.write() as session:
        session.add(User(username="other", email="other@example.com", is_admin=True))
        await session.flush()
        await session.execute(
            update(User).where(User.username == "admin").values(username=None, email=None, deleted_at=utc_now())
        )

    # when / then nothing is made while the other one is there
    await ensure_initial_data(database, settings)
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(User))).scalar_one() == 2

    # when / then it is made again once nobody could administer
    async with database.write() as session:
        await session.execute(update(User).where(User.username == "other").values(deleted_at=utc_now()))
    assert await ensure_initial_data(database, settings) is not None
