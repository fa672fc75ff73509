"""What the arguments of a connection ask for."""

from types import SimpleNamespace
from typing import Any

import pytest
import strawberry

from app.db.page_readers import PageReader
from app.db.paging import Order
from app.db.readers import anybody
from app.db.tables import Organization
from app.errors import InvalidInput
from schema.core.connections import page_request

organizations = Organization.__table__
READER = PageReader(
    organizations, columns={}, visible=anybody, unique=organizations.c.id, orders={"NAME": Order(organizations.c.name)}
)
BY_NAME = SimpleNamespace(name="NAME", is_descending=True)


def request(**arguments: Any) -> Any:
    """The page that these arguments ask for, at most 100 items."""
    return page_request(READER, arguments, maximum=100)


def problems(**arguments: Any) -> dict[tuple[str | int, ...], str]:
    """What is wrong with these arguments, by path."""
    with pytest.raises(InvalidInput) as refusal:
        request(**arguments)
    return {issue.path: issue.message for issue in refusal.value.issues}


@pytest.mark.parametrize("nothing", [{}, {"first": None, "last": None}, {"first": strawberry.UNSET, "after": None}])
def test_nothing_asks_for_the_first_fifty(nothing: dict[str, Any]) -> None:
    asked = request(**nothing)
    assert (asked.first, asked.last, asked.after, asked.before, asked.order, asked.filters) == (
        50,
        *[None] * 4,
        (),
    )


@pytest.mark.parametrize("size", [0, 1, 100])
def test_sizes_within_bounds(size: int) -> None:
    assert (request(first=size).first, request(first=size).last) == (size, None)
    assert (request(last=size, first=None).first, request(last=size).last) == (None, size)
    assert request(last=size).size == request(first=size).size == size


def test_all_wrong_sizes_are_listed_at_once() -> None:
    assert problems(first=-1, last=101) == {
        ("first",): "`first` must be from 0 to 100.",
        ("last",): "Give `first` or `last`, not both.",
    }
    assert set(problems(last=101)) == {("last",)}


def test_cursors_are_read_by_the_order_asked_for() -> None:
    # given
    row = {"sort__0": "acme", "sort__1": organizations.c.id.type.python_type(int=1)}
    cursor = READER.keyset("NAME", True).cursor(row)

    # then
    assert request(order_by=BY_NAME, after=cursor).after == tuple(row.values())
    assert request(order_by=BY_NAME, before=cursor).before == tuple(row.values())
    assert set(problems(after=cursor)) == {("after",)}
    assert set(problems(order_by=BY_NAME, before=cursor + "A")) == {("before",)}


def test_filters_and_search() -> None:
    # given
    wanted = SimpleNamespace(criteria=lambda: [("kind", "MODEL"), ("license", ("MIT",))])

    # then
    assert request(filter=wanted, search="ada").filters == (("kind", "MODEL"), ("license", ("MIT",)), ("search", "ada"))
    assert request(filter=None, search="").filters == ()
    assert set(problems(search="a\x00")) == {("search",)}
    for value in ("\x00", ("MIT", "\x00")):
        assert set(problems(filter=SimpleNamespace(criteria=lambda value=value: [("name", value)]))) == {("filter",)}
