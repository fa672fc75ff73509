"""The API's own scalars, in variables, in documents and in answers."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from schema.core.scalars import SCALARS, BigInt, Upload, is_storable


@strawberry.type
class Query:
    """Fields that answer what they are given."""

    @strawberry.field
    def number(self, value: BigInt) -> BigInt:
        """The number."""
        return value

    @strawberry.field
    def moment(self, value: datetime) -> datetime:
        """The moment."""
        return value

    @strawberry.field
    def file(self, value: Upload) -> bool:
        """Whether a file came."""
        return hasattr(value, "read")


@cache
def schema() -> strawberry.Schema:
    """A schema of these fields."""
    return strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def given_as_variable(field: str, scalar: str, value: Any) -> Any:
    """What a field answers to a variable; a list of messages where it is refused."""
    result = schema().execute_sync(f"query ($value: {scalar}!) {{ {field}(value: $value) }}", {"value": value})
    return [error.message for error in result.errors] if result.errors else result.data[field]


def written_out(field: str, literal: str) -> Any:
    """What a field answers to a literal; a list of messages where it is refused."""
    result = schema().execute_sync(f"{{ {field}(value: {literal}) }}")
    return [error.message for error in result.errors] if result.errors else result.data[field]


@given(st.integers(-(2**63), 2**63 - 1))
def test_wide_integers_travel_as_digits(number: int) -> None:
    assert given_as_variable("number", "BigInt", str(number)) == str(number)
    assert given_as_variable("number", "BigInt", number) == str(number)
    assert written_out("number", str(number)) == str(number)
    assert written_out("number", f'"{number}"') == str(number)


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63) - 1,
        str(2**63),
        "9" * 5000,
        1.5,
        1.0,
        "1.0",
        True,
        "",
        " 1",
        "1\n",
        "١",
        "0x1",
        [1],
        {},
    ],
)
def test_what_is_no_wide_integer_is_refused(value: Any) -> None:
    assert "BigInt must" in given_as_variable("number", "BigInt", value)[0]


@pytest.mark.parametrize("literal", ["1.5", "true", '"x"', "[1]", "{a: 1}", "X", "99999999999999999999"])
def test_literals_that_are_no_wide_integer_are_refused(literal: str) -> None:
    assert "BigInt must" in written_out("number", literal)[0]


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-23 * 60, 23 * 60))
def test_moments_are_answered_in_utc(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert given_as_variable("moment", "DateTime", moment.isoformat()) == moment.astimezone(UTC).isoformat()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2026-01-31T12:00:00", "with a time zone"),
        ("2026-01-31", "with a time zone"),
        ("yesterday", "with a time zone"),
        ("", "with a time zone"),
        (0, "with a time zone"),
        (None, "null"),
        ("0001-01-01T00:00:00+23:59", "out of range"),
        ("9999-12-31T23:59:59-23:59", "out of range"),
    ],
)
def test_what_is_no_moment_is_refused(value: Any, message: str) -> None:
    assert message in given_as_variable("moment", "DateTime", value)[0]


@pytest.mark.parametrize("value", ["text", 1, {"read": 1}, []])
def test_only_an_attached_file_is_a_file(value: Any) -> None:
    assert "Upload must be null" in given_as_variable("file", "Upload", value)[0]


@pytest.mark.parametrize("literal", ['"text"', "1", "{a: 1}", "[]"])
def test_a_file_cannot_be_written_out(literal: str) -> None:
    assert "Upload cannot be written into the document" in written_out("file", literal)[0]


def test_only_nul_characters_cannot_be_stored() -> None:
    assert not is_storable("a\x00b")
    assert all(map(is_storable, ("", "text", "\x01", None, 0)))
