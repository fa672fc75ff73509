"""Ids as they leave the registry: opaque, unique over all types, `<tag>_<key>` underneath.

The API's ids, and those in events' payloads, which notifications carry to others.
"""

from collections.abc import Mapping
from uuid import UUID

TAGS: Mapping[str, str] = {
    "ApiKey": "key",
    "Download": "dl",
    "Event": "evt",
    "Organization": "org",
    "Package": "pkg",
    "Project": "prj",
    "Rating": "rtg",
    "Session": "ses",
    "User": "usr",
}
"""The tag of each type that has ids, by the type's name."""


def encode_id(tag: str, key: UUID | int) -> str:
    """The id of a key, by its type's tag."""
    return f"{tag}_{key.hex}" if isinstance(key, UUID) else f"{tag}_{key}"


def public_id(type_name: str, key: UUID | int) -> str:
    """The id of a key, by its type's name. Raises KeyError for a type that has none."""
    return encode_id(TAGS[type_name], key)


def key_of_public_id(text: str) -> UUID:
    """The key in an id that `public_id` made of one. Raises ValueError for another text."""
    return UUID(hex=text.rpartition("_")[2])
