"""Checking inputs: all problems are collected, then raised at once."""

import re
from urllib.parse import urlsplit

from app.errors import InvalidInput, Issue

URL_MAX_LENGTH = 2048
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Problems:
    """What is wrong with an input so far."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []

    def add(self, field: str, message: str) -> None:
        """Note a problem with `input.<field>`; `field` is the GraphQL name, dots separate levels."""
        self._issues.append(Issue(("input", *field.split(".")), message))

    def check(self, is_fine: bool, field: str, message: str) -> None:
        """Note a problem unless all is fine."""
        if not is_fine:
            self.add(field, message)

    def text(self, field: str, value: str | None, *, longest: int) -> None:
        """Check a text: no control characters, and at most so many of any."""
        if value is not None:
            self.check(len(value) <= longest, field, f"`{field}` may have at most {longest} characters.")
            self.check(not _CONTROL.search(value), field, f"`{field}` may not hold control characters.")

    def url(self, field: str, value: str | None) -> None:
        """Check a web address."""
        if value is not None and not _is_web_url(value):
            self.add(field, f"`{field}` must be an http or https URL of at most {URL_MAX_LENGTH} characters.")

    def raise_any(self) -> None:
        """Raise InvalidInput with everything noted; nothing noted: go on."""
        if self._issues:
            raise InvalidInput(self._issues)


def _is_web_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and len(value) <= URL_MAX_LENGTH
            and not re.search(r"[\s\x00-\x1f\x7f]", value)
        )
    except ValueError:
        return False
