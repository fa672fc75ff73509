"""Asking for a package's direct parents and children."""

from app.db.base import utc_now
from app.db.session import Database
from app.enums import RelationshipType
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import PARENTS_AND_CHILDREN
from tests.schema.published import package_id


async def test_direct_neighbors_are_listed_without_hidden_ones(ada: Client, database: Database) -> None:
    # given
    parent, middle, child = [await factories.make_package(database, name) for name in ("parent", "middle", "child")]
    grandchild = await factories.make_package(database)
    gone = await factories.make_package(database, deleted_at=utc_now())
    await factories.make_edge(database, parent, middle, RelationshipType.QUANTIZED_FROM)
    await factories.make_edge(database, middle, child)
    await factories.make_edge(database, child, grandchild)
    await factories.make_edge(database, gone, middle)
    await factories.make_edge(database, middle, gone, RelationshipType.USES_CODE)
    # when
    found = (await ada.execute(PARENTS_AND_CHILDREN, id=package_id(middle)))["node"]

    # then
    def listed(package, type_):
        node = {"id": package_id(package), "name": package.name, "version": "1.0.0"}
        return {"totalCount": 1, "edges": [{"relationshipType": type_, "node": node}]}

    assert found == {"parents": listed(parent, "QUANTIZED_FROM"), "children": listed(child, "FINE_TUNED_FROM")}
