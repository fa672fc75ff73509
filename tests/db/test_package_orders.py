"""Every order of packages is served by an index: PostgreSQL reads a page off it, and sorts nothing."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from app.db.base import new_id
from app.db.paging import PageKey, PageRequest
from app.db.repositories.packages import all_packages
from app.db.session import Database
from app.enums import Permission
from app.identity.viewer import Viewer

MEMBER, ADMINISTRATOR = Viewer(new_id(), permissions=frozenset({Permission.SEARCH})), Viewer(new_id(), is_admin=True)


class LastStatement(logging.Handler):
    """Keeps the statement that was logged last, with its parameters."""

    text: str
    values: Any

    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record.args, tuple)
        self.text, self.values = str(record.args[0]), record.args[1]


@pytest.mark.parametrize("viewer", [MEMBER, ADMINISTRATOR], ids=["member", "administrator"])
async def test_pages_are_read_off_an_index(
    database: Database, viewer: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    if not database.is_postgresql:
        pytest.skip("plans are PostgreSQL's")
    last = LastStatement()
    logging.getLogger("app.db.sql").addHandler(last)
    caplog.set_level(logging.INFO, "app.db.sql")
    try:
        for order in (name for name, made in all_packages.orders.items() if made.needs is None):
            for is_descending in (False, True):
                first = PageRequest(order=order, is_descending=is_descending)
                for request in (first, replace(first, first=None, last=50)):
                    async with database.read() as connection:
                        # when a table that is all but empty is not simply read and sorted
                        await connection.exec_driver_sql("SET enable_seqscan = off")
                        await connection.exec_driver_sql("SET enable_bitmapscan = off")
                        await connection.exec_driver_sql("SET enable_sort = off")
                        await all_packages(connection, viewer, [PageKey(None, request)])
                        driver: Any = (await connection.get_raw_connection()).driver_connection
                        rows = await (await driver.execute(f"EXPLAIN {last.text}", last.values)).fetchall()
                        await connection.exec_driver_sql("RESET ALL")
                        await connection.exec_driver_sql("SET timezone = 'UTC'")
                    plan = "\n".join(row[0] for row in rows)

                    # then
                    assert "Sort" not in plan, (request, plan)
                    assert "Scan" in plan, plan
    finally:
        logging.getLogger("app.db.sql").removeHandler(last)
