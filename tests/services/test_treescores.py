"""Treescores follow their parents' scores and edges, down to the last descendant."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.db.repositories.lineage import lock_lineage
from app.db.session import Database
from app.db.tables import PackageScore
from app.enums import RelationshipType
from app.events.log import Origin
from app.scoring.weights import net_score
from app.services.lineage import link_packages, unlink_packages
from app.services.treescores import refresh_treescores
from tests import factories
from tests.schema.published import statements, viewer_of

TYPE = RelationshipType.FINE_TUNED_FROM
ORIGIN = Origin(None, None)
REPORTS = [
    {"name": "license_score", "value": 0.5, "reason": "Told.", "confidence": 1.0, "latency_ms": 2.0},
    {"name": "treescore", "value": None, "reason": "Not yet.", "confidence": 0.0, "latency_ms": 0.25},
]


def net(license_score: float, treescore: float | None = None) -> float | None:
    return net_score({"license_score": license_score, "treescore": treescore})


async def score(database: Database, package: UUID, license_score: float) -> None:
    """Scores as the evaluator leaves them, where one metric has evidence and the parents are not known."""
    await factories.make_score(database, package, net(license_score), license_score=license_score, metrics=REPORTS)


async def scored(database: Database, how_many: int, license_score: float = 0.5) -> list[UUID]:
    packages = await factories.make_packages(database, how_many)
    for package in packages:
        await score(database, package, license_score)
    return packages


async def refresh(database: Database, packages: Sequence[UUID]) -> set[UUID]:
    async with database.write() as session:
        return await refresh_treescores(session, packages)


async def scores(database: Database) -> dict[UUID, PackageScore]:
    async with database.read() as connection:
        rows = await connection.execute(select(PackageScore.__table__))
        return {row.package_id: row for row in rows}


async def rate(database: Database, package: UUID, license_score: float) -> None:
    """What scoring a package again writes, before the treescores follow."""
    values = {"license_score": license_score, "net_score": net(license_score)}
    async with database.write() as session:
        await session.execute(update(PackageScore).where(PackageScore.package_id == package).values(values))


async def test_a_chain_follows_its_top(database: Database) -> None:
    # given
    chain = await scored(database, 4)
    await factories.make_edges(database, list(pairwise(chain)))
    await rate(database, chain[0], 1.0)
    # when
    changed = await refresh(database, [chain[0]])
    # then
    found = await scores(database)
    above = net(1.0)
    assert found[chain[0]].net_score == above
    for package in chain[1:]:
        assert found[package].treescore == pytest.approx(above)
        above = net(0.5, above)
        assert found[package].net_score == pytest.approx(above)
    assert changed == set(chain[1:])


async def test_a_diamond_counts_each_parent_once_and_waits_for_both(database: Database) -> None:
    # given: top, two sides, and a bottom that descends from the left side in two ways
    top, left, right, bottom = packages = await scored(database, 4)
    await factories.make_edges(database, [(top, left), (top, right), (left, bottom), (right, bottom)])
    await factories.make_edge(database, left, bottom, RelationshipType.MERGED_FROM)
    await rate(database, top, 0.9)
    await rate(database, right, 0.1)
    # when
    await refresh(database, [top, right])
    # then
    found = await scores(database)
    sides = net(0.5, net(0.9)), net(0.1, net(0.9))
    assert (found[left].net_score, found[right].net_score) == pytest.approx(sides)
    assert found[bottom].treescore == pytest.approx(sum(sides) / 2)
    assert found[bottom].net_score == pytest.approx(net(0.5, sum(sides) / 2))
    assert await refresh(database, packages) == set()


async def test_the_report_says_what_the_evaluator_would(database: Database) -> None:
    # given
    one, other, child, alone = await scored(database, 4, 0.8)
    await factories.make_edges(database, [(one, child), (other, child)])
    # when
    await refresh(database, [child, alone])
    # then
    found = await scores(database)
    assert found[child].metrics == [
        REPORTS[0],
        {
            "name": "treescore",
            "value": found[child].treescore,
            "reason": "The mean net score of 2 parents is 0.80.",
            "confidence": 1.0,
            "latency_ms": 0.25,
        },
    ]
    assert found[alone].metrics[1]["reason"] == "The package has no parents with a score."
    assert found[alone].treescore is None


async def test_linking_and_unlinking_move_the_scores_below(database: Database) -> None:
    # given
    viewer = viewer_of(await factories.make_user(database, is_admin=True))
    parent, child, grandchild = await scored(database, 3)
    await rate(database, parent, 1.0)
    await factories.make_edge(database, child, grandchild)
    await refresh(database, [child])
    before = await scores(database)
    # when
    async with database.write() as session:
        await link_packages(session, viewer, ORIGIN, parent, child, TYPE)
    linked = await scores(database)
    async with database.write() as session:
        await unlink_packages(session, viewer, ORIGIN, parent, child, TYPE)
    # then
    assert linked[child].treescore == pytest.approx(1.0)
    assert linked[grandchild].treescore == pytest.approx(linked[child].net_score)
    assert linked[grandchild].net_score > before[grandchild].net_score
    assert await scores(database) == before


async def test_a_link_and_a_score_at_once_miss_nothing_of_each_other(database: Database) -> None:
    # given
    viewer = viewer_of(await factories.make_user(database, is_admin=True))

    async def link(parent: UUID, child: UUID) -> None:
        async with database.write() as session:
            await link_packages(session, viewer, ORIGIN, parent, child, TYPE)

    async def score_again(package: UUID) -> None:
        values = {"license_score": 1.0, "net_score": net(1.0)}
        async with database.write() as session:
            await lock_lineage(session)
            await session.execute(update(PackageScore).where(PackageScore.package_id == package).values(values))
            await refresh_treescores(session, [package])

    for _ in range(10):
        one, other, child = await scored(database, 3)
        # when
        await asyncio.gather(link(one, child), score_again(one), link(other, child), score_again(other))
        # then
        assert (await scores(database))[child].treescore == pytest.approx(net(1.0))


async def test_packages_without_scores_neither_give_nor_get_any(database: Database) -> None:
    # given
    top, below = await scored(database, 2)
    between, unscored_parent = await factories.make_packages(database, 2)
    await factories.make_edges(database, [(top, between), (between, below), (top, below), (unscored_parent, below)])
    await rate(database, top, 1.0)
    # when
    changed = await refresh(database, [top])
    # then
    found = await scores(database)
    assert changed == {below}
    assert found[below].treescore == pytest.approx(1.0)
    assert set(found) == {top, below}


async def test_unchanged_scores_are_not_followed_further(database: Database) -> None:
    # given: the grandchild's scores are out of date, and nothing above it changes
    top, child, grandchild = await scored(database, 3)
    await factories.make_edges(database, [(top, child), (child, grandchild)])
    await refresh(database, [child])
    await rate(database, grandchild, 0.2)
    # when
    changed = await refresh(database, [top])
    # then
    assert changed == set()


async def test_statements_do_not_depend_on_depth_or_breadth(database: Database) -> None:
    costs = []
    for size in (3, 40):
        # given
        chain = await scored(database, size)
        await factories.make_edges(database, list(pairwise(chain)))
        leaves = await scored(database, size)
        await factories.make_edges(database, [(chain[0], leaf) for leaf in leaves])
        await rate(database, chain[0], 1.0)
        # when
        with statements() as texts:
            changed = await refresh(database, [chain[0]])
        # then
        assert changed.issuperset(leaves)
        costs.append(len(texts))
    assert costs[0] == costs[1] == 4
