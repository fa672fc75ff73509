from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.db.tables import Event, PackageScore
from app.enums import EventType
from app.errors import LimitExceeded
from app.events.log import Origin
from app.jobs.scoring import ScoringJobs
from app.storage.disk import DiskStore
from app.storage.signing import Signer
from tests.factories import make_package, make_packages, make_score, make_user


@pytest.fixture
async def store(tmp_path):
    store = DiskStore(tmp_path / "storage", Signer(["a secret of at least thirty-two characters"], "download link"))
    await store.start()
    yield store
    await store.close()


@pytest.fixture
async def jobs(database, store, settings):
    jobs = ScoringJobs(database, store, settings)
    yield jobs
    await jobs.stop()


async def scored(database):
    async with database.read() as connection:
        return set((await connection.execute(select(PackageScore.package_id))).scalars())


async def scoring_events(database):
    async with database.read() as connection:
        found = await connection.execute(
            select(Event.entity_id).where(Event.type == EventType.PACKAGE_SCORED).order_by(Event.id)
        )
        return [UUID(entity_id) for entity_id in found.scalars()]


async def test_what_is_enqueued_is_scored_once(database, jobs):
    # given
    await jobs.start()
    package = await make_package(database)
    # when it is enqueued twice
    jobs.enqueue(package.id)
    jobs.enqueue(package.id)
    await jobs.drain()
    # then
    assert await scoring_events(database) == [package.id]


async def test_a_start_resumes_what_has_no_scores(database, jobs):
    # given packages of a server that was stopped, one of them deleted since, one scored
    waiting = await make_packages(database, 3)
    scored_before = await make_package(database)
    await make_score(database, scored_before)
    deleted = await make_package(database)
    async with database.write() as session:
        await session.execute(text("UPDATE packages SET deleted_at = uploaded_at WHERE name = :n"), {"n": deleted.name})
    # when
    await jobs.start()
    await jobs.drain()
    # then
    assert sorted(await scoring_events(database)) == sorted(waiting)
    assert await scored(database) == {*waiting, scored_before.id}


async def test_two_servers_that_start_together_score_each_package_once(database, jobs, store, settings):
    # given
    waiting = await make_packages(database, 6)
    other = ScoringJobs(database, store, settings)
    # when
    await jobs.start()
    await other.start()
    await jobs.drain()
    await other.drain()
    await other.stop()
    # then
    assert sorted(await scoring_events(database)) == sorted(waiting)


async def test_a_package_that_fails_does_not_stop_the_others(database, jobs, caplog):
    # given a package whose row leads the store astray
    bad = await make_package(database, s3_key="../outside")
    good = await make_packages(database, 3)
    # when
    await jobs.start()
    await jobs.drain()
    # then
    assert await scored(database) == set(good)
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert str(bad.id) in record.getMessage()


async def test_what_a_stop_breaks_off_is_found_again(database, jobs, store, settings):
    # given jobs that were stopped before they could finish
    waiting = await make_packages(database, 2)
    await jobs.start()
    await jobs.stop()
    before = await scored(database)
    # when the server starts again
    again = ScoringJobs(database, store, settings)
    await again.start()
    await again.drain()
    await again.stop()
    # then
    assert before == set()
    assert await scored(database) == set(waiting)


async def test_an_account_may_not_have_packages_scored_without_end(database, store, settings):
    # given
    jobs = ScoringJobs(database, store, settings.model_copy(update={"scorings_per_minute": 2}))
    package, somebody, another = await make_package(database), await make_user(database), await make_user(database)
    nowhere = Origin(None, None)
    for _ in range(2):
        assert await jobs.score_now(package.id, actor_id=somebody.id, origin=nowhere)
    # when
    with pytest.raises(LimitExceeded) as refusal:
        await jobs.score_now(package.id, actor_id=somebody.id, origin=nowhere)
    # then it is told how long to wait, and others are let through
    assert 0 < refusal.value.retry_after_seconds <= 60
    assert await jobs.score_now(package.id, actor_id=another.id, origin=nowhere)
