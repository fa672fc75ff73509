"""Lists of packages: filters, orders, pages, totals, and who sees what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.repositories.packages import VERSION_INTERVALS
from app.db.session import Database
from app.enums import PackageKind
from app.versions import parse_range, sort_key
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.acme import SEEN_BY, make_acme

LIST = """
query ($first: Int, $last: Int, $after: String, $before: String, $filter: PackageFilter, $orderBy: PackageOrder) {
  packages(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) {
    pageInfo { startCursor endCursor hasPreviousPage hasNextPage }
    isTotalCountExact
    totalCount
    edges { node { name } cursor }
    nodes { name }
  }
}
"""
START = datetime(2026, 1, 1, tzinfo=UTC)

Predicate = Callable[[dict[str, Any]], bool]


async def make_shelf(database: Database) -> tuple[list[dict[str, Any]], dict[str, tuple[Any, Predicate]]]:
    """Packages that differ in everything, and per filter a value with the predicate it stands for."""
    ada, bob = await factories.make_user(database, "ada"), await factories.make_user(database, "bob")
    acme = await factories.make_organization(database, "acme")
    project = await factories.make_project(database, acme)
    shelf = []
    for number in range(16):
        moment = START + timedelta(days=number // 2)
        version = ("1.0.0", "1.2.3", "2.0.0-rc.1", "odd one")[number % 4]
        score = None if number % 5 == 0 else (number % 4) / 4
        row = {
            "name": ("Bert", "bert-base", "ro_berta", "x%y")[number % 4] + f"-{(number * 7) % 16:02}",
            "version": version,
            "kind": (PackageKind.MODEL, PackageKind.DATASET, PackageKind.CODE)[number % 3],
            "license": (None, "MIT", "Apache-2.0")[number % 3],
            "organization": acme if number % 3 == 0 else None,
            "project_id": project.id if number % 6 == 0 else None,
            "uploaded_by": bob if number % 4 == 1 else ada,
            "uploaded_at": moment,
            "parameter_count": None if number % 4 == 0 else 10**number,
            "is_sensitive": number % 5 == 1,
            "deprecated_at": START if number % 7 == 3 else None,
            "download_count": number % 3,
            "file_size_bytes": 2**33 + number % 6,
            "rating_average": None if number % 3 == 1 else 1 + number % 4,
        }
        package = await factories.make_package(database, **row)
        if number % 5 != 0:
            await factories.make_score(database, package, score)
        elif number % 2 == 0:
            await factories.make_score(database, package, None)
        shelf.append(row | {"id": package.id, "net_score": score, "key": sort_key(version, moment)})
    wanted = parse_range("^1.0.0")
    middle = START + timedelta(days=4)
    conditions: dict[str, tuple[Any, Predicate]] = {
        "search": ("BERTA 0", lambda row: row["name"].startswith("ro_berta-0")),
        "name.exact": ("Bert-00", lambda row: row["name"] == "Bert-00"),
        "name.contains": ("ERT", lambda row: "ert" in row["name"].lower()),
        "name.contains ": ("%", lambda row: "%" in row["name"]),
        "name.contains  ": ("_", lambda row: "_" in row["name"]),
        "name.startsWith": ("BERT", lambda row: row["name"].lower().startswith("bert")),
        "kind": ("MODEL", lambda row: row["kind"] == "MODEL"),
        "license": (["MIT", "BSD-3-Clause", "Apache-2.0"], lambda row: row["license"] is not None),
        "license ": ([], lambda row: False),
        "organization": ("acme", lambda row: row["organization"] is acme),
        "project": (encode_id("prj", project.id), lambda row: row["project_id"] is not None),
        "uploadedBy": (encode_id("usr", bob.id), lambda row: row["uploaded_by"] is bob),
        "version": ("^1.0.0", lambda row: wanted.contains(row["key"])),
        "minNetScore": (0.5, lambda row: row["net_score"] is not None and row["net_score"] >= 0.5),
        "maxNetScore": (0.5, lambda row: row["net_score"] is not None and row["net_score"] <= 0.5),
        "uploadedAfter": (middle.isoformat(), lambda row: row["uploaded_at"] >= middle),
        "uploadedBefore": (middle.isoformat(), lambda row: row["uploaded_at"] < middle),
        "minParameterCount": ("1000000", lambda row: (row["parameter_count"] or 0) >= 10**6),
        "maxParameterCount": (10**6, lambda row: 0 < (row["parameter_count"] or 0) <= 10**6),
        "isSensitive": (False, lambda row: not row["is_sensitive"]),
        "includeDeprecated": (False, lambda row: row["deprecated_at"] is None),
    }
    return shelf, conditions


ORDERS: dict[str, str] = {
    "NAME": "name",
    "UPLOADED_AT": "uploaded_at",
    "NET_SCORE": "net_score",
    "DOWNLOAD_COUNT": "download_count",
    "RATING": "rating_average",
    "FILE_SIZE": "file_size_bytes",
}


def filter_of(*given: tuple[str, Any]) -> dict[str, Any]:
    """The input for fields given by path."""
    built: dict[str, Any] = {}
    for path, value in given:
        *parents, name = path.strip().split(".")
        place = built
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = value
    return built


def names(rows: list[dict[str, Any]]) -> list[str]:
    """The packages' names."""
    return [row["name"] for row in rows]


