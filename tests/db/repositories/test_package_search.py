"""Searches are read off the index of words, on both databases."""

import logging
from typing import Any

import pytest

from app.db.base import new_id
from app.db.paging import PageKey, PageRequest
from app.db.repositories.package_search import searched
from app.db.repositories.packages import all_packages
from app.db.session import Database
from app.enums import Permission
from app.identity.viewer import Viewer
from app.search import parse
from tests import factories

PACKAGES = 5000


class LastStatement(logging.Handler):
    """Keeps the statement that was logged last, with its parameters."""

    text: str
    values: Any

    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record.args, tuple)
        self.text, self.values = str(record.args[0]), record.args[1]


async def test_few_among_many_are_found_through_the_index(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    # given
    await factories.make_packages(database, PACKAGES, readme=" ".join(f"word{number}" for number in range(60)))
    wanted = [await factories.make_package(database, f"needle-{number}") for number in range(3)]
    async with database.write() as session:
        await (await session.connection()).exec_driver_sql("ANALYZE")
    viewer = Viewer(new_id(), permissions=frozenset({Permission.SEARCH}))
    request = PageRequest(order="RELEVANCE", is_descending=True, filters=(("search", searched(parse("needl"))),))
    last = LastStatement()
    logging.getLogger("app.db.sql").addHandler(last)
    caplog.set_level(logging.INFO, "app.db.sql")
    try:
        async with database.read() as connection:
            # when
            page = (await all_packages(connection, viewer, [PageKey(None, request)]))[PageKey(None, request)]
            driver: Any = (await connection.get_raw_connection()).driver_connection
            if database.is_postgresql:
                rows = await (await driver.execute(f"EXPLAIN {last.text}", last.values)).fetchall()
            else:
                unknown = [None] * last.text.count("?")  # the plan does not depend on the values
                rows = [each[3:] for each in await driver.execute_fetchall(f"EXPLAIN QUERY PLAN {last.text}", unknown)]
    finally:
        logging.getLogger("app.db.sql").removeHandler(last)
    plan = "\n".join(str(row[0]) for row in rows)

    # then
    assert [row["id"] for row in page.rows] == [package.id for package in reversed(wanted)]
    assert "Seq Scan on package_search" not in plan
    assert "SCAN packages" not in plan
    assert ("ix_package_search_vector" if database.is_postgresql else "VIRTUAL TABLE INDEX") in plan
