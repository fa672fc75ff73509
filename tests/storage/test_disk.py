"""What only the disk store does."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.storage.disk import DiskStore
from app.storage.object_store import ObjectMissing, StorageUnavailable
from tests.storage.conftest import SIGNER
from tests.storage.test_object_store import keys, put


@pytest.fixture
def root(disk_store: DiskStore, tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_bytes(b"secret")
    return folder


async def test_nothing_is_read_through_a_symbolic_link(disk_store: DiskStore, root: Path, outside: Path) -> None:
    # given
    (root / "link").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    for key in ("link", "folder/secret"):
        # then
        assert not await disk_store.exists(key)
        with pytest.raises(ObjectMissing):
            await disk_store.open(key)
        with pytest.raises(ObjectMissing):
            await disk_store.stat(key)
        await disk_store.delete(key)
    assert (outside / "secret").read_bytes() == b"secret"
    assert await keys(disk_store, datetime.now(UTC) + timedelta(hours=1)) == []


async def test_nothing_is_written_through_a_symbolic_link(disk_store: DiskStore, root: Path, outside: Path) -> None:
    # given
    (root / "link").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    # when
    await put(disk_store, "link", b"mine")
    with pytest.raises(StorageUnavailable, match="symbolic link"):
        await put(disk_store, "folder/new", b"mine")
    with pytest.raises(StorageUnavailable, match="symbolic link"):
        await put(disk_store, "folder/deeper/new", b"mine")
    # then
    assert os.listdir(outside) == ["secret"]
    assert (outside / "secret").read_bytes() == b"secret"
    assert (root / "link").read_bytes() == b"mine"
    assert list((root / ".incoming").iterdir()) == []


async def test_a_root_that_is_a_symbolic_link_itself_is_fine(tmp_path: Path) -> None:
    # given
    (tmp_path / "volume").mkdir()
    (tmp_path / "storage").symlink_to(tmp_path / "volume")
    store = DiskStore(tmp_path / "storage", SIGNER)
    await store.start()
    # when
    await put(store, "a/b", b"1")
    # then
    assert (tmp_path / "volume" / "a" / "b").read_bytes() == b"1"
    assert await store.exists("a/b")
    await store.close()


async def test_what_a_killed_process_left_is_discarded_by_age(disk_store: DiskStore, root: Path) -> None:
    # given
    now = datetime.now(UTC)
    for name, age in (("old", timedelta(days=2)), ("new", timedelta(0))):
        (root / ".incoming" / name).write_bytes(b"half")
        written = (now - age).timestamp()
        os.utime(root / ".incoming" / name, (written, written))
    # when
    count = await disk_store.discard_unfinished(now - timedelta(days=1), prefix="packages/")
    # then
    assert count == 1
    assert [path.name for path in (root / ".incoming").iterdir()] == ["new"]
    assert await keys(disk_store, now + timedelta(days=1)) == []


async def test_only_objects_old_enough_are_listed(disk_store: DiskStore, root: Path) -> None:
    # given
    now = datetime.now(UTC)
    for key, age in (("packages/old", 48), ("packages/new", 1)):
        await put(disk_store, key, b"1")
        written = (now - timedelta(hours=age)).timestamp()
        os.utime(root / key, (written, written))
    # then
    assert await keys(disk_store, now - timedelta(hours=24)) == ["packages/old"]


async def test_a_key_below_an_object_is_refused(disk_store: DiskStore, root: Path) -> None:
    # given
    await put(disk_store, "a", b"1")
    # then
    with pytest.raises(StorageUnavailable):
        await put(disk_store, "a/b", b"2")
    assert not await disk_store.exists("a/b")
    await disk_store.delete("a/b")
    assert (root / "a").read_bytes() == b"1"
    assert list((root / ".incoming").iterdir()) == []


async def test_a_folder_taken_away_is_not_ready(disk_store: DiskStore, root: Path) -> None:
    # given
    (root / ".incoming").rmdir()
    # then
    with pytest.raises(StorageUnavailable, match="missing or not writable"):
        await disk_store.check()
    with pytest.raises(StorageUnavailable):
        await put(disk_store, "a", b"1")


async def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    # given
    (tmp_path / "file").write_bytes(b"")
    store = DiskStore(tmp_path / "file" / "storage", SIGNER)
    # then
    with pytest.raises(StorageUnavailable, match="Not a directory"):
        await store.start()
    await store.close()


async def test_only_the_owner_reads_the_files(disk_store: DiskStore, root: Path) -> None:
    await put(disk_store, "packages/a", b"1")
    assert (root / "packages" / "a").stat().st_mode & 0o777 == 0o600
    assert (root / "packages").stat().st_mode & 0o077 == 0
