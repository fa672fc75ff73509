"""Untrusted text and values made fit for the database and for JSON."""

import datetime
import json
import math
from typing import Any

_MAX_DEPTH = 32
_INT64 = 1 << 63


def clean_text(text: str) -> str:
    """The text without what PostgreSQL and UTF-8 cannot hold: NUL characters and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def shown(text: str, limit: int = 200) -> str:
    """A name from an archive, as a message may show it: control characters escaped, cut at `limit` characters."""
    printable = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:limit])
    return printable + ("…" if len(text) > limit else "")


def plain(value: Any, depth: int = 0) -> Any:
    """The value in JSON's terms: dates as ISO strings, integers beyond 64 bits and what is not JSON as strings.

    What is nested deeper than 32 levels becomes None, and so do NaN and the infinities.
    """
    if depth > _MAX_DEPTH:
        return None
    match value:
        case None | bool():
            return value
        case str():
            return clean_text(value)
        case int():
            return value if -_INT64 <= value < _INT64 else hex(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {clean_text(str(key)): plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple() | set():
            return [plain(item, depth + 1) for item in value]
        case datetime.date():
            return value.isoformat()
        case _:
            return None


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in the text as plain values. Raises ValueError when it is none."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    result: dict[str, Any] = plain(value)
    return result
