"""Lineage graphs against a brute-force walk, and against shapes that punish careless walks."""

from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import update

from app.db.base import new_id, utc_now
from app.db.repositories.lineage_graphs import (
    ImpactKey,
    LineageKey,
    PathKey,
    impacts,
    lineage_graphs,
    lineage_paths,
)
from app.db.session import Database
from app.db.tables import Package
from app.enums import IncompleteReason, LineageDirection, Permission, RelationshipType, Visibility
from app.identity.viewer import Viewer
from tests import factories
from tests.schema.published import statements

VIEWER = Viewer(new_id(), permissions=frozenset(Permission))
TYPES = (RelationshipType.FINE_TUNED_FROM, RelationshipType.TRAINED_ON, RelationshipType.MERGED_FROM)
WITH_DATABASE = effort(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@dataclass(frozen=True)
class Drawn:
    """A graph without cycles: edges lead from a smaller number to a larger one."""

    size: int
    edges: frozenset[tuple[int, int, RelationshipType]]
    hidden: frozenset[int]


@st.composite
def drawn_graphs(draw: st.DrawFn) -> Drawn:
    """Few packages and many edges, so that there are diamonds, shortcuts and double edges."""
    size = draw(st.integers(1, 9))
    pairs = [(one, other) for one in range(size) for other in range(one + 1, size)]
    candidates = [(*pair, type_) for pair in pairs for type_ in TYPES]
    edges = draw(st.frozensets(st.sampled_from(candidates), max_size=24)) if pairs else frozenset()
    hidden = draw(st.frozensets(st.integers(0, size - 1)))
    return Drawn(size, edges, hidden)


def walked(drawn: Drawn, start: int, upwards: bool, types) -> dict[int, int]:
    """The length of the shortest of all paths to each package, each path walked to its end."""
    depths: dict[int, int] = {}

    def walk(node: int, depth: int) -> None:
        depths[node] = min(depth, depths.get(node, depth))
        for parent, child, type_ in drawn.edges:
            here, there = (child, parent) if upwards else (parent, child)
            if here == node and (types is None or type_ in types):
                walk(there, depth + 1)

    walk(start, 0)
    return depths


async def stored(database: Database, drawn: Drawn) -> list[UUID]:
    packages = await factories.make_packages(database, drawn.size)
    for type_ in TYPES:
        pairs = [(packages[parent], packages[child]) for parent, child, of in drawn.edges if of is type_]
        if pairs:
            await factories.make_edges(database, pairs, relationship_type=type_)
    return packages


async def hide(database: Database, packages: list[UUID]) -> None:
    """Every second one deleted, the others somebody else's."""
    organization = await factories.make_organization(database)
    private = {"visibility": Visibility.ORGANIZATION, "organization_id": organization.id}
    async with database.write() as session:
        for number, package in enumerate(packages):
            values = private if number % 2 else {"deleted_at": utc_now()}
            await session.execute(update(Package).where(Package.id == package).values(values))


async def graph(database: Database, key: LineageKey, viewer: Viewer = VIEWER):
    async with database.read() as connection:
        return (await lineage_graphs(connection, viewer, [key])).get(key)


def key_of(package: UUID, direction=LineageDirection.ANCESTORS, max_depth=None, types=None, max_nodes=10_000):
    return LineageKey(package, LineageDirection(direction), max_depth, types, max_nodes)


@WITH_DATABASE
@given(
    drawn=drawn_graphs(),
    start=st.integers(0, 8),
    direction=st.sampled_from(LineageDirection),
    max_depth=st.none() | st.integers(0, 4),
    types=st.none() | st.frozensets(st.sampled_from(TYPES)),
    max_nodes=st.sampled_from([10_000, 14]),
)
async def test_graph_equals_a_brute_force_walk(
    database: Database, drawn, start, direction, max_depth, types, max_nodes
) -> None:
    # given: 14 packages at most are enough for any graph drawn, but not always for counting the depths
    packages = await stored(database, drawn)
    start %= drawn.size
    up = walked(drawn, start, True, types) if direction is not LineageDirection.DESCENDANTS else {}
    down = walked(drawn, start, False, types) if direction is not LineageDirection.ANCESTORS else {}
    whole = up | down
    near = {node: depth for node, depth in whole.items() if max_depth is None or depth <= max_depth}
    # when
    found = await graph(database, key_of(packages[start], direction, max_depth, types, max_nodes))
    # then
    numbers = {node["key"]: packages.index(node["package_id"]) for node in found["nodes"]}
    assert {numbers[node["key"]]: node["depth"] for node in found["nodes"]} == near
    assert sorted(
        (numbers[edge["parent_key"]], numbers[edge["child_key"]], edge["relationship_type"]) for edge in found["edges"]
    ) == sorted(
        edge for edge in drawn.edges if edge[0] in near and edge[1] in near and (types is None or edge[2] in types)
    )
    assert [found["node_count"], found["edge_count"]] == [len(found["nodes"]), len(found["edges"])]
    assert found["max_depth"] == max(near.values())
    assert found["is_complete"] == (len(near) == len(whole))
    assert found["incomplete_reason"] == (None if found["is_complete"] else IncompleteReason.MAX_DEPTH)
    assert [node["key"] for node in found["nodes"]] == [f"n{number}" for number in range(len(near))]


@WITH_DATABASE
@given(drawn=drawn_graphs(), start=st.integers(0, 8), direction=st.sampled_from(LineageDirection))
async def test_hidden_packages_are_walked_through_and_not_named(database: Database, drawn, start, direction) -> None:
    # given
    packages = await stored(database, drawn)
    start %= drawn.size
    key = key_of(packages[start], direction)
    open_graph = await graph(database, key)
    hidden = [packages[number] for number in drawn.hidden]
    # when
    await hide(database, hidden)
    found = await graph(database, key)
    # then: the same graph, but for what would name the hidden
    if packages[start] in hidden:
        assert found is None
        return
    for node in open_graph["nodes"]:
        if node["package_id"] in hidden:
            node |= {"is_redacted": True, "package_id": None}
    assert found == open_graph
    assert not any(str(package) in str(found) or package.hex in str(found) for package in hidden)


@WITH_DATABASE
@given(drawn=drawn_graphs())
async def test_impact_counts_visible_descendants(database: Database, drawn) -> None:
    # given
    packages = await stored(database, drawn)
    await hide(database, [packages[number] for number in drawn.hidden])
    keys = [ImpactKey(package, 10_000) for package in packages]
    # when
    async with database.read() as connection:
        found = await impacts(connection, VIEWER, keys)
    # then
    counts = {
        number: len(set(walked(drawn, number, False, None)) - drawn.hidden) - 1
        for number in range(drawn.size)
        if number not in drawn.hidden
    }
    assert {packages.index(key.package_id): row["package_count"] for key, row in found.items()} == counts
    assert all(row["is_complete"] for row in found.values())


@WITH_DATABASE
@given(drawn=drawn_graphs(), ends=st.tuples(st.integers(0, 8), st.integers(0, 8)))
async def test_path_is_a_shortest_chain_of_edges(database: Database, drawn, ends) -> None:
    # given
    one, other = (end % drawn.size for end in ends)
    packages = await stored(database, replace(drawn, hidden=frozenset()))
    await hide(database, [packages[number] for number in drawn.hidden - {one, other}])
    key = PathKey(packages[one], packages[other])
    # when
    async with database.read() as connection:
        found = (await lineage_paths(connection, VIEWER, [key])).get(key)
    # then
    length = (walked(drawn, one, True, None) | walked(drawn, one, False, None)).get(other)
    assert (found and found["length"]) == length
    if found:
        numbers = [packages.index(step["package_id"]) for step in found["steps"]]
        assert (numbers[0], numbers[-1], len(numbers) - 1) == (one, other, length)
        assert found["steps"][0]["relationship_type"] is None
        for before, step, after in zip(numbers, found["steps"][1:], numbers[1:], strict=False):
            parent, child = min(before, after), max(before, after)
            assert (parent, child, step["relationship_type"]) in drawn.edges


@pytest.mark.parametrize("max_depth", [None, 120, 119])
@pytest.mark.parametrize("direction", LineageDirection)
async def test_a_ladder_of_60_diamonds_is_no_matter(database: Database, direction, max_depth) -> None:
    # given: 2^60 paths from the top to the bottom
    packages = await factories.make_packages(database, 181)
    rungs = [packages[3 * rung : 3 * rung + 4] for rung in range(60)]
    pairs = [pair for a, b, c, d in rungs for pair in ((a, b), (a, c), (b, d), (c, d))]
    await factories.make_edges(database, pairs)
    start = packages[0] if direction is LineageDirection.DESCENDANTS else packages[-1]
    # when
    found = await graph(database, key_of(start, direction, max_depth))
    # then
    whole = max_depth != 119
    assert (found["node_count"], found["edge_count"], found["max_depth"]) == (
        (181, 240, 120) if whole else (180, 238, 119)
    )
    assert found["is_complete"] is whole


async def test_a_chain_with_shortcuts_has_a_package_at_many_depths(database: Database) -> None:
    # given: package n is met at every depth from n/3 to n
    packages = await factories.make_packages(database, 200)
    pairs = [(packages[at], packages[at + by]) for at in range(200) for by in (1, 2, 3) if at + by < 200]
    await factories.make_edges(database, pairs)
    # when: counting the depths of all of them would pass the bound, although the packages do not
    found = await graph(database, key_of(packages[-1], max_depth=30, max_nodes=300))
    # then
    assert (found["node_count"], found["max_depth"]) == (91, 30)
    assert found["incomplete_reason"] is IncompleteReason.MAX_DEPTH


@pytest.mark.parametrize("direction", LineageDirection)
async def test_too_many_packages_leave_the_nearest(database: Database, direction) -> None:
    # given
    packages = await factories.make_packages(database, 40)
    await factories.make_edges(database, list(pairwise(packages)))
    middle = packages[20]
    # when
    found = await graph(database, key_of(middle, direction, max_nodes=10))
    # then
    assert (found["node_count"], found["edge_count"], found["max_depth"]) == (10, 9, 9)
    assert (found["is_complete"], found["incomplete_reason"]) == (False, IncompleteReason.MAX_NODES)


async def test_exactly_as_many_packages_as_allowed_are_complete(database: Database) -> None:
    packages = await factories.make_packages(database, 10)
    await factories.make_edges(database, list(pairwise(packages)))
    found = await graph(database, key_of(packages[-1], max_nodes=10))
    assert (found["node_count"], found["is_complete"]) == (10, True)


async def test_graphs_read_together_share_the_bound_and_each_has_its_start(database: Database) -> None:
    # given
    packages = await factories.make_packages(database, 6)
    await factories.make_edges(database, list(pairwise(packages)))
    keys = [key_of(package, max_nodes=8) for package in packages]
    # when
    async with database.read() as connection:
        found = await lineage_graphs(connection, VIEWER, keys)
    # then
    assert [found[key]["node_count"] for key in keys] == [1, 2, 3, 2, 1, 1]
    assert [found[key]["is_complete"] for key in keys] == [True, True, True, False, False, False]


async def test_impact_says_when_there_is_more(database: Database) -> None:
    packages = await factories.make_packages(database, 12)
    await factories.make_edges(database, [(packages[0], child) for child in packages[1:]])
    key = ImpactKey(packages[0], 5)
    async with database.read() as connection:
        found = (await impacts(connection, VIEWER, [key]))[key]
    assert found == {"package_count": 5, "is_complete": False}


@pytest.mark.parametrize("max_depth", [None, 60])
@pytest.mark.parametrize("direction", LineageDirection)
async def test_statements_do_not_depend_on_size(database: Database, direction, max_depth) -> None:
    # given: a chain of 2 and one of 50, and 50 packages alone
    chains = [await factories.make_packages(database, size) for size in (2, 50)]
    for chain in chains:
        await factories.make_edges(database, list(pairwise(chain)))
    alone = await factories.make_packages(database, 50)
    costs = []
    # when
    for starts in (chains[0][:1], chains[1][:1], chains[1][-1:], alone[:2], alone):
        async with database.read() as connection:
            with statements() as texts:
                await lineage_graphs(connection, VIEWER, [key_of(start, direction, max_depth) for start in starts])
        costs.append(len(texts))
    # then
    bounded = 0 if max_depth is None else (2 if direction is LineageDirection.BOTH else 1)
    assert costs == [2 + bounded] * 5
