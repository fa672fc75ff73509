"""Fills a database with a registry of any size: `python -m benchmarks.generate --packages 100000`.

The same size and seed give the same rows. A database that has them already is left as it is, unless the tables or this
generator have changed since.
"""

import argparse
import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from app import search
from app.db import migrations
from app.db.session import Database
from benchmarks import database, rows, shapes
from benchmarks.rows import COLUMNS, VIEWER, Dataset, picked

FUNCTIONS = Path(__file__).parent / "peers" / "functions.sql"
POOL = 500
"""How many different variables each operation is asked with."""


def ensure(packages: int, seed: int = 1) -> str:
    """The URL of a database with so many packages, generated where it is not there yet."""
    server, name = database.server_url(), f"bench_{packages}_{seed}"
    wanted = f"generated {_fingerprint()}"
    url = database.database_url(server, name)
    if database.comment_on(server, name) != wanted:
        started = time.perf_counter()
        url = database.recreate(server, name)
        fill(url, Dataset(packages, seed))
        database.set_comment(server, name, wanted)
        print(f"Generated {packages} packages in {time.perf_counter() - started:.0f} s.", flush=True)
    with psycopg.connect(url) as connection:
        # A parallel worker's CPU time would be counted for nobody.
        connection.execute(SQL("ALTER DATABASE {} SET max_parallel_workers_per_gather = 0").format(Identifier(name)))
        connection.execute(FUNCTIONS.read_text(encoding="utf-8"))
    return url


def fill(url: str, dataset: Dataset) -> None:
    """Migrate an empty PostgreSQL database and load all rows. Needs a superuser."""
    asyncio.run(_migrate(url))
    with psycopg.connect(url) as connection:
        load(connection, dataset)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def load(connection: psycopg.Connection, dataset: Dataset) -> None:
    """Load all rows into migrated, empty tables, and what the operations are asked with into bench_data.samples."""
    # The rows refer to each other rightly by how they are made; a test checks it. Checking each takes most of the time.
    connection.execute("SET session_replication_role = replica")
    for table, columns in COLUMNS.items():
        names = SQL(", ").join(map(Identifier, columns))
        with connection.cursor().copy(SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), names)) as copy:
            for row in dataset.rows(table):
                copy.write_row(row)
    _load_words(connection)
    connection.execute("SELECT setval(pg_get_serial_sequence('downloads', 'id'), (SELECT max(id) FROM downloads))")
    connection.execute("CREATE SCHEMA bench_data")
    connection.execute("CREATE TABLE bench_data.samples (pool text PRIMARY KEY, content jsonb NOT NULL)")
    for pool, content in samples(dataset).items():
        connection.execute("INSERT INTO bench_data.samples VALUES (%s, %s)", [pool, json.dumps(content)])
    connection.execute("SET session_replication_role = origin")


def _load_words(connection: psycopg.Connection) -> None:
    """Load what full-text search goes by."""
    packages = connection.execute("SELECT id, name, description, readme FROM packages").fetchall()
    with connection.cursor().copy("COPY package_search (package_id, words, vector) FROM STDIN") as copy:
        for package_id, name, description, readme in packages:
            words = search.document(name, description, readme)
            copy.write_row((package_id, words, words))


def samples(dataset: Dataset) -> dict[str, list[Any]]:
    """What the operations may be asked with: names that one package has, words, the viewer."""
    random, layout = Random(dataset.seed), dataset.shapes

    def named(numbers: Sequence[int]) -> list[dict[str, str]]:
        return [
            {"name": name, "version": version, "organizationId": str(UUID(dataset.organization_ids[0]))}
            for name, version in (dataset.names[number] for number in numbers if dataset.is_only_version(number))
        ]

    return {
        "package": picked(random, named(range(dataset.packages)), POOL),
        "descendant": picked(random, named(layout.descendants_of_many), POOL),
        "ladder": named([layout.ladder_end]),
        "chain": named(layout.chain_ends),
        "fan": named([0]),
        "word": [{"text": word} for word in rows.WORDS],
        "viewer": [{"id": dataset.user_ids[VIEWER]}],
    }


async def _migrate(url: str) -> None:
    migrating = Database(url, pool_size=1)
    try:
        await migrations.upgrade(migrating)
    finally:
        await migrating.close()


def _fingerprint() -> str:
    sources = [Path(module.__file__ or "") for module in (rows, shapes, search)] + [Path(__file__)]
    content = b"".join(path.read_bytes() for path in sources) + migrations.head().encode()
    return hashlib.sha256(content).hexdigest()[:16]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("--packages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(ensure(options.packages, options.seed))


if __name__ == "__main__":
    main()
