"""Files that are compressed as a whole, as joblib and pandas write pickles: zlib, gzip, bzip2, xz and lzma."""

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any

from app.archives.contents import ArchiveLimits
from app.archives.streams import CHUNK_BYTES
from app.archives.zip_data import SMALL_BYTES

_LZMA_MEMORY_BYTES = 128 << 20


class Decompression:
    """Inflates chunks within the archive's limits. `failed` tells afterwards whether anything was left out."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.failed = False
        self._limits = limits

    def chunks(self, packed: Iterator[bytes], head: bytes) -> Iterator[bytes]:
        """The inflated data, as far as it can be had; the packed chunks themselves when they are not compressed."""
        decoder = _decoder(head)
        if decoder is None:
            yield from packed
            return
        consumed = produced = 0
        for chunk in packed:
            consumed += len(chunk)
            data = chunk
            while not decoder.eof:
                try:
                    inflated = _inflate(decoder, data)
                except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError):
                    self.failed = True
                    return
                produced += len(inflated)
                if produced > min(self._limits.max_unpacked_bytes, max(SMALL_BYTES, self._limits.max_ratio * consumed)):
                    self.failed = True
                    return
                if inflated:
                    yield inflated
                data = getattr(decoder, "unconsumed_tail", b"")
                if not data and (not inflated or getattr(decoder, "needs_input", False)):
                    break
        self.failed |= not decoder.eof


def _decoder(head: bytes) -> Any:
    if head[:2] == b"\x1f\x8b" or (head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0):
        return zlib.decompressobj(47)  # zlib or gzip, told by its header
    if head[:3] == b"BZh":
        return bz2.BZ2Decompressor()
    if head[:6] == b"\xfd7zXZ\x00" or head[:3] == b"\x5d\x00\x00":
        return lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES)
    return None


def _inflate(decoder: Any, data: bytes) -> bytes:
    inflated: bytes = decoder.decompress(data, CHUNK_BYTES)
    return inflated
