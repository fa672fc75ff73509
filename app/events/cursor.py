"""Places in the event log, and the opaque text they travel as."""

import base64
import re
import struct
from typing import NamedTuple

from app.errors import InvalidInput, Issue

_LAYOUT = struct.Struct(">qq")
_TEXT = re.compile(r"[A-Za-z0-9_-]{22}")


class EventCursor(NamedTuple):
    """An event's place in the log. Cursors compare as the log is ordered: by transaction, then by id."""

    transaction_id: int
    id: int

    def encode(self) -> str:
        """The text clients see: 22 characters of base64url (RFC 4648, section 5) without padding."""
        return base64.urlsafe_b64encode(_LAYOUT.pack(*self)).rstrip(b"=").decode("ascii")


BEGINNING = EventCursor(0, 0)
"""The place before the first event."""


def parse_cursor(text: str, *, argument: str = "after") -> EventCursor:
    """The cursor that `encode` gave as `text`. Raises InvalidInput naming `argument` for any other text.

    Whether the log has such an event is another question: see `repositories.events.is_known`.
    """
    if _TEXT.fullmatch(text):
        cursor = EventCursor(*_LAYOUT.unpack(base64.urlsafe_b64decode(text + "==")))
        # The last character has two bits to spare: only one spelling of each cursor is good.
        if min(cursor) >= 0 and cursor.encode() == text:
            return cursor
    raise unknown_cursor(argument)


def unknown_cursor(argument: str = "after") -> InvalidInput:
    """The refusal of a cursor that the log does not have; `argument` is the GraphQL name it came by."""
    message = f"`{argument}` is not a cursor of the event log; use one that an event came with, or leave it out"
    return InvalidInput([Issue((argument,), message)])
