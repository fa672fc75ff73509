"""Global ids: opaque, unique over all types, `<tag>_<key>` underneath.

The Relay specification only asks that an id be opaque and unique; this spelling is cheaper than base64 to make (ids
are most of what a page of nodes encodes), safe in URLs, and shows in a log what it is an id of.
"""

import re
from typing import Any
from uuid import UUID

import strawberry

from app.errors import NotFound
from app.public_ids import encode_id as encode_id

_ID = re.compile(r"\A([a-z]+)_(?:([0-9a-f]{32})|(0|[1-9][0-9]{0,18}))\Z")
_LARGEST_NUMBER = 2**63 - 1


def decode_id(value: str) -> tuple[str, UUID | int] | None:
    """The tag and key of a global id, or None for what is none."""
    match = _ID.match(value)
    if match is None:
        return None
    tag, key, number = match.groups()
    if key is not None:
        return tag, UUID(hex=key)
    return (tag, int(number)) if int(number) <= _LARGEST_NUMBER else None


def key_of(node_type: Any, value: strawberry.ID, *path: str | int) -> UUID:
    """The key in the id of a `node_type` given at `path`. Raises NotFound for anything else: no such thing exists."""
    decoded = decode_id(str(value))
    if decoded is None or decoded[0] != node_type.TAG or not isinstance(decoded[1], UUID):
        raise NotFound(f"There is no {node_type.__name__} with this id.", path=path)
    return decoded[1]
