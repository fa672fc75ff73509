"""An entry's data, inflated in chunks and measured on the way: no header is believed."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from app.archives.contents import ArchiveLimits, HostileArchive
from app.archives.plain import shown
from app.archives.streams import CHUNK_BYTES
from app.archives.zip_directory import STORED, ZipEntry
from app.archives.zip_records import file_slice

# Below this size a ratio says nothing: a few repeated lines may shrink a thousandfold.
SMALL_BYTES = 1 << 20


class Meter:
    """Counts what is inflated over all entries and stops at the limits."""

    def __init__(self, limits: ArchiveLimits, archive_size: int) -> None:
        self.limits = limits
        self._archive_size = archive_size
        self._total = 0

    def add(self, count: int) -> None:
        """Count `count` inflated bytes. Raises HostileArchive once there are too many."""
        self._total += count
        if self._total > self.limits.max_unpacked_bytes:
            raise HostileArchive(
                "too_large", f"The archive unpacks to more than {self.limits.max_unpacked_bytes} bytes."
            )
        if self._total > max(SMALL_BYTES, self.limits.max_ratio * self._archive_size):
            raise HostileArchive("bomb", f"The archive grows more than {self.limits.max_ratio} times when unpacked.")


def entry_chunks(file: BinaryIO, entry: ZipEntry, meter: Meter) -> Iterator[bytes]:
    """The entry's data in chunks. Raises HostileArchive on too much data, wrong sizes, bad checksum or compression."""
    label = f"Entry “{shown(entry.path)}”"
    produced = crc = 0
    for chunk, consumed in _inflated(file, entry):
        produced += len(chunk)
        if produced > max(SMALL_BYTES, meter.limits.max_ratio * consumed):
            raise HostileArchive("bomb", f"{label} grows more than {meter.limits.max_ratio} times when unpacked.")
        if produced > entry.size:
            raise HostileArchive("wrong_size", f"{label} is larger than its header says.")
        meter.add(len(chunk))
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if produced != entry.size:
        raise HostileArchive("wrong_size", f"{label} is smaller than its header says.")
    if crc != entry.crc:
        raise HostileArchive("bad_checksum", f"{label} is damaged: its checksum does not match.")


def _inflated(file: BinaryIO, entry: ZipEntry) -> Iterator[tuple[bytes, int]]:
    """Chunks, each with the number of compressed bytes read up to it."""
    consumed = 0
    packed_chunks = file_slice(file, entry.data_offset, entry.compressed_size)
    if entry.method == STORED:
        for chunk in packed_chunks:
            consumed += len(chunk)
            yield chunk, consumed
        return
    decoder = zlib.decompressobj(-15)
    while not decoder.eof:
        fresh = b"" if decoder.unconsumed_tail else next(packed_chunks, b"")
        consumed += len(fresh)
        packed = decoder.unconsumed_tail or fresh
        try:
            chunk = decoder.decompress(packed, CHUNK_BYTES)
        except zlib.error:
            raise HostileArchive("bad_compression", f"Entry “{shown(entry.path)}” cannot be inflated.") from None
        if chunk:
            yield chunk, consumed
        elif not packed:
            raise HostileArchive("bad_compression", f"Entry “{shown(entry.path)}” is cut off.")
    if consumed != entry.compressed_size or decoder.unused_data:
        raise HostileArchive("wrong_size", f"Entry “{shown(entry.path)}” is followed by data of its own after its end.")
