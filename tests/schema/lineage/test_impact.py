"""Asking what stands on a package."""

from app.db.base import utc_now
from app.db.session import Database
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import IMPACT
from tests.schema.published import package_id


async def test_visible_descendants_are_counted_once(ada: Client, database: Database) -> None:
    # given: a diamond whose one side is deleted, and a package below it
    top, left, right, bottom, last, apart = [await factories.make_package(database) for _ in range(6)]
    gone = await factories.make_package(database, deleted_at=utc_now())
    pairs = [(top, left), (top, right), (top, gone), (left, bottom), (right, bottom), (gone, last), (apart, bottom)]
    await factories.make_edges(database, [(parent.id, child.id) for parent, child in pairs])
    # when
    found = [(await ada.execute(IMPACT, id=package_id(package)))["node"]["impact"] for package in (top, left, last)]
    # then
    assert found == [{"packageCount": count, "isComplete": True} for count in (4, 1, 0)]