def ordered(rows: list[dict[str, Any]], column: str, is_descending: bool) -> list[dict[str, Any]]:
    """The packages in this order, those without a value last, ties by id."""
    present = sorted((row for row in rows if row[column] is not None), key=lambda row: (row[column], row["id"]))
    absent = sorted((row for row in rows if row[column] is None), key=lambda row: row["id"])
    return present[::-1] + absent[::-1] if is_descending else present + absent


async def test_filters_alone_and_in_pairs(client: Client, database: Database) -> None:
    # given
    shelf, conditions = await make_shelf(database)
    reader = await client.sign_in("ada")

    for chosen in (*combinations(conditions, 1), *combinations(conditions, 2)):
        if len({path.strip() for path in chosen}) < len(chosen):
            continue  # the same field twice

        # when
        wanted = filter_of(*((path, conditions[path][0]) for path in chosen))
        answer = await reader.execute(LIST, filter=wanted)

        # then those that satisfy all, the newest first
        expected = [row for row in reversed(shelf) if all(conditions[path][1](row) for path in chosen)]
        assert names(answer["packages"]["nodes"]) == names(expected), wanted
        assert answer["packages"]["totalCount"] == len(expected), wanted


async def test_every_filter_lets_something_through_and_keeps_something_out(database: Database) -> None:
    shelf, conditions = await make_shelf(database)
    for path, (_, holds) in conditions.items():
        assert 0 < sum(map(holds, shelf)) < len(shelf) or path == "license ", path


async def test_orders_alone_and_with_each_filter(client: Client, database: Database) -> None:
    # given
    shelf, conditions = await make_shelf(database)
    reader = await client.sign_in("ada")

    for field, direction, path in product(ORDERS, ("ASC", "DESC", None), (None, *conditions)):
        # when
        value, holds = conditions[path] if path is not None else (None, lambda row: True)
        wanted = filter_of((path, value)) if path is not None else None
        order = {"field": field} | ({"direction": direction} if direction else {})
        answer = await reader.execute(LIST, filter=wanted, orderBy=order)

        # then
        expected = ordered([row for row in shelf if holds(row)], ORDERS[field], direction == "DESC")
        assert names(answer["packages"]["nodes"]) == names(expected), (order, wanted)


async def test_pages_in_every_order_join_without_gap_or_overlap(client: Client, database: Database) -> None:
    # given
    shelf, _ = await make_shelf(database)
    reader = await client.sign_in("ada")

    for field, direction, (size, side, cursor, more) in product(
        ORDERS,
        ("ASC", "DESC"),
        (("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")),
    ):
        # when
        found: list[str] = []
        arguments: dict[str, Any] = {size: 5, "orderBy": {"field": field, "direction": direction}}
        for _page in range(4):
            page = (await reader.execute(LIST, arguments))["packages"]
            found = [*found, *names(page["nodes"])] if size == "first" else [*names(page["nodes"]), *found]
            assert page["totalCount"] == 16
            assert [edge["node"] for edge in page["edges"]] == page["nodes"]
            assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
            assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
            assert page["pageInfo"][more] is (len(found) < 16)
            arguments[side] = page["pageInfo"][cursor]

        # then
        assert found == names(ordered(shelf, ORDERS[field], direction == "DESC"))


