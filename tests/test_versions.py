"""The order of versions against both schemes' own definitions, and ranges."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.version import Version

from app.versions import (
    MAX_KEY_LENGTH,
    MAX_VERSION_LENGTH,
    InvalidRange,
    parse_range,
    sort_key,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)

number = st.one_of(st.integers(0, 12), st.integers(0, 10**20))
identifier = st.one_of(number.map(str), st.from_regex(r"[0-9]{0,2}[A-Za-z-][0-9A-Za-z-]{0,3}", fullmatch=True))
semver = st.builds(
    lambda release, pre: ".".join(map(str, release)) + ("-" + ".".join(pre) if pre else ""),
    st.tuples(number, number, number),
    st.lists(identifier, max_size=3),
)
pep440 = st.builds(
    lambda epoch, release, pre, post, dev: f"{epoch}{'.'.join(map(str, release))}{pre}{post}{dev}",
    st.sampled_from(["", "1!", "11!"]),
    st.lists(number, min_size=1, max_size=5),
    st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), st.integers(0, 11))),
    st.one_of(st.just(""), st.builds(".post{}".format, st.integers(0, 11))),
    st.one_of(st.just(""), st.builds(".dev{}".format, st.integers(0, 11))),
)


def key(version: str) -> str:
    return sort_key(version, NOW)


def semver_precedes(left: str, right: str) -> bool:
    """Precedence as https://semver.org/#spec-item-11 words it, rule by rule."""
    (left_release, _, left_pre), (right_release, _, right_pre) = left.partition("-"), right.partition("-")
    left_numbers, right_numbers = ([int(part) for part in each.split(".")] for each in (left_release, right_release))
    if left_numbers != right_numbers:
        return left_numbers < right_numbers
    if not left_pre or not right_pre:
        return bool(left_pre) and not right_pre
    left_fields, right_fields = left_pre.split("."), right_pre.split(".")
    for one, other in zip(left_fields, right_fields, strict=False):
        if one == other:
            continue
        if one.isdigit() and other.isdigit():
            return int(one) < int(other)
        if one.isdigit() or other.isdigit():
            return one.isdigit()
        return one < other
    return len(left_fields) < len(right_fields)


@given(semver, semver)
def test_orders_by_the_precedence_of_semver(left: str, right: str) -> None:
    assume(("-" in left) == ("-" in right))
    assert (key(left) < key(right)) == semver_precedes(left, right)


@given(pep440, pep440)
def test_orders_as_pep_440_does(left: str, right: str) -> None:
    assume(Version(left).is_prerelease == Version(right).is_prerelease)
    assert (key(left) < key(right)) == (Version(left) < Version(right))
    assert (key(left) == key(right)) == (Version(left) == Version(right))


@given(st.one_of(semver, pep440), st.one_of(semver, pep440), st.text(max_size=20))
def test_releases_are_above_pre_releases_and_those_above_what_cannot_be_read(one: str, other: str, text: str) -> None:
    classes = {"release": "2", "pre-release": "1"}

    def expected(version: str) -> str:
        is_prerelease = "-" in version or ("-" not in version and Version(version).is_prerelease)
        return classes["pre-release" if is_prerelease else "release"]

    assert key(one)[0] == expected(one)
    assert (key(one) > key(other)) >= (expected(one) > expected(other))
    assert key("no version: " + text) < min(key(one), key(other))


@given(st.one_of(st.text(max_size=2 * MAX_VERSION_LENGTH), st.text("0123456789.", max_size=100), semver, pep440))
def test_every_text_has_a_key_that_fits_its_column(version: str) -> None:
    assert key(version).isascii()
    assert len(key(version)) <= MAX_KEY_LENGTH


