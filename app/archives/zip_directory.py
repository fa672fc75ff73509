"""The archive's own directory, read strictly: tools must not be able to disagree about what the archive holds.

The layout follows PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5. Python's zipfile forgives prepended data, trailing
data, overlapping entries and local headers that contradict the directory; none of it is forgiven here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from app.archives.contents import ArchiveLimits, HostileArchive
from app.archives.plain import shown
from app.archives.streams import ByteReader, EndOfData
from app.archives.zip_names import MAX_NAME_BYTES, check_collisions, check_name
from app.archives.zip_records import (
    CENTRAL,
    LOCAL,
    DirectoryEnd,
    broken,
    file_slice,
    find_end,
    read_at,
    unicode_path,
    zip64_values,
)

STORED, DEFLATED = 0, 8
_METHOD_NAMES = {
    1: "shrink",
    6: "implode",
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "xz",
    98: "PPMd",
}
_ENCRYPTED_BITS = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR_BIT = 0x0008
_PATCH_BIT = 0x0020
_UTF8_BIT = 0x0800
_TYPE_MASK, _REGULAR, _FOLDER, _LINK = 0xF000, 0x8000, 0x4000, 0xA000
_REPARSE_POINT = 0x0400


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry as the directory describes it; sizes and offsets in bytes."""

    path: str
    raw_name: bytes
    method: int
    flags: int
    crc: int
    compressed_size: int
    size: int
    header_offset: int
    data_offset: int = 0

    @property
    def is_folder(self) -> bool:
        """Whether the entry only names a folder."""
        return self.path.endswith("/")


@dataclass(frozen=True, slots=True)
class ZipDirectory:
    """All entries in the directory's order; `unlisted_bytes` lie between entries and belong to none."""

    entries: tuple[ZipEntry, ...]
    archive_size: int
    unlisted_bytes: int


def read_directory(file: BinaryIO, limits: ArchiveLimits) -> ZipDirectory:
    """Read and check the directory of a ZIP archive. Raises HostileArchive, naming what is wrong."""
    archive_size = file.seek(0, 2)
    end = find_end(file, archive_size)
    if end.entry_count > limits.max_files:
        raise HostileArchive(
            "too_many_files", f"The archive lists {end.entry_count} entries; at most {limits.max_files} are allowed."
        )
    listed = list(_central_entries(file, end))
    if not any(not entry.is_folder for entry in listed):
        raise HostileArchive("empty", "The archive holds no files.")
    check_collisions(entry.path for entry in listed)
    declared = sum(entry.size for entry in listed)
    if declared > limits.max_unpacked_bytes:
        raise HostileArchive(
            "too_large", f"The archive unpacks to {declared} bytes; at most {limits.max_unpacked_bytes} are allowed."
        )
    entries = [replace(entry, data_offset=_data_offset(file, entry)) for entry in listed]
    return ZipDirectory(tuple(entries), archive_size, _unlisted_bytes(file, entries, end.offset))


def _central_entries(file: BinaryIO, end: DirectoryEnd) -> Iterator[ZipEntry]:
    reader = ByteReader(file_slice(file, end.offset, end.size))
    count = 0
    try:
        while not reader.at_end():
            count += 1
            if count > end.entry_count:
                raise broken("The archive's directory holds more entries than it says.")
            yield _central_entry(reader)
    except EndOfData:
        raise broken("The archive's directory ends in the middle of an entry.") from None
    if count != end.entry_count:
        raise broken(f"The archive's directory says {end.entry_count} entries but holds {count}.")


def _central_entry(reader: ByteReader) -> ZipEntry:
    header = CENTRAL.unpack(reader.take(CENTRAL.size))
    (signature, _, _, flags, method, _, _, crc, packed, size) = header[:10]
    (name_length, extra_length, comment_length, disk, _, attributes, offset) = header[10:]
    if signature != b"PK\x01\x02":
        raise broken("The archive's directory is damaged: an entry does not start with its signature.")
    if name_length > MAX_NAME_BYTES:
        raise HostileArchive(
            "long_name", f"An entry's name has {name_length} bytes; at most {MAX_NAME_BYTES} are allowed."
        )
    raw_name = reader.take(name_length)
    extra = reader.take(extra_length)
    reader.skip(comment_length)
    name = _decoded(raw_name, flags)
    check_name(name)
    path = unicode_path(extra, raw_name) or name
    check_name(path)
    size, packed, offset = zip64_values(extra, (size, packed, offset), path)
    entry = ZipEntry(path, raw_name, method, flags, crc, packed, size, offset)
    if disk not in (0, 0xFFFF):
        raise broken("The archive is one part of several; upload it in one piece.")
    _check_kind(entry, attributes)
    return entry


