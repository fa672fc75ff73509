"""Pages of lists: every row once and in order, whichever way and however wide one walks, on both databases."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Double, Integer, MetaData, Table, Uuid, delete, insert

from app.db.base import UtcDateTime
from app.db.page_readers import PageReader
from app.db.paging import Keyset, Order, Page, PageKey, PageRequest
from app.db.readers import anybody
from app.db.session import Database
from app.db.tables.packages import VERSION_KEY
from app.errors import InvalidInput
from app.identity.viewer import ANONYMOUS

items = Table(
    "paged_items",
    MetaData(),
    Column("id", Uuid(), primary_key=True),
    Column("owner", Integer(), nullable=False),
    Column("name", VERSION_KEY, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("score", Double()),
    Column("rank", Integer()),
)
ORDERS = {
    "NAME": Order(items.c.name),
    "AT": Order(items.c.at),
    "SCORE": Order(items.c.score, is_nullable=True),
    "RANK": Order(items.c.rank, is_nullable=True),
}
COLUMNS = {column.name: column for column in items.c}
all_items = PageReader(items, columns=COLUMNS, unique=items.c.id, orders=ORDERS, visible=anybody)
items_by_owner = PageReader(
    items, columns=COLUMNS, unique=items.c.id, owner=items.c.owner, orders=ORDERS, visible=anybody
)

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
Item = dict[str, Any]


@pytest.fixture
async def items_database(database: Database) -> AsyncIterator[Database]:
    """A database with a table of items."""
    async with database.engine.begin() as connection:
        await connection.run_sync(items.metadata.create_all)
    yield database
    async with database.engine.begin() as connection:
        await connection.run_sync(items.metadata.drop_all)


# Few different values, so that there are many ties.
item_values = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "owner": st.integers(1, 3),
        "name": st.sampled_from(["", "a", "B", "b", "a\\b", "%", "é"]),
        "at": st.integers(0, 3).map(lambda step: MIDNIGHT + timedelta(microseconds=step)),
        "score": st.sampled_from([None, -0.5, 0.1, 0.30000000000000004, 1e300]),
        "rank": st.sampled_from([None, -1, 0, 1]),
    }
)
lists_of_items = st.lists(item_values, max_size=30, unique_by=lambda item: item["id"])
many = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def store(database: Database, rows: list[Item]) -> None:
    """Have these items and no others."""
    async with database.write() as session:
        await session.execute(delete(items))
        if rows:
            await session.execute(insert(items), rows)


async def read(database: Database, owner: int | None, request: PageRequest) -> Page:
    """One page of all items, or of an owner's."""
    async with database.read() as connection:
        key = PageKey(owner, request)
        return (await (items_by_owner if owner else all_items)(connection, ANONYMOUS, [key]))[key]


def in_order(rows: list[Item], order: str, is_descending: bool) -> list[Item]:
    """The items as a list of this order has them: nulls last, ties by id."""
    column = ORDERS[order].column if order != "ID" else None
    name = column.name if column is not None else "id"
    present = sorted((row for row in rows if row[name] is not None), key=lambda row: _key(row, name))
    absent = sorted((row for row in rows if row[name] is None), key=lambda row: row["id"])
    return present[::-1] + absent[::-1] if is_descending else present + absent


def _key(row: Item, name: str) -> tuple[Any, UUID]:
    value = row[name]
    return value.encode() if isinstance(value, str) else value, row["id"]


@dataclass(frozen=True)
class Walk:
    """A way through a list: its order, its direction, which end to begin at, and how many items a page has."""

    order: str
    is_descending: bool
    backwards: bool
    size: int

    def request(self, cursor: str | None) -> PageRequest:
        """The page beyond a cursor."""
        size, side = ("last", "before") if self.backwards else ("first", "after")
        values = self.keyset().values(cursor, side) if cursor is not None else None
        request = PageRequest(first=None, order=self.order, is_descending=self.is_descending)
        return replace(request, **{size: self.size, side: values})

    def keyset(self, reader: PageReader = all_items) -> Keyset:
        """The order of the list."""
        return reader.keyset(self.order, self.is_descending)


walks = st.builds(Walk, st.sampled_from([*ORDERS, "ID"]), st.booleans(), st.booleans(), st.integers(1, 7))


