"""Reading an uploaded package archive: nothing is unpacked to disk, run or unpickled.

Every function here is synchronous and reads in chunks, so that memory stays the same whatever the archive's size;
callers run them in a thread.
"""

from app.archives.archive import read_archive
from app.archives.contents import (
    ArchiveContents,
    ArchiveFile,
    ArchiveLimits,
    BaseModelReference,
    HostileArchive,
    ModelCard,
    ScanResult,
    TensorSummary,
)
from app.archives.reader import ArchiveReader

__all__ = [
    "ArchiveContents",
    "ArchiveFile",
    "ArchiveLimits",
    "ArchiveReader",
    "BaseModelReference",
    "HostileArchive",
    "ModelCard",
    "ScanResult",
    "TensorSummary",
    "read_archive",
]