async def test_without_arguments_the_newest_fifty(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_packages(database, 51)
    reader = await client.sign_in("ada")

    # when / then null is as good as nothing
    for arguments in ({}, {"first": None, "last": None, "after": None, "filter": None, "orderBy": None}):
        page = (await reader.execute(LIST, arguments))["packages"]
        assert len(page["edges"]) == 50
        assert (page["totalCount"], page["isTotalCountExact"]) == (51, True)
        assert page["pageInfo"]["hasNextPage"]
        assert not page["pageInfo"]["hasPreviousPage"]


async def test_filters_that_are_null_or_empty_filter_nothing(client: Client, database: Database) -> None:
    # given
    shelf, conditions = await make_shelf(database)
    reader = await client.sign_in("ada")

    # when
    everything_null = filter_of(*((path, None) for path in conditions)) | {"includeDeprecated": True}
    for wanted in ({}, {"name": None}, {"name": {}}, {"name": {"contains": "", "startsWith": ""}}, everything_null):
        answer = await reader.execute(LIST, filter=wanted)

        # then
        assert answer["packages"]["totalCount"] == len(shelf), wanted


async def test_pages_of_no_items(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_packages(database, 2)
    reader = await client.sign_in("ada")

    # when
    first = (await reader.execute(LIST, first=0))["packages"]
    last = (await reader.execute(LIST, last=0))["packages"]
    empty = (await reader.execute(LIST, filter={"kind": "CODE"}))["packages"]

    # then
    ends = {"startCursor": None, "endCursor": None}
    assert first["pageInfo"] == ends | {"hasNextPage": True, "hasPreviousPage": False}
    assert last["pageInfo"] == ends | {"hasNextPage": False, "hasPreviousPage": True}
    assert empty["pageInfo"] == ends | {"hasNextPage": False, "hasPreviousPage": False}
    assert [page["totalCount"] for page in (first, last, empty)] == [2, 2, 0]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"first": -1}, ["first"]),
        ({"first": 1001}, ["first"]),
        ({"last": -1}, ["last"]),
        ({"last": 1001}, ["last"]),
        ({"first": 1, "last": 1}, ["last"]),
        ({"after": "x"}, ["after"]),
        ({"before": ""}, ["before"]),
        ({"after": "MTIzNDU2"}, ["after"]),
        ({"before": "Ωß\x00"}, ["before"]),
        ({"filter": {"version": "newest"}}, ["filter", "version"]),
        ({"filter": {"version": ""}}, ["filter", "version"]),
        ({"filter": {"project": "x"}}, ["filter", "project"]),
        ({"filter": {"project": "prj_1"}}, ["filter", "project"]),
        ({"filter": {"project": "usr_" + "0" * 32}}, ["filter", "project"]),
        ({"filter": {"uploadedBy": "usr_1"}}, ["filter", "uploadedBy"]),
        ({"filter": {"name": {"contains": "\x00"}}}, ["filter"]),
        ({"filter": {"organization": "a\x00"}}, ["filter"]),
        ({"filter": {"license": ["MIT", "\x00"]}}, ["filter"]),
    ],
)
async def test_impossible_arguments_are_refused_by_name(
    client: Client, database: Database, arguments: dict[str, Any], path: list[str]
) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_package(database)

    # when
    answer = await (await client.sign_in("ada")).execute(LIST, arguments)

    # then
    assert answer.code == "INVALID_INPUT"
    assert [list(issue["path"]) for issue in answer.errors[0]["extensions"]["issues"]] == [path]


@given(st.lists(st.from_regex(r"\A(>=|<=|[<>=^~])[0-3]\.[01]\.0(-(a|rc)\.1)?\Z"), min_size=1, max_size=12))
def test_no_range_of_versions_has_more_intervals_than_are_asked_for(conditions: list[str]) -> None:
    assert len(parse_range(" ".join(conditions)).intervals) <= VERSION_INTERVALS


async def test_a_cursor_of_another_order_is_refused(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_package(database)
    reader = await client.sign_in("ada")
    by_name = {"field": "NAME"}
    cursor = (await reader.execute(LIST, orderBy=by_name))["packages"]["pageInfo"]["endCursor"]

    # then
    assert (await reader.execute(LIST, orderBy=by_name, after=cursor)).errors == []
    for other in ({"field": "NAME", "direction": "DESC"}, {"field": "RATING"}, None):
        assert (await reader.execute(LIST, orderBy=other, after=cursor)).code == "INVALID_INPUT"


async def test_a_bad_cursor_does_not_fail_the_field_beside_it(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    package = await factories.make_package(database, "bert")
    reader = await client.sign_in("ada")

    # when both are read by one reader, at once
    answer = await reader.execute(
        """query ($id: ID!) { node(id: $id) { ... on Package {
             id bad: parents(after: "x") { totalCount } good: parents { totalCount } } } }""",
        id=encode_id("pkg", package.id),
    )

    # then only the one that asked for nonsense has an error
    assert answer.code == "INVALID_INPUT"
    assert answer.errors[0]["path"][-1] == "bad"


async def test_very_long_texts_match_nothing(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_package(database, "bert")
    reader = await client.sign_in("ada")

    # then neither database chokes on them
    for condition in ("contains", "startsWith", "exact"):
        answer = await reader.execute(LIST, filter={"name": {condition: "%b" * 100_000}})
        assert answer["packages"]["totalCount"] == 0


@pytest.mark.parametrize("name", SEEN_BY)
async def test_each_lists_and_counts_what_they_may_see(
    client: Client, stranger: Client, database: Database, name: str
) -> None:
    # given
    await make_acme(database)
    reader = stranger if name == "stranger" else await client.sign_in(name)

    # when
    answer = await reader.execute(LIST, filter={"organization": "acme"}, orderBy={"field": "NAME"})

    # then
    if name.startswith("searchless"):
        assert answer.code == "FORBIDDEN"
    else:
        assert names(answer["packages"]["nodes"]) == sorted(SEEN_BY[name])
        assert answer["packages"]["totalCount"] == len(SEEN_BY[name])


async def test_who_is_not_signed_in_is_refused(client: Client, database: Database) -> None:
    await factories.make_package(database)
    assert (await client.execute(LIST)).code == "UNAUTHENTICATED"