async def walk_through(database: Database, walk: Walk, between: Callable[[Page], Any] | None = None) -> list[Item]:
    """The items of all pages in the order of the list; `between` is called after each page."""
    found: list[Item] = []
    cursor, is_more = None, True
    while is_more:
        page = await read(database, None, walk.request(cursor))
        assert len(page.rows) <= walk.size
        assert page.rows or not found, "a page that was promised is empty"
        is_more = page.has_previous if walk.backwards else page.has_next
        behind = page.has_next if walk.backwards else page.has_previous
        assert behind is (cursor is not None)
        if page.rows:
            cursor = page.keyset.cursor(page.rows[0 if walk.backwards else -1])
        found = page.rows + found if walk.backwards else found + page.rows
        if between is not None:
            await between(page)
    return found


def ids(rows: list[Item]) -> list[UUID]:
    """The items' ids."""
    return [row["id"] for row in rows]


@many
@given(rows=lists_of_items, ways=st.lists(walks, min_size=4, max_size=4))
async def test_every_item_is_met_once_and_in_order(
    items_database: Database, rows: list[Item], ways: list[Walk]
) -> None:
    await store(items_database, rows)
    for walk in ways:
        assert ids(await walk_through(items_database, walk)) == ids(in_order(rows, walk.order, walk.is_descending))


@many
@given(rows=lists_of_items, walk=walks, late=st.lists(lists_of_items, max_size=5))
async def test_items_that_come_meanwhile_disturb_no_others(
    items_database: Database, rows: list[Item], walk: Walk, late: list[list[Item]]
) -> None:
    # given
    await store(items_database, rows)
    taken = set(ids(rows))

    async def insert_some(page: Page) -> None:
        new = [item for item in (late.pop() if late else []) if item["id"] not in taken]
        taken.update(ids(new))
        if new:
            async with items_database.write() as session:
                await session.execute(insert(items), new)

    # when
    found = await walk_through(items_database, walk, insert_some)

    # then
    old = set(ids(rows))
    assert [row for row in ids(found) if row in old] == ids(in_order(rows, walk.order, walk.is_descending))
    assert len(set(ids(found))) == len(found)


@many
@given(rows=lists_of_items, walk=walks, seed=st.integers())
async def test_a_page_between_two_cursors(items_database: Database, rows: list[Item], walk: Walk, seed: int) -> None:
    # given two places in the list
    await store(items_database, rows)
    ordered = in_order(rows, walk.order, walk.is_descending)
    after, before = (Random(seed + side).randrange(-1, len(rows) + 1) for side in range(2))
    keyset = walk.keyset()

    def values(position: int) -> tuple[Any, ...] | None:
        if not 0 <= position < len(ordered):
            return None
        return keyset.values(keyset.cursor(_as_read(keyset, ordered[position])), "after")

    # when
    request = replace(walk.request(None), after=values(after), before=values(before))
    page = await read(items_database, None, request)

    # then
    start = after + 1 if request.after is not None else 0
    end = before if request.before is not None else len(ordered)
    between = ordered[start : max(start, end)]
    assert ids(page.rows) == ids(between[-walk.size :] if walk.backwards else between[: walk.size])
    is_cut = len(between) > walk.size
    assert page.has_next is (request.before is not None or (is_cut and not walk.backwards))
    assert page.has_previous is (request.after is not None or (is_cut and walk.backwards))


def _as_read(keyset: Keyset, row: Item) -> Item:
    return {label: row[column.name] for label, column in keyset.columns.items()}


@many
@given(rows=lists_of_items, walk=walks, seed=st.integers())
async def test_pages_of_several_owners_are_those_of_each(
    items_database: Database, rows: list[Item], walk: Walk, seed: int
) -> None:
    # given a cursor anywhere, and an owner without items
    await store(items_database, rows)
    request = walk.request(None)
    keyset = walk.keyset(items_by_owner)
    if rows and seed % 2:
        cursor = keyset.cursor(_as_read(keyset, Random(seed).choice(rows)))
        values = keyset.values(cursor, "after")
        request = replace(request, **{"before" if walk.backwards else "after": values})
    keys = [PageKey(owner, request) for owner in (3, 1, 4, 2)]

    # when
    async with items_database.read() as connection:
        together = await items_by_owner(connection, ANONYMOUS, keys)
        totals = await items_by_owner.totals(connection, ANONYMOUS, keys)

    # then
    for key in keys:
        alone = await read(items_database, key.owner, request)
        assert ids(together[key].rows) == ids(alone.rows)
        assert (together[key].has_next, together[key].has_previous) == (alone.has_next, alone.has_previous)
        assert totals[key] == sum(row["owner"] == key.owner for row in rows)
    if request.after is None and request.before is None:
        own = [row for row in in_order(rows, walk.order, walk.is_descending) if row["owner"] == 1]
        assert ids(together[keys[1]].rows) == ids(own[-walk.size :] if walk.backwards else own[: walk.size])


