"""Reading connections and writing sessions, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import StatementError

from app.db.session import SQLITE_BUSY_MILLISECONDS, Database
from app.db.tables import Organization, User
from tests.factories import make_user


async def _count_users(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(User))).scalar_one())


async def test_commits_when_left(database: Database) -> None:
    async with database.write() as session:
        session.add(User(username="ada"))
    assert await _count_users(database) == 1


async def test_rolls_back_when_it_raises(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as session:
            session.add(User(username="ada"))
            await session.flush()
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail()
    assert await _count_users(database) == 0


async def test_readers_do_not_see_what_is_not_committed(database: Database) -> None:
    async with database.write() as session:
        session.add(User(username="ada"))
        await session.flush()
        assert await _count_users(database) == 0
    assert await _count_users(database) == 1


async def test_fifty_writers_at_once_lose_no_change(database: Database) -> None:
    # given
    async with database.write() as session:
        session.add(Organization(slug="counted", name="0"))

    # when each adds one to what it read
    async def add_one() -> None:
        async with database.write() as session:
            name = await session.scalar(
                select(Organization.name).where(Organization.slug == "counted").with_for_update()
            )
            await session.execute(
                update(Organization).where(Organization.slug == "counted").values(name=str(int(name or "") + 1))
            )

    await asyncio.gather(*(add_one() for _ in range(50)))

    # then
    async with database.read() as connection:
        query = select(Organization.name).where(Organization.slug == "counted")
        assert (await connection.execute(query)).scalar_one() == "50"


async def test_two_pools_write_at_once(database: Database) -> None:
    # given a second server on the same database
    other = Database(database.engine.url.render_as_string(hide_password=False))

    # when
    await asyncio.gather(*(make_user(each) for each in [database, other] * 25))

    # then
    assert await _count_users(database) == 50
    await other.close()


async def test_a_cancelled_writer_leaves_nothing_and_lets_others_write(database: Database) -> None:
    # given a writer in the middle of its transaction
    inside = asyncio.Event()

    async def writer() -> None:
        async with database.write() as session:
            session.add(User(username="ada"))
            await session.flush()
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(writer())
    await inside.wait()

    # when
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    # then
    await make_user(database, "ada")
    assert await _count_users(database) == 1


async def test_settings_of_the_connections(database: Database) -> None:
    expected = {"journal_mode": "wal", "busy_timeout": SQLITE_BUSY_MILLISECONDS, "foreign_keys": 1, "synchronous": 1}
    queries = {name: f"PRAGMA {name}" for name in expected}
    if database.is_postgresql:
        expected, queries = {"timezone": "UTC"}, {"timezone": "SHOW timezone"}
    async with database.read() as connection:
        assert {name: (await connection.execute(text(sql))).scalar_one() for name, sql in queries.items()} == expected


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        await make_user(database, created_at=datetime(2026, 1, 1))
    assert await _count_users(database) == 0


async def test_a_moment_comes_back_in_utc(database: Database) -> None:
    # given half past midnight in Tokyo, to the microsecond
    moment = datetime(2026, 3, 1, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    await make_user(database, created_at=moment)

    # when
    async with database.read() as connection:
        stored = (await connection.execute(select(User.created_at))).scalar_one()

    # then
    assert stored == moment
    assert stored.isoformat() == "2026-02-28T15:30:00.123456+00:00"
    assert stored.tzinfo is UTC


async def test_check_tells_when_the_database_cannot_be_reached(database: Database) -> None:
    # given a database that is not there
    unreachable = (
        database.engine.url.set(database="no_such_database").render_as_string(hide_password=False)
        if database.is_postgresql
        else "sqlite:////dev/null/registry.db"
    )

    # when / then
    await database.check()
    with pytest.raises(Exception, match=r"no_such_database|/dev/null"):
        await Database(unreachable).check()
