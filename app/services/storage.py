"""Freeing the storage of what is no package any more: of deleted packages, and of uploads that came to nothing."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import package_life
from app.db.session import Database
from app.enums import EventType
from app.identity.viewer import ANONYMOUS
from app.services.package_life import record
from app.storage.object_store import ObjectStore

PREFIX = "packages/"
BATCH = 200
UNFILED_AGE = timedelta(days=1)
"""How long an object may be without a package: it is stored before the package's row commits."""


async def free_storage(database: Database, store: ObjectStore, settings: Settings) -> int:
    """Remove archives that no package needs; returns how many.

    Packages deleted longer than the grace period ago give theirs up first, for good: they cannot be restored from then
    on. Then every object that no row holds on to goes, whether its package gave it up, also one that a sweep before
    this had no time to remove, or it never came to a package. Raises StorageUnavailable.
    """
    deleted_before = utc_now() - timedelta(days=settings.deleted_package_grace_days)
    while await _give_up(database, deleted_before):
        pass
    stored_before = utc_now() - UNFILED_AGE
    removed = await store.discard_unfinished(stored_before, prefix=PREFIX)
    async for keys in _batches(store.keys_older_than(stored_before, prefix=PREFIX)):
        async with database.read() as connection:
            needed = await package_life.keys_in_use(connection, keys)
        for key in keys:
            if key not in needed:
                await store.delete(key)
                removed += 1
    return removed


async def _give_up(database: Database, deleted_before: datetime) -> int:
    """Let some packages give their archives up; returns how many did."""
    async with database.write() as session:
        packages = await package_life.packages_to_free(session, deleted_before, limit=BATCH)
        await package_life.mark(session, [package.id for package in packages], storage_freed_at=utc_now())
        for package in packages:
            payload = {"deletedAt": package.deleted_at, "fileSizeBytes": package.file_size_bytes}
            await record(session, ANONYMOUS, None, EventType.PACKAGE_STORAGE_FREED, package, payload)
    return len(packages)


async def _batches(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for key in keys:
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