def encoded(value: Any) -> str:
    """A cursor that holds this."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def decoded(cursor: str) -> Any:
    """What a cursor holds."""
    return json.loads(base64.urlsafe_b64decode(cursor + "=="))


SAMPLE = {"id": UUID(int=1), "owner": 1, "name": "a", "at": MIDNIGHT, "score": 0.5, "rank": 1}
KEYSETS = {
    (name, is_descending): all_items.keyset(name, is_descending)
    for name in all_items.orders
    for is_descending in (False, True)
}


def assert_refused(keyset: Keyset, cursor: str) -> None:
    """The cursor is refused, and nothing of how it is read comes out."""
    with pytest.raises(InvalidInput) as refusal:
        keyset.values(cursor, "before")
    assert refusal.value.path == ("before",)
    assert refusal.value.message == "`before` is not a cursor of this list in this order; pass one that it returned."


def test_a_cursor_belongs_to_one_list_order_and_direction() -> None:
    others = [items_by_owner.keyset(*name) for name in KEYSETS]
    for keyset in KEYSETS.values():
        cursor = keyset.cursor(_as_read(keyset, SAMPLE))
        assert keyset.values(cursor, "before") == tuple(_as_read(keyset, SAMPLE).values())
        for other in (*others, *KEYSETS.values()):
            if other is not keyset:
                assert_refused(other, cursor)


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_garbage_is_no_cursor(cursor: str) -> None:
    for keyset in KEYSETS.values():
        assert_refused(keyset, cursor)


@pytest.mark.parametrize(
    "raw", ["[" * 100_000, "[1" + "0" * 5000 + "]", "{}", "null", "[]", "[[]]", '"', "\ufeff[]", "[NaN]"]
)
def test_odd_json_is_no_cursor(raw: str) -> None:
    cursor = base64.urlsafe_b64encode(raw.encode()).decode()
    for keyset in KEYSETS.values():
        assert_refused(keyset, cursor)


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.sampled_from([2**31, -(2**31) - 1, 2**63, 10**400]),
        st.floats(),
        st.text(),
        st.sampled_from(["\x00", "\ud800", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59"]),
        st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        st.uuids().map(str),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=2)),
    max_leaves=4,
)


@many
@given(values=st.lists(st.lists(json_values, max_size=3), min_size=10, max_size=10))
async def test_forged_values_are_refused_or_harmless(items_database: Database, values: list[list[Any]]) -> None:
    for (order, is_descending), keyset in KEYSETS.items():
        label = decoded(keyset.cursor(_as_read(keyset, SAMPLE)))[0]
        for forged in values:
            cursor = encoded([label, *forged])
            try:
                read_back = keyset.values(cursor, "before")
            except InvalidInput:
                assert_refused(keyset, cursor)
            else:  # then both databases take them
                request = PageRequest(order=order, is_descending=is_descending, before=read_back)
                assert (await read(items_database, None, request)).rows == []


@pytest.mark.parametrize(
    ("order", "value"),
    [
        *(("RANK", value) for value in (2**31, -(2**31) - 1, 1.0, True, "1")),
        *(("SCORE", value) for value in (float("nan"), float("inf"), 10**400, True, "0.5")),
        *(("AT", value) for value in (0, "", "2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59", None)),
        *(("NAME", value) for value in ("\x00", "\ud800", 1, None)),
    ],
)
def test_values_that_a_column_cannot_have_are_refused(order: str, value: Any) -> None:
    keyset = KEYSETS[order, False]
    label, _, unique = decoded(keyset.cursor(_as_read(keyset, SAMPLE)))
    assert keyset.values(encoded([label, decoded(keyset.cursor(_as_read(keyset, SAMPLE)))[1], unique]), "before")
    assert_refused(keyset, encoded([label, value, unique]))


def test_a_column_that_cannot_stand_in_a_cursor_orders_nothing() -> None:
    with pytest.raises(TypeError, match="lists cannot be ordered by"):
        Keyset(items.c.id, Order(Column("flag", Boolean())), list_name="flags")
