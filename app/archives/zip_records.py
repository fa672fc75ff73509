"""The fixed records of a ZIP archive, and where its directory is.

APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16 (records), 4.5.3 (ZIP64), 4.6.9 (Unicode path).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.archives.contents import HostileArchive
from app.archives.plain import shown
from app.archives.streams import CHUNK_BYTES

LOCAL = struct.Struct("<4sHHHHHIIIHH")
CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_ZIP64_END = struct.Struct("<4sQHHIIQQQQ")
_ZIP64_LOCATOR = struct.Struct("<4sIQI")
_MAX_COMMENT = 0xFFFF
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class DirectoryEnd:
    """Where the directory lies, in bytes from the start of the archive, and how many entries it has."""

    offset: int
    size: int
    entry_count: int


def broken(message: str) -> HostileArchive:
    """The refusal of a directory that cannot be believed."""
    return HostileArchive("broken_directory", message)


def read_at(file: BinaryIO, offset: int, count: int) -> bytes:
    """Up to `count` bytes at `offset`."""
    file.seek(offset)
    return file.read(count)


def file_slice(file: BinaryIO, offset: int, count: int) -> Iterator[bytes]:
    """The bytes at `offset` in chunks; seeks before each, so that others may use the file in between."""
    stop = offset + count
    while offset < stop:
        chunk = read_at(file, offset, min(CHUNK_BYTES, stop - offset))
        if not chunk:
            return
        offset += len(chunk)
        yield chunk


def find_end(file: BinaryIO, archive_size: int) -> DirectoryEnd:
    """Find the directory. Raises HostileArchive unless the archive ends with it, and it is the only one."""
    if not archive_size:
        raise HostileArchive("empty", "The file is empty.")
    tail_offset = max(0, archive_size - _END.size - _MAX_COMMENT)
    tail = read_at(file, tail_offset, archive_size - tail_offset)
    signatures = list(_positions(tail, b"PK\x05\x06"))
    ends = [at for at in signatures if _comment_reaches_end(tail, at)]
    if not ends:
        starts_like_zip = read_at(file, 0, 4) in (b"PK\x03\x04", b"PK\x05\x06")
        if signatures:
            raise HostileArchive("trailing_data", "Data follows the end of the archive, or its comment is cut off.")
        if starts_like_zip:
            raise HostileArchive("truncated", "The archive's end is missing; it was probably cut off.")
        raise HostileArchive("not_a_zip", "The file is not a ZIP archive.")
    if len(ends) > 1:
        raise HostileArchive("ambiguous_directory", "The archive has more than one directory.")
    at = ends[0]
    _, disk, directory_disk, here, count, size, offset, _ = _END.unpack_from(tail, at)
    limit = tail_offset + at
    locator = read_at(file, limit - _ZIP64_LOCATOR.size, _ZIP64_LOCATOR.size) if limit >= _ZIP64_LOCATOR.size else b""
    if locator[:4] == b"PK\x06\x07":
        limit, (disk, directory_disk, here, count, size, offset) = _zip64_end(
            file, limit, locator, (disk, directory_disk, here, count, size, offset)
        )
    if disk or directory_disk or here != count:
        raise broken("The archive is one part of several; upload it in one piece.")
    if offset + size > limit:
        raise broken("The archive's directory lies outside of the archive.")
    if offset + size < limit:
        raise HostileArchive("prepended_data", "Data was put before or into the archive: its offsets no longer hold.")
    if not count:
        raise HostileArchive("empty", "The archive holds no files.")
    return DirectoryEnd(offset, size, count)


def _positions(data: bytes, signature: bytes) -> Iterator[int]:
    at = data.find(signature)
    while at >= 0:
        yield at
        at = data.find(signature, at + 1)


def _comment_reaches_end(tail: bytes, at: int) -> bool:
    if at + _END.size > len(tail):
        return False
    return at + _END.size + int(_END.unpack_from(tail, at)[-1]) == len(tail)


def _zip64_end(
    file: BinaryIO, end_offset: int, locator: bytes, classic: tuple[int, ...]
) -> tuple[int, tuple[int, ...]]:
    """The 64-bit end record: where it starts, and its values, which must agree with the classic record's."""
    _, record_disk, record_offset, disks = _ZIP64_LOCATOR.unpack(locator)
    raw = read_at(file, record_offset, _ZIP64_END.size) if record_offset < end_offset else b""
    if len(raw) < _ZIP64_END.size or raw[:4] != b"PK\x06\x06" or record_disk or disks > 1:
        raise broken("The archive's 64-bit directory end is not where it should be.")
    _, record_size, _, _, *wide = _ZIP64_END.unpack(raw)
    if record_offset + 12 + record_size + _ZIP64_LOCATOR.size != end_offset:
        raise broken("The archive's 64-bit directory end does not end where the archive does.")
    for narrow, value, unset in zip(classic, wide, (_MAX16, _MAX16, _MAX16, _MAX16, _MAX32, _MAX32), strict=True):
        if narrow not in (value, unset):
            raise broken("The archive's two directory ends contradict each other.")
    return record_offset, tuple(wide)


def zip64_values(extra: bytes, values: tuple[int, int, int], path: str) -> tuple[int, int, int]:
    """Size, compressed size and offset, those that are marked as too big taken from the ZIP64 extra field."""
    if _MAX32 not in values:
        return values
    data = extra_field(extra, 0x0001)
    if data is None:
        return values  # exactly 4 GiB - 1: allowed without the field
    filled = []
    for value in values:
        if value == _MAX32:
            if len(data) < 8:
                raise broken(f"Entry “{shown(path)}”: its 64-bit sizes are missing.")
            value, data = int.from_bytes(data[:8], "little"), data[8:]
        filled.append(value)
    return filled[0], filled[1], filled[2]


def unicode_path(extra: bytes, raw_name: bytes) -> str | None:
    """The name in the Info-ZIP Unicode Path field, if it belongs to this name."""
    data = extra_field(extra, 0x7075)
    if data is None or len(data) < 6 or data[0] != 1 or int.from_bytes(data[1:5], "little") != zlib.crc32(raw_name):
        return None
    try:
        return data[5:].decode("utf-8")
    except UnicodeDecodeError:
        raise HostileArchive(
            "bad_name", f"Entry {shown(repr(raw_name))} has a Unicode name that is not UTF-8."
        ) from None


def extra_field(extra: bytes, wanted: int) -> bytes | None:
    """The data of the extra field with this identifier."""
    at = 0
    while at + 4 <= len(extra):
        identifier, length = struct.unpack_from("<HH", extra, at)
        if identifier == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return None
