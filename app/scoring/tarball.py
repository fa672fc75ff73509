"""The sources of a repository, read from its archive in memory; nothing is unpacked to disk."""

import io
import tarfile
import zlib
from collections.abc import Iterator

from app.scoring.facts import SourceText
from app.scoring.fetch import Fetcher
from app.scoring.sources import MAX_SOURCE_BYTES, MAX_SOURCES, MAX_TOTAL_BYTES, is_wanted

MAX_TARBALL_BYTES = 24 << 20
MAX_UNPACKED_BYTES = 128 << 20
MAX_ENTRIES = 20_000


async def fetch_tarball(full_name: str, fetcher: Fetcher) -> bytes:
    """A repository's default branch as .tar.gz. Raises FactUnavailable, also where it is over MAX_TARBALL_BYTES."""
    return await fetcher.repository_bytes(f"/repos/{full_name}/tarball", MAX_TARBALL_BYTES)


def tarball_sources(packed: bytes) -> tuple[SourceText, ...]:
    """The texts that scoring wants, with paths inside the repository; what is broken or beyond the limits ends it."""
    try:
        return tuple(_sources(_unpacked(packed)))
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError):
        return ()


def _unpacked(packed: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(packed, MAX_UNPACKED_BYTES)


def _sources(unpacked: bytes) -> Iterator[SourceText]:
    found = total = 0
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:", ignore_zeros=False) as archive:
        for number, member in enumerate(_members(archive)):
            path = member.name.partition("/")[2]  # the host puts everything below `owner-name-commit/`
            if number >= MAX_ENTRIES or found >= MAX_SOURCES or total >= MAX_TOTAL_BYTES:
                return
            if member.isreg() and member.size <= MAX_SOURCE_BYTES and is_wanted(path):
                file = archive.extractfile(member)
                text = file.read(MAX_SOURCE_BYTES).decode("utf-8", "replace") if file else ""
                found, total = found + 1, total + len(text)
                yield SourceText(path, text)


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members up to where the archive breaks off."""
    try:
        yield from archive
    except tarfile.TarError:
        return
