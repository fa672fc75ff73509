"""The generator of benchmark data: rows that the tables would accept, in the shapes that the operations ask for."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from app.db import migrations
from app.db.base import Base
from app.db.session import Database
from benchmarks.generate import load
from benchmarks.rows import DOWNLOADS_PER_PACKAGE, Dataset

PACKAGES = 50


@pytest.fixture(scope="module")
async def filled(make_database_url: Callable[[str, str], str]) -> str:
    """The URL of a database with 50 packages."""
    url = make_database_url("postgresql", "generated")
    database = Database(url, pool_size=1)
    await migrations.upgrade(database)
    await database.close()
    with psycopg.connect(url) as connection:
        load(connection, Dataset(PACKAGES, seed=1))
    return url


def rows_of(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


async def test_every_foreign_key_leads_somewhere(filled: str) -> None:
    # given keys that were not checked on loading
    keys = [
        (table.name, key.parent.name, key.column.table.name, key.column.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
    ]
    # when
    broken = {
        f"{table}.{column}": found
        for table, column, target, target_column in keys
        if (
            found := rows_of(
                filled,
                f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL "
                f"AND NOT EXISTS (SELECT FROM {target} WHERE {target}.{target_column} = {table}.{column})",
            )
        )
    }
    # then
    assert broken == {}


async def test_counts_and_averages_are_what_the_rows_say(filled: str) -> None:
    # when
    wrong = rows_of(
        filled,
        "SELECT name FROM packages "
        "WHERE download_count <> (SELECT count(*) FROM downloads WHERE package_id = packages.id) "
        "OR rating_count <> (SELECT count(*) FROM ratings WHERE package_id = packages.id) "
        "OR rating_average IS DISTINCT FROM (SELECT avg(stars) FROM ratings WHERE package_id = packages.id)",
    )
    downloads = rows_of(filled, "SELECT count(*) FROM downloads")
    # then
    assert wrong == []
    assert downloads == [(PACKAGES * DOWNLOADS_PER_PACKAGE,)]


async def test_lineage_has_no_cycle_and_about_three_edges_a_package(filled: str) -> None:
    # given ids in the order of publication
    # when
    backwards = rows_of(filled, "SELECT id FROM lineage_edges WHERE parent_id >= child_id")
    [(edges,)] = rows_of(filled, "SELECT count(*) FROM lineage_edges")
    # then
    assert backwards == []
    assert isinstance(edges, int)
    assert PACKAGES < edges < 4 * PACKAGES


async def test_the_ladder_is_whole(filled: str) -> None:
    # when
    [(name, nodes)] = rows_of(
        filled,
        "WITH RECURSIVE walk(id, start) AS ("
        "SELECT id, name FROM packages WHERE name = "
        "(SELECT content->0->>'name' FROM bench_data.samples WHERE pool = 'ladder') "
        "UNION SELECT parent_id, start FROM lineage_edges JOIN walk ON child_id = walk.id"
        ") SELECT start, count(*) FROM walk GROUP BY start",
    )
    # then five diamonds of three packages each, and the last one's end
    assert nodes == 5 * 3 + 1, name


def test_the_same_seed_gives_the_same_rows() -> None:
    # given
    one, same, other = Dataset(PACKAGES, seed=1), Dataset(PACKAGES, seed=1), Dataset(PACKAGES, seed=2)
    # when
    tables = ("users", "packages", "package_scores")
    made = [[list(dataset.rows(table)) for table in tables] for dataset in (one, same, other)]
    # then
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_modules_are_short() -> None:
    folder = Path(__file__).parents[2] / "benchmarks"
    long = [path.name for path in folder.rglob("*.py") if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    assert long == []
