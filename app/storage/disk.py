"""Objects as files in one folder: the embedded default, downloads served by the application itself."""

import asyncio
import errno
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote, urlencode

from app.storage.object_store import (
    CHUNK_BYTES,
    ObjectMissing,
    StorageUnavailable,
    StoredObject,
    checked_key,
    checked_size,
    safe_file_name,
)
from app.storage.signing import Signer

Result = TypeVar("Result")

# Keys cannot name it: their segments never start with a dot.
_INCOMING = ".incoming"
_PUT_THREADS = 4
_LISTING_BATCH = 1000


class DiskStore:
    """An object store in the folder `root`; a key is a path below it. `signer` signs the download links."""

    bucket: str | None = None

    def __init__(self, root: Path, signer: Signer) -> None:
        # Resolved once: afterwards a path that resolves to anything but itself goes through a symbolic link.
        self._root = Path(os.path.realpath(root))
        self._incoming = self._root / _INCOMING
        self.signer = signer
        # Puts have threads of their own: copying takes seconds, and everything else must not wait behind it.
        self._put_threads = ThreadPoolExecutor(_PUT_THREADS, thread_name_prefix="disk-store")

    async def start(self) -> None:
        """Create the folder. Raises StorageUnavailable when that cannot be done."""
        await self._run(lambda: self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True))
        await self.check()

    async def close(self) -> None:
        """Wait for what is under way and let go of the threads."""
        await asyncio.to_thread(self._put_threads.shutdown)

    async def put(self, key: str, file: BinaryIO, size_bytes: int) -> StoredObject:
        """Store the file: written beside, synced, then renamed. See ObjectStore.put."""
        path = self._path(key)
        stop = threading.Event()
        write = partial(self._write, key, path, file, size_bytes, stop)
        writing = asyncio.ensure_future(self._run(write, self._put_threads))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            # A thread cannot be interrupted: tell it to stop, and wait, for the caller is about to close the file.
            stop.set()
            await asyncio.wait([writing])
            if not writing.cancelled() and writing.exception() is None:
                with suppress(StorageUnavailable):
                    await self.delete(key)
            raise

    async def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""
        with suppress(ObjectMissing):
            await self._run_on(key, Path.unlink)

    async def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""
        try:
            await self.stat(key)
        except ObjectMissing:
            return False
        return True

    async def open(self, key: str) -> BinaryIO:
        """The object's file, for reading. Raises ObjectMissing."""
        return await self._run_on(key, lambda path: path.open("rb"))

    async def stat(self, key: str) -> tuple[Path, os.stat_result]:
        """The object's path and what the file system says of it, for serving it. Raises ObjectMissing."""
        return await self._run_on(key, lambda path: (path, path.stat()))

    async def download_url(self, key: str, *, file_name: str, expires_in_seconds: int, base_url: str) -> str:
        """A signed link to the route of `files_route`. See ObjectStore.download_url."""
        name, expires = safe_file_name(file_name), str(int(time.time()) + expires_in_seconds)
        signature = self.signer.sign("GET", checked_key(key), name, expires)
        query = urlencode({"name": name, "expires": expires, "signature": signature}, quote_via=quote)
        return f"{base_url.rstrip('/')}/files/{key}?{query}"

    async def check(self) -> None:
        """Raise StorageUnavailable when the folder is missing or cannot be written to."""
        if not await self._run(lambda: self._incoming.is_dir() and os.access(self._incoming, os.W_OK | os.X_OK)):
            raise StorageUnavailable("the storage folder is missing or not writable")

    async def keys_older_than(self, moment: datetime, *, prefix: str) -> AsyncIterator[str]:
        """The keys under `prefix` of objects stored before `moment`."""
        found = self._walk(self._root, moment.timestamp())
        while batch := await self._run(lambda: list(islice(found, _LISTING_BATCH))):
            for path in batch:
                key = path.relative_to(self._root).as_posix()
                if key.startswith(prefix):
                    yield key

    async def discard_unfinished(self, moment: datetime, *, prefix: str) -> int:
        """Remove the temporary files of puts whose process was killed, begun before `moment`; how many."""
        return await self._run(lambda: _unlink_all(self._walk(self._incoming, moment.timestamp())))

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    async def _run(self, function: Callable[[], Result], threads: ThreadPoolExecutor | None = None) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, function)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise StorageUnavailable("the storage is full" if full else f"storage: {error.strerror}") from error

    async def _run_on(self, key: str, function: Callable[[Path], Result]) -> Result:
        """Call the function with the path of an existing object."""
        path = self._path(key)
        return await self._run(lambda: _on_plain_file(path, function))

    def _write(self, key: str, path: Path, file: BinaryIO, size_bytes: int, stop: threading.Event) -> StoredObject:
        checked_size(file, size_bytes)
        descriptor, temporary = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(descriptor, "wb") as target:
                sha256 = _copy(file, target, stop)
            self._publish(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return StoredObject(key, size_bytes, sha256)

    def _publish(self, temporary: str, path: Path) -> None:
        if os.path.realpath(path.parent) != str(path.parent):
            raise StorageUnavailable("the storage folder holds a symbolic link where a folder is expected")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(temporary, path)  # replaces a symbolic link itself, never what it points to
        _sync_folder(path.parent)

    def _walk(self, folder: Path, before: float) -> Iterator[Path]:
        with suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != _INCOMING:
                            yield from self._walk(Path(entry.path), before)
                    elif entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < before:
                        yield Path(entry.path)


def _on_plain_file(path: Path, function: Callable[[Path], Result]) -> Result:
    """Refuses what is no regular file, or is reached through a symbolic link, which could lead out of the folder."""
    try:
        if os.path.realpath(path) != str(path) or not path.is_file():
            raise ObjectMissing("there is no such object")
        return function(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectMissing("there is no such object") from error


def _copy(file: BinaryIO, target: BinaryIO, stop: threading.Event) -> str:
    """Copy to disk, durably; the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        if stop.is_set():
            raise InterruptedError(errno.EINTR, "stopped")
        digest.update(chunk)
        target.write(chunk)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unlink_all(paths: Iterator[Path]) -> int:
    count = 0
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
            count += 1
    return count
