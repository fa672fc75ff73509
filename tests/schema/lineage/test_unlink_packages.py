"""Taking links away."""

from sqlalchemy import select

from app.db.base import new_id
from app.db.session import Database
from app.db.tables import LineageEdge
from app.enums import EventType, RelationshipType
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import UNLINK
from tests.schema.published import events, package_id


async def unlink(client: Client, parent, child, type_="FINE_TUNED_FROM"):
    given = {"parentId": package_id(parent), "childId": package_id(child), "relationshipType": type_}
    return (await client.execute(UNLINK, input=given))["unlinkPackages"]


async def types(database: Database) -> list[RelationshipType]:
    async with database.read() as connection:
        return list((await connection.execute(select(LineageEdge.relationship_type))).scalars())


async def test_one_of_two_links_is_removed(client: Client, database: Database) -> None:
    # given
    user = await factories.make_user(database, "grace")
    grace = await client.sign_in("grace")
    parent, child = await factories.make_package(database), await factories.make_package(database, uploaded_by=user)
    await factories.make_edge(database, parent, child)
    await factories.make_edge(database, parent, child, RelationshipType.MERGED_FROM)
    # when
    found = await unlink(grace, parent, child)
    # then
    assert found == {"__typename": "UnlinkPackagesPayload", "child": {"id": package_id(child)}}
    assert await types(database) == [RelationshipType.MERGED_FROM]
    (event,) = await events(database, EventType.LINEAGE_UNLINKED)
    assert event.payload["relationshipType"] == "FINE_TUNED_FROM"
    # when again
    assert (await unlink(grace, parent, child))["code"] == "NOT_FOUND"


async def test_who_may_not_changes_nothing(ada: Client, client: Client, database: Database) -> None:
    # given
    parent, child = [await factories.make_package(database) for _ in range(2)]
    await factories.make_edge(database, parent, child)
    # when
    codes = [
        (await unlink(ada, parent, child))["code"],
        (await unlink(client, parent, child))["code"],
        (await unlink(ada, new_id(), child))["code"],
    ]
    # then
    assert codes == ["FORBIDDEN", "UNAUTHENTICATED", "NOT_FOUND"]
    assert len(await types(database)) == 1