@pytest.mark.parametrize(
    "version", ["1." * 49 + "1", "1.0.0-" + "a." * 46 + "a", "1.0.0-" + "1." * 46 + "1", "9" * 100]
)
def test_the_longest_keys_fit(version: str) -> None:
    assert len(key(version)) <= MAX_KEY_LENGTH
    assert key(version)[0] != "0"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.0.0"),
        ("1", "v1.0.0"),
        ("1.2.3rc1", "1.2.3-rc.1"),
        ("1.2.3a1", "1.2.3-alpha.1"),
        ("1.2.3b2", "1.2.3-beta.2"),
        ("1.2.3", "1.2.3+build.5"),
        ("1.2", "1.2+local"),
        ("2024.01.15", "2024.1.15"),
    ],
)
def test_spellings_of_one_version_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_what_cannot_be_read_is_ordered_by_its_upload() -> None:
    later = NOW + timedelta(microseconds=1)
    assert sort_key("nightly", NOW) < sort_key("a nightly", later)
    assert sort_key("9" * (MAX_VERSION_LENGTH + 1), NOW) == sort_key("nightly", NOW)
    with pytest.raises(ValueError, match="time zone"):
        sort_key("nightly", datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", ["1.2.3", "v1.2.3", "1.2.3+b"], ["1.2.4", "1.2.3.post1", "1.2.3-rc.1", "1.2", "nightly"]),
        ("=1.2", ["1.2", "1.2.0"], ["1.2.1"]),
        ("^1.2.3", ["1.2.3", "1.9", "1.2.3.post1"], ["1.2.2", "2.0.0", "2.0.0-rc.1", "1.3.0-rc.1", "1!1.3"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^0", ["0.9"], ["1.0"]),
        ("~1.2.3", ["1.2.3", "1.2.10"], ["1.3.0", "1.2.2"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("~1", ["1.0.0", "1.9"], ["2.0", "0.9"]),
        (">=1.0 <2.0", ["1.0", "1.99.9"], ["2.0", "0.9", "1.5.0-rc.1", "2.0.0-rc.1"]),
        (">= 1.0, < 2.0", ["1.0", "1.99.9"], ["2.0", "0.9"]),
        (">1.0,<=2.0", ["1.0.1", "2.0"], ["1.0", "2.0.1"]),
        ("1.2.x", ["1.2.0", "1.2.99"], ["1.3.0", "1.1.9", "1.2.1-rc.1"]),
        ("1.x", ["1.0", "1.99"], ["2.0", "0.1"]),
        ("1.2.*", ["1.2.5"], ["1.3"]),
        ("v1.x.x", ["1.5"], ["2"]),
        ("*", ["0", "99.9", "1!1.0"], ["1.0.0-rc.1", "nightly"]),
        (">=1.2.3-rc.1", ["1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "3.0"], ["1.2.3-beta.9", "1.2.2", "3.0.0-rc.1"]),
        ("^1.2.3-beta.2", ["1.2.3-beta.2", "1.2.3rc1", "1.9"], ["1.2.3-beta.1", "1.2.4-beta.2", "2.0.0"]),
        (">=1.0rc1 <1.0", ["1.0rc1", "1.0.0-rc.5"], ["1.0", "0.9.9-rc.1", "1.0a1", "1.0.post1.dev1"]),
        (">=1.0.0-a <2.0.0-b", ["1.0.0-c", "1.5", "2.0.0-a"], ["2.0.0-b", "2.0.0", "1.5.0-a"]),
        ("1.2.3-rc.1", ["1.2.3-rc.1", "1.2.3rc1"], ["1.2.3-rc.2", "1.2.3"]),
        (">2 <1", [], ["1", "1.5", "2", "3"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    found = parse_range(text)
    assert [version for version in inside if not found.contains(key(version))] == []
    assert [version for version in outside if found.contains(key(version))] == []


releases = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple)


@given(releases, releases, st.sampled_from(["<", "<=", ">", ">=", "="]))
def test_comparisons_of_releases_are_those_of_their_numbers(
    one: tuple[int, ...], bound: tuple[int, ...], operator: str
) -> None:
    left, right = (Version(".".join(map(str, each))) for each in (one, bound))
    expected = {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "=": left == right,
    }[operator]
    assert parse_range(f"{operator}{right}").contains(key(str(left))) == expected


@given(semver, st.sampled_from(["^", "~", "=", ">=", "<="]))
def test_a_range_contains_the_version_it_names(version: str, operator: str) -> None:
    assume(len(version) <= MAX_VERSION_LENGTH)
    assert parse_range(operator + version).contains(key(version))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        ",",
        "1.2 ||",
        "latest",
        ">=",
        ">=x",
        "^1.x",
        "1..2",
        "=>1",
        "!=1",
        "1.0 - 2.0",
        "1" * 201,
        ">=1,,<2",
        "1.²",
    ],
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidRange, match="version"):
        parse_range(text)


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    with suppress(InvalidRange):
        assert len(parse_range(text).intervals) <= 30
