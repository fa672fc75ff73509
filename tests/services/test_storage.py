"""Freeing storage, on each database and with each store."""

import asyncio
import io
import os
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Package
from app.enums import EventType
from app.errors import Conflict
from app.events.log import Origin
from app.identity.viewer import Viewer
from app.services import storage
from app.services.package_life import restore_package
from app.services.storage import UNFILED_AGE, free_storage
from app.storage.disk import DiskStore
from app.storage.object_store import ObjectStore
from app.storage.s3 import S3Store
from app.storage.signing import Signer
from tests import factories
from tests.s3_server import S3Server
from tests.schema.published import events

HERE = Origin(None, None)
OLD = timedelta(days=40)


@pytest.fixture(params=["disk", "s3"])
async def store(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ObjectStore]:
    """A store of each kind. What is stored counts as old at once: S3 does not let objects be dated back."""
    monkeypatch.setattr(storage, "UNFILED_AGE", timedelta(seconds=-5))
    chosen: DiskStore | S3Store
    if request.param == "disk":
        chosen = DiskStore(settings.effective_storage_dir, Signer(["k" * 32], "download link"))
    else:
        server: S3Server = request.getfixturevalue("s3_server")
        chosen = S3Store(
            f"tests-{uuid.uuid4().hex}",
            region="us-east-1",
            endpoint_url=server.endpoint_url,
            public_endpoint_url=None,
            access_key_id=server.access_key_id,
            secret_access_key=server.secret_access_key,
            max_connections=4,
        )
    await chosen.start()
    yield chosen
    await chosen.close()


async def stored_package(database: Database, store: ObjectStore, **values: Any) -> Package:
    package = await factories.make_package(database, **values)
    await store.put(package.s3_key, io.BytesIO(b"zip"), 3)
    return package


async def freed_at(database: Database, package: Package) -> datetime | None:
    table = Package.__table__
    async with database.read() as connection:
        found = await connection.execute(select(table.c.storage_freed_at).where(table.c.id == package.id))
        return found.scalar_one()


async def test_the_archive_of_what_was_deleted_long_ago_goes(
    database: Database, store: ObjectStore, settings: Settings
) -> None:
    # given
    kept = await stored_package(database, store)
    fresh = await stored_package(database, store, deleted_at=utc_now() - timedelta(days=29))
    gone = await stored_package(database, store, name="bert", deleted_at=utc_now() - timedelta(days=31))
    # when
    removed = await free_storage(database, store, settings)
    # then
    assert removed == 1
    assert [await store.exists(package.s3_key) for package in (kept, fresh, gone)] == [True, True, False]
    assert [await freed_at(database, package) is None for package in (kept, fresh, gone)] == [True, True, False]
    (event,) = await events(database, EventType.PACKAGE_STORAGE_FREED)
    assert (event.entity_id, event.actor_id, event.payload["name"]) == (str(gone.id), None, "bert")
    # when / then once more changes nothing
    assert await free_storage(database, store, settings) == 0
    assert len(await events(database, EventType.PACKAGE_STORAGE_FREED)) == 1


async def test_objects_without_a_package_go(database: Database, store: ObjectStore, settings: Settings) -> None:
    # given one of an upload that came to nothing, one that a sweep had no time for, and what is not ours to remove
    await store.put("packages/nobody.zip", io.BytesIO(b"zip"), 3)
    await store.put("elsewhere/nobody.zip", io.BytesIO(b"zip"), 3)
    left = await stored_package(database, store, deleted_at=utc_now() - OLD, storage_freed_at=utc_now())
    # when
    removed = await free_storage(database, store, settings)
    # then
    assert removed == 2
    found = [await store.exists(key) for key in ("packages/nobody.zip", left.s3_key, "elsewhere/nobody.zip")]
    assert found == [False, False, True]


async def test_more_than_fit_one_batch_go(
    database: Database, store: ObjectStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(storage, "BATCH", 2)
    packages = [await stored_package(database, store, deleted_at=utc_now() - OLD) for _ in range(5)]
    # when
    removed = await free_storage(database, store, settings)
    # then
    assert removed == len(await events(database, EventType.PACKAGE_STORAGE_FREED)) == len(packages)


async def test_what_was_just_stored_may_still_become_a_package(database: Database, settings: Settings) -> None:
    # given an upload whose row has not committed yet, and one that was broken off two days ago
    store = DiskStore(settings.effective_storage_dir, Signer(["k" * 32], "download link"))
    await store.start()
    for key in ("packages/under-way.zip", "packages/broken-off.zip"):
        await store.put(key, io.BytesIO(b"zip"), 3)
    long_ago = (utc_now() - 2 * UNFILED_AGE).timestamp()
    os.utime(settings.effective_storage_dir / "packages/broken-off.zip", (long_ago, long_ago))
    # when
    removed = await free_storage(database, store, settings)
    # then
    assert removed == 1
    assert await store.exists("packages/under-way.zip")
    await store.close()


async def test_what_is_restored_meanwhile_keeps_its_archive(
    database: Database, store: ObjectStore, settings: Settings
) -> None:
    # given
    root = await factories.make_user(database, is_admin=True)
    viewer = Viewer(root.id, root.username, is_admin=True)
    packages = [await stored_package(database, store, deleted_at=utc_now() - OLD) for _ in range(6)]

    async def restored(package: Package) -> bool:
        try:
            async with database.write() as session:
                await restore_package(session, viewer, HERE, package.id)
        except Conflict:
            return False
        return True

    # when
    *answers, _, _ = await asyncio.gather(
        *map(restored, packages), free_storage(database, store, settings), free_storage(database, store, settings)
    )
    # then a package was either restored, with its archive, or freed
    for package, was_restored in zip(packages, answers, strict=True):
        assert await store.exists(package.s3_key) == was_restored
        assert (await freed_at(database, package) is None) == was_restored
    assert len(await events(database, EventType.PACKAGE_STORAGE_FREED)) == answers.count(False)


async def test_a_longer_grace_is_kept(database: Database, store: ObjectStore, settings: Settings) -> None:
    # given
    package = await stored_package(database, store, deleted_at=utc_now() - OLD)
    patient = settings.model_copy(update={"deleted_package_grace_days": 50})
    # when / then
    assert await free_storage(database, store, patient) == 0
    async with database.write() as session:
        await session.execute(
            update(Package).where(Package.id == package.id).values(deleted_at=utc_now() - timedelta(days=51))
        )
    assert await free_storage(database, store, patient) == 1
