"""What is left in the store when publishing fails late."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.tables import Package
from schema.context import Services
from tests import factories
from tests.schema.conftest import services
from tests.schema.published import publish_archive

__all__ = ["services"]


class Interrupted(Exception):
    """Stands for whatever can come between a commit and its answer."""


def interrupt(session: AsyncSession) -> None:
    """A hook of commits that never lets their answer through."""
    raise Interrupted


async def kept(services: Services) -> tuple[int, int]:
    """How many packages there are, and how many objects."""
    later = utc_now() + timedelta(days=1)
    objects = [key async for key in services.store.keys_older_than(later, prefix="packages/")]
    async with services.database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(Package.__table__)) or 0, len(objects)


async def test_a_commit_whose_answer_is_lost_keeps_its_object(services: Services) -> None:
    # given
    ada = await factories.make_user(services.database, "ada", can_upload=True)
    services.database.on_commit.append(interrupt)
    # when
    with pytest.raises(Interrupted):
        await publish_archive(services, ada, version="2.0.0")
    # then what was refused before reading the archive left nothing
    assert await kept(services) == (0, 0)

    # given that only the commit of the package itself is interrupted
    services.database.on_commit[:] = [lambda session: interrupt(session) if session.info else None]
    # when
    with pytest.raises(Interrupted):
        await publish_archive(services, ada)
    # then
    assert await kept(services) == (1, 1)


async def test_a_package_that_was_not_written_leaves_no_object(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    ada = await factories.make_user(services.database, "ada", can_upload=True)

    async def fail(session: AsyncSession) -> None:
        if session.new or session.info:
            raise Interrupted
        await commit(session)

    commit = AsyncSession.commit
    monkeypatch.setattr(AsyncSession, "commit", fail)
    # when
    with pytest.raises(Interrupted):
        await publish_archive(services, ada)
    # then
    assert await kept(services) == (0, 0)
