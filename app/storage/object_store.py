"""What every object store does, and the rules for keys and file names that all of them share."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol
from urllib.parse import quote

CHUNK_BYTES = 1 << 20
_KEY = re.compile(r"(?!.*(?:^|/)(?:\.|/|$))[A-Za-z0-9._/-]{1,1024}", re.ASCII)
_SEGMENT_MAX_LENGTH = 255
_UNSAFE_IN_FILE_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f"\\/:*?<>|\ud800-\udfff\u202a-\u202e\u2066-\u2069]')


class InvalidKey(ValueError):
    """The key could not have been made by this program; nothing was touched."""


class ObjectMissing(Exception):
    """There is no object under this key."""


class StorageUnavailable(Exception):
    """The store cannot be reached or refuses to work; the message is short and holds no secret."""


@dataclass(frozen=True)
class StoredObject:
    """An object just stored: its key, its length in bytes and the lower-case hexadecimal SHA-256 of its content."""

    key: str
    size_bytes: int
    sha256: str


class ObjectStore(Protocol):
    """Keeps whole, immutable objects under keys.

    Every method that takes a key raises InvalidKey for one that `checked_key` refuses, and StorageUnavailable when
    the store cannot do its work. `bucket` is the S3 bucket's name, None on disk.
    """

    @property
    def bucket(self) -> str | None:
        """The S3 bucket's name, None on disk."""

    async def start(self) -> None:
        """Create the folder or bucket where it is missing. Raises StorageUnavailable when that cannot be done."""

    async def close(self) -> None:
        """Stop what is under way and let go of threads and connections; the store is not used afterwards."""

    async def put(self, key: str, file: BinaryIO, size_bytes: int) -> StoredObject:
        """Store the seekable `file` from its start, holding a fixed amount of memory.

        Either the whole object is there afterwards or nothing is, also when the call is cancelled; `file` is not read
        any more once the call has ended. A key is meant to be used once: a failed put under a key that was already
        taken may remove the older object. Raises ValueError when the file does not have `size_bytes` bytes, and
        whatever reading the file raises.
        """

    async def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""

    async def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""

    async def open(self, key: str) -> BinaryIO:
        """A seekable, read-only file over the object, to be read in a thread and closed by the caller.

        Memory is bounded whatever the object's size. Raises ObjectMissing.
        """

    async def download_url(self, key: str, *, file_name: str, expires_in_seconds: int, base_url: str) -> str:
        """A URL that gives the object to whoever has it, for `expires_in_seconds` seconds, as an attachment.

        `base_url` is the server's own URL as the client sees it; S3 does not need it. Existence is not checked.
        """

    async def check(self) -> None:
        """Raise StorageUnavailable with a short message when objects could not be stored now."""

    def keys_older_than(self, moment: datetime, *, prefix: str) -> AsyncIterator[str]:
        """The keys that start with `prefix` of objects stored before `moment` (timezone-aware), in no set order."""

    async def discard_unfinished(self, moment: datetime, *, prefix: str) -> int:
        """Remove what puts begun before `moment` under `prefix` left when their process was killed; how many.

        On disk such remains are not filed under their key, so all of that age go, whatever the prefix.
        """


def checked_key(key: str) -> str:
    """Return the key, or raise InvalidKey.

    A key is 1 to 1024 of `A-Z a-z 0-9 . _ / -`; no segment between slashes is empty, starts with a dot or is longer
    than 255. Dotted segments are refused as a whole, so that neither `..` nor a store's own folders can be named.
    """
    if not _KEY.fullmatch(key) or any(len(segment) > _SEGMENT_MAX_LENGTH for segment in key.split("/")):
        raise InvalidKey(f"not a storage key: {key[:80]!r}")
    return key


def media_type(key: str) -> str:
    """`application/zip` for keys that end in .zip, else the type no browser displays."""
    return "application/zip" if key.endswith(".zip") else "application/octet-stream"


def safe_file_name(name: str) -> str:
    """The name without path separators, control, bidirectional or reserved characters, at most 200 characters long.

    What Windows or a shell could trip over becomes `_`; an empty rest becomes `download`.
    """
    return _UNSAFE_IN_FILE_NAME.sub("_", name).strip(" .")[:200] or "download"


def content_disposition(name: str) -> str:
    """A Content-Disposition header that saves under `name`: RFC 6266, with RFC 8187 for names beyond ASCII."""
    safe = safe_file_name(name)
    ascii_name = safe.encode("ascii", "replace").decode("ascii").replace("?", "_")
    plain = f'attachment; filename="{ascii_name}"'
    return plain if ascii_name == safe else f"{plain}; filename*=UTF-8''{quote(safe, safe='')}"


def checked_size(file: BinaryIO, size_bytes: int) -> None:
    """Leave the file at its start. Raises ValueError when it does not hold exactly `size_bytes` bytes."""
    actual = file.seek(0, 2)
    if actual != size_bytes:
        raise ValueError(f"the file holds {actual} bytes, not {size_bytes}")
    file.seek(0)
