"""Versions in order: a sort key for any version text, and ranges of versions as intervals of that key.

A version is read by SemVer 2.0 (https://semver.org/#spec-item-11, a leading `v` is allowed), otherwise by PEP 440
(https://packaging.python.org/en/latest/specifications/version-specifiers/). Both give a release and what stands
before or after it, so that `1.0` and `1.0.0`, `1.2.3rc1` and `1.2.3-rc.1` are the same version. Build metadata (SemVer)
and local versions (PEP 440) do not count.

The key is ASCII text, to be compared byte by byte:

    key      = "2" order   a release or post-release
             | "1" order   a pre-release or development release
             | "0" moment  a text that neither scheme can read: by the time of upload
    order    = epoch release "." rest
    rest     = "0" dev | "1" identifiers tail | "2" | "3" post tail
    tail     = "!" dev | "#" | "%" post ("!" dev | "#")

Numbers carry their length in front, so that numbers of any size are in order. `order` alone is the order of versions of
both classes; the class in front is what puts pre-releases last.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from packaging.version import InvalidVersion, Version

MAX_VERSION_LENGTH = 100
MAX_KEY_LENGTH = 400
MAX_RANGE_LENGTH = 200

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"v?(?P<release>{_NUMBER}\.{_NUMBER}\.{_NUMBER})"
    rf"(?:-(?P<pre>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_COMPARATOR = re.compile(r"(?P<operator>>=|<=|==|=|>|<|\^|~)?(?P<version>[^<>=^~]+)")
_WILDCARD = re.compile(r"v?(?P<release>(?:[0-9]+\.)*)[xX*](?:\.[xX*])*")
_PEP440_PHASES = {"a": "alpha", "b": "beta", "rc": "rc"}
_SMALLEST = " "  # sorts before every character of a key: key + " " is the next possible key


class InvalidRange(ValueError):
    """The text is no range of versions; the message says why and is fit to be shown."""


@dataclass(frozen=True)
class KeyInterval:
    """All keys with `lower <= key < upper`."""

    lower: str
    upper: str


@dataclass(frozen=True)
class VersionRange:
    """The versions in any of the intervals; none: no version can be in the range."""

    intervals: tuple[KeyInterval, ...]

    def contains(self, key: str) -> bool:
        """Whether the version with this key is in the range."""
        return any(interval.lower <= key < interval.upper for interval in self.intervals)


@dataclass(frozen=True)
class _Parsed:
    """A version: its release as written, and its place in the order of all versions."""

    epoch: int
    release: tuple[int, ...]
    rest: str
    is_prerelease: bool = False

    @property
    def order(self) -> str:
        return self.line + self.rest

    @property
    def line(self) -> str:
        """What the release and all its pre-releases and post-releases begin with."""
        return _number(self.epoch) + "".join(_number(part) for part in _without_final_zeros(self.release)) + "."


def sort_key(version: str, uploaded_at: datetime) -> str:
    """The text that orders versions byte by byte, at most MAX_KEY_LENGTH ASCII characters; the newest is the greatest.

    Every release is above every pre-release, and both are above versions that cannot be read (no version of SemVer or
    PEP 440, or longer than MAX_VERSION_LENGTH), which are ordered by their upload. Equal keys: the same version in
    other words. `uploaded_at` must have a time zone, otherwise ValueError.
    """
    if uploaded_at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    parsed = _parse(version)
    if parsed is None:
        return "0" + uploaded_at.astimezone(UTC).isoformat(timespec="microseconds")
    return ("1" if parsed.is_prerelease else "2") + parsed.order


def parse_range(text: str) -> VersionRange:
    """The range as intervals of `sort_key`: one of releases, and one for each pre-release it names.

    A range is one or more conditions, all of which must hold, between spaces or commas: `1.2.3` or `=1.2.3` (exactly;
    missing parts are 0), `>1.2`, `>=1.2`, `<2`, `<=2`, `^1.2.3` (up to the next change of the first part that is not
    0), `~1.2.3` (up to the next minor version; `~1`: major), `1.2.x` or `1.2.*`, `*` (any release).

    Pre-releases are only in a range that names one of the same release: `>=2.0.0-rc.1` takes `2.0.0-rc.2`, but not
    `2.1.0-rc.1` (https://github.com/npm/node-semver#prerelease-tags). Versions that cannot be read are in no range.
    Raises InvalidRange.
    """
    conditions = re.sub(r"([<>=^~])\s+", r"\1", text.strip())
    if not conditions or len(text) > MAX_RANGE_LENGTH:
        raise InvalidRange(f"A version range has 1 to {MAX_RANGE_LENGTH} characters.")
    lowest, highest, lines = "", None, []
    for condition in re.split(r"\s*,\s*|\s+", conditions):
        lower, upper, named = _bounds(condition)
        lowest = max(lowest, lower)
        highest = upper if highest is None else highest if upper is None else min(highest, upper)
        if named is not None and named.is_prerelease and named.line not in lines:
            lines.append(named.line)
    intervals = [KeyInterval("2" + lowest, "3" if highest is None else "2" + highest)]
    for line in lines:
        end = line[:-1] + chr(ord(".") + 1)
        intervals.append(KeyInterval("1" + max(lowest, line), "1" + (end if highest is None else min(highest, end))))
    return VersionRange(tuple(interval for interval in intervals if interval.lower < interval.upper))


def _bounds(condition: str) -> tuple[str, str | None, _Parsed | None]:
    """The orders from (included) and to (not included, None: no end) which the condition holds, and its version."""
    if wildcard := _WILDCARD.fullmatch(condition):
        parts = tuple(int(part) for part in wildcard["release"].split(".")[:-1])
        return (_final(0, parts), _final(0, _next(parts)), None) if parts else ("", None, None)
    matched = _COMPARATOR.fullmatch(condition)
    version = _parse(matched["version"]) if matched else None
    if matched is None or version is None:
        raise InvalidRange(
            f"{condition!r} is no condition on a version; write for example 1.2.3, ^1.2, ~1.2.3, 1.2.x or >=1.0 <2.0."
        )
    order, after, release = version.order, version.order + _SMALLEST, version.release
    match matched["operator"]:
        case ">":
            return after, None, version
        case ">=":
            return order, None, version
        case "<":
            return "", order, version
        case "<=":
            return "", after, version
        case "^":
            changing = next((index for index, part in enumerate(release) if part), len(release) - 1)
            return order, _final(version.epoch, _next(release[: changing + 1])), version
        case "~":
            return order, _final(version.epoch, _next(release[:2])), version
        case _:
            return order, after, version


def _parse(version: str) -> _Parsed | None:
    if len(version) > MAX_VERSION_LENGTH:
        return None
    if semver := _SEMVER.fullmatch(version):
        release = tuple(int(part) for part in semver["release"].split("."))
        if semver["pre"] is None:
            return _Parsed(0, release, "2")
        return _Parsed(0, release, "1" + _identifiers(semver["pre"].split(".")) + "#", is_prerelease=True)
    try:
        return _from_pep440(Version(version))
    except InvalidVersion:
        return None


def _from_pep440(version: Version) -> _Parsed:
    dev = "#" if version.dev is None else "!" + _number(version.dev)
    if version.pre is not None:
        phase, number = version.pre
        post = "" if version.post is None else "%" + _number(version.post)
        rest = "1" + _identifiers([_PEP440_PHASES[phase], str(number)]) + post + dev
    elif version.post is not None:
        rest = "3" + _number(version.post) + dev
    elif version.dev is not None:
        rest = "0" + _number(version.dev)
    else:
        rest = "2"
    return _Parsed(version.epoch, version.release, rest, version.is_prerelease)


def _identifiers(identifiers: list[str]) -> str:
    """SemVer's pre-release identifiers: numbers by value and before texts, texts by ASCII, fewer before more."""
    return "".join(
        "0" + _number(int(identifier)) if identifier.isdecimal() else "1" + identifier + _SMALLEST
        for identifier in identifiers
    )


def _number(number: int) -> str:
    digits = str(number)
    return (str(len(digits)) if len(digits) < 10 else f"~{len(digits):03}") + digits


def _final(epoch: int, release: tuple[int, ...]) -> str:
    return _Parsed(epoch, release, "2").order


def _next(release: tuple[int, ...]) -> tuple[int, ...]:
    return (*release[:-1], release[-1] + 1)


def _without_final_zeros(release: tuple[int, ...]) -> tuple[int, ...]:
    while release and release[-1] == 0:
        release = release[:-1]
    return release
