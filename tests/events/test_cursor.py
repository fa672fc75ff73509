"""The text form of places in the event log."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.events.cursor import EventCursor, parse_cursor

PLACES = st.builds(EventCursor, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
BASE64URL = string.ascii_letters + string.digits + "-_"


@given(PLACES)
def test_text_leads_back_to_the_place(place: EventCursor) -> None:
    assert parse_cursor(place.encode()) == place


@given(PLACES, PLACES)
def test_places_compare_by_transaction_then_id(one: EventCursor, other: EventCursor) -> None:
    assert (one < other) == ((one.transaction_id, one.id) < (other.transaction_id, other.id))


@given(st.text() | st.text(BASE64URL, min_size=22, max_size=22) | PLACES.map(lambda place: place.encode() + "=="))
def test_any_text_is_the_one_spelling_of_a_place_or_refused(text: str) -> None:
    try:
        place = parse_cursor(text)
    except InvalidInput:
        return
    assert place.encode() == text
    assert min(place) >= 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 21,
        "A" * 23,
        "A" * 21 + "B",
        "A" * 21 + "=",
        "A" * 21 + "\n",
        "A" * 22 + "\n",
        "é" * 22,
        "_" * 22,
        "\ud800",
    ],
    ids=repr,
)
def test_refuses(text: str) -> None:
    with pytest.raises(InvalidInput, match="`before`") as refusal:
        parse_cursor(text, argument="before")
    assert refusal.value.path == ("before",)
