"""Reading single files out of an archive, with all checks of its directory and its data."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from app.archives.contents import ArchiveLimits
from app.archives.plain import clean_text
from app.archives.streams import ByteReader
from app.archives.zip_data import Meter, entry_chunks
from app.archives.zip_directory import ZipEntry, read_directory


class ArchiveReader:
    """A checked archive. Reads forward through entries, at constant memory; not for use by several threads at once."""

    def __init__(self, file: BinaryIO, limits: ArchiveLimits) -> None:
        """Read the directory of `file`, which must be seekable. Raises HostileArchive."""
        self._file = file
        self._limits = limits
        self.directory = read_directory(file, limits)
        self.files = tuple(entry for entry in self.directory.entries if not entry.is_folder)

    def meter(self) -> Meter:
        """What measures one pass over the archive: each pass may inflate as much as the limits allow."""
        return Meter(self._limits, self.directory.archive_size)

    def chunks(self, entry: ZipEntry, meter: Meter) -> Iterator[bytes]:
        """The entry's data in chunks. Raises HostileArchive, for a wrong size or checksum after the last one."""
        return entry_chunks(self._file, entry, meter)

    def texts(
        self, predicate: Callable[[str], bool], max_bytes_each: int, max_bytes_total: int
    ) -> Iterator[tuple[str, str]]:
        """Path and text of the files whose path satisfies `predicate`, in the archive's order.

        A text longer than `max_bytes_each` is cut there; reading ends after `max_bytes_total`. What is not UTF-8 is
        replaced. Raises HostileArchive.
        """
        left = max_bytes_total
        meter = self.meter()
        for entry in self.files:
            if left <= 0:
                return
            if predicate(entry.path):
                data = ByteReader(self.chunks(entry, meter)).read(min(max_bytes_each, left))
                left -= len(data)
                yield entry.path, decoded_text(data)

    def text(self, path: str, max_bytes: int) -> str | None:
        """The text of one file, cut at `max_bytes`; None when the archive has no such file. Raises HostileArchive."""
        return next((text for _, text in self.texts(path.__eq__, max_bytes, max_bytes)), None)


def decoded_text(data: bytes) -> str:
    """UTF-8 text, also behind a byte order mark; what is not UTF-8 or cannot be stored is replaced."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return clean_text(data.decode("utf-16", "replace"))
    return clean_text(data.decode("utf-8-sig", "replace"))


class FileSlice(io.RawIOBase):
    """A part of a file as a file of its own: a checkpoint that is stored, not compressed, needs no copy."""

    def __init__(self, file: BinaryIO, offset: int, size: int) -> None:
        super().__init__()
        self._file = file
        self._offset = offset
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The position in the part, in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to `offset` from the start, the position or the end of the part; returns the new position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, all that is left when negative."""
        left = max(0, self._size - self._at)
        count = left if size is None or size < 0 else min(size, left)
        self._file.seek(self._offset + self._at)
        data = self._file.read(count)
        self._at += len(data)
        return data
