"""A seekable file over an object that is fetched by ranges."""

import io
import os
from collections.abc import Callable
from typing import Any

from app.storage.object_store import StorageUnavailable


class RemoteFile(io.RawIOBase):
    """A read-only file of `size` bytes; each read is one request: `get(Range="bytes=first-last")`.

    To be wrapped in io.BufferedReader, which reads ahead. Positions are per file, so one file is read by one thread
    at a time.
    """

    def __init__(self, get: Callable[..., dict[str, Any]], size: int) -> None:
        super().__init__()
        self._get = get
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position, in bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move without any request. Raises ValueError for a position before the start."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError(f"negative seek position {origin + offset}")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the object reaches, with one request. Raises StorageUnavailable."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._size - self._position)
        if wanted <= 0:
            return 0
        body = self._get(Range=f"bytes={self._position}-{self._position + wanted - 1}")["Body"]
        filled = 0
        with body:
            while filled < wanted and (count := body.readinto(view[filled:wanted])):
                filled += count
        if filled < wanted:
            raise StorageUnavailable("S3 broke off while an object was read")
        self._position += filled
        return filled

    def readall(self) -> bytes:
        """The rest, with one request; the inherited method would make one for every 8 KiB."""
        return self.read(max(0, self._size - self._position)) or b""