def _decoded(raw_name: bytes, flags: int) -> str:
    """The name: UTF-8 where flagged; else UTF-8 too (macOS) where that is possible, or CP437."""
    if not raw_name:
        raise HostileArchive("no_name", "An entry has no name.")
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        if flags & _UTF8_BIT:
            raise HostileArchive("bad_name", f"Entry {shown(repr(raw_name))} has a name that is not UTF-8.") from None
        return raw_name.decode("cp437")


def _check_kind(entry: ZipEntry, attributes: int) -> None:
    label = f"Entry “{shown(entry.path)}”"
    if entry.flags & _ENCRYPTED_BITS or entry.method == 99:
        raise HostileArchive("encrypted", f"{label} is encrypted; upload the archive without a password.")
    if entry.method not in (STORED, DEFLATED) or entry.flags & _PATCH_BIT:
        name = _METHOD_NAMES.get(entry.method, f"number {entry.method}")
        raise HostileArchive("compression_method", f"{label} is compressed by {name}; use deflate, or store it.")
    kind = (attributes >> 16) & _TYPE_MASK
    if kind == _LINK or attributes & _REPARSE_POINT:
        raise HostileArchive("symbolic_link", f"{label} is a symbolic link; put the file itself into the archive.")
    if kind not in (0, _REGULAR, _FOLDER):
        raise HostileArchive("special_file", f"{label} is a device, socket or pipe.")
    if kind and (kind == _FOLDER) != entry.is_folder:
        raise HostileArchive("special_file", f"{label} is marked as a folder by its mode or its name, but not by both.")
    if entry.is_folder and entry.size:
        raise HostileArchive("special_file", f"{label} is a folder that holds data.")
    if entry.method == STORED and entry.size != entry.compressed_size:
        raise HostileArchive("wrong_size", f"{label} is stored, but its two sizes differ.")


def _data_offset(file: BinaryIO, entry: ZipEntry) -> int:
    """Where the entry's data starts, after its local header, which must agree with the directory."""
    label = f"Entry “{shown(entry.path)}”"
    raw = read_at(file, entry.header_offset, LOCAL.size)
    if len(raw) < LOCAL.size or raw[:4] != b"PK\x03\x04":
        raise broken(f"{label}: there is no entry where the directory says.")
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = LOCAL.unpack(raw)
    rest = read_at(file, entry.header_offset + LOCAL.size, name_length + extra_length)
    if len(rest) < name_length + extra_length:
        raise broken(f"{label}: its header is cut off.")
    if rest[:name_length] != entry.raw_name:
        raise HostileArchive(
            "contradicting_names", f"{label} has another name in its own header than in the directory."
        )
    if flags & _ENCRYPTED_BITS:
        raise HostileArchive("encrypted", f"{label} is encrypted by its own header, but not by the directory.")
    size, packed, _ = zip64_values(rest[name_length:], (size, packed, 0), entry.path)
    told_later = flags & _DESCRIPTOR_BIT and (crc, packed, size) in ((0, 0, 0), (0, entry.compressed_size, entry.size))
    if method != entry.method or (
        not told_later and (crc, packed, size) != (entry.crc, entry.compressed_size, entry.size)
    ):
        raise HostileArchive("contradicting_headers", f"{label}: its own header contradicts the directory.")
    data_offset: int = entry.header_offset + LOCAL.size + name_length + extra_length
    return data_offset


def _unlisted_bytes(file: BinaryIO, entries: list[ZipEntry], directory_offset: int) -> int:
    """The bytes between entries that belong to none. Refuses shared bytes, and anything before the first entry."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if ordered[0].header_offset:
        raise HostileArchive(
            "prepended_data", f"{ordered[0].header_offset} bytes stand before the archive's first entry."
        )
    unlisted = 0
    ends = [*(entry.header_offset for entry in ordered[1:]), directory_offset]
    for entry, end in zip(ordered, ends, strict=True):
        stop = entry.data_offset + entry.compressed_size
        if stop > end:
            raise HostileArchive("overlapping_entries", f"Entry “{shown(entry.path)}” overlaps what comes after it.")
        if gap := end - stop:
            unlisted += gap - _descriptor_size(read_at(file, stop, min(gap, 24)), entry)
    return unlisted


def _descriptor_size(data: bytes, entry: ZipEntry) -> int:
    """The length of the data descriptor that may follow the entry: with or without signature, 32- or 64-bit sizes."""
    for sizes in ("II", "QQ"):
        try:
            plain = struct.pack("<I" + sizes, entry.crc, entry.compressed_size, entry.size)
        except struct.error:
            continue
        for candidate in (b"PK\x07\x08" + plain, plain):
            if data.startswith(candidate):
                return len(candidate)
    return 0
