"""Deleting packages, and what remains of them."""

import pytest

from app.db.session import Database
from app.enums import EventType, Visibility
from app.errors import Conflict
from schema.context import Services
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import LINEAGE
from tests.schema.packages.changes import DELETE, change, row_of
from tests.schema.published import events, package_id, publish_archive

DELETED = """
{
  deletedPackages {
    totalCount
    nodes { packageId name version kind fileSizeBytes storageFreedAt deletedBy { username } organization { slug } }
  }
}
"""
EVERYWHERE = """
query ($id: ID!) {
  node(id: $id) { id }
  package(name: "bert", version: "1.0.0", organization: "lab") { id }
  newest: package(name: "bert", organization: "lab") { version }
  packages { totalCount nodes { name } }
}
"""


async def test_nobody_sees_a_deleted_package(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database, "lab")
    owner = await factories.make_user(database, "owner")
    await factories.make_membership(database, lab, owner, "OWNER")
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database, "bert", "1.0.0", organization=lab)
    somebody = await client.sign_in("owner")
    # when
    answer = await change(somebody, DELETE, package)
    # then
    assert answer == {"__typename": "DeletePackagePayload", "deletedId": package_id(package)}
    for name in ("owner", "root"):
        seen = (await (await client.sign_in(name)).execute(EVERYWHERE, id=package_id(package))).data
        assert seen == {"node": None, "package": None, "newest": None, "packages": {"totalCount": 0, "nodes": []}}
    assert (await change(somebody, DELETE, package))["code"] == "NOT_FOUND"
    # and it is on record
    (event,) = await events(database, EventType.PACKAGE_DELETED)
    assert (event.entity_id, event.actor_id, event.organization_id) == (str(package.id), owner.id, lab.id)
    assert event.payload == {"name": "bert", "version": "1.0.0"}
    row = await row_of(database, package)
    assert (row.deleted_by_id, row.updated_at, row.storage_freed_at) == (owner.id, package.updated_at, None)


async def test_administrators_list_what_was_deleted(client: Client, database: Database) -> None:
    # given
    root = await factories.make_user(database, "root", is_admin=True)
    await factories.make_user(database, "ada")
    package = await factories.make_package(database, "bert", "1.0.0")
    administrator = await client.sign_in("root")
    await change(administrator, DELETE, package)
    # when
    found = (await administrator.execute(DELETED))["deletedPackages"]
    # then
    assert found["totalCount"] == 1
    assert found["nodes"] == [
        {
            "packageId": package_id(package),
            "name": "bert",
            "version": "1.0.0",
            "kind": "MODEL",
            "fileSizeBytes": "1000",
            "storageFreedAt": None,
            "deletedBy": {"username": root.username},
            "organization": {"slug": "public"},
        }
    ]
    assert (await (await client.sign_in("ada")).execute(DELETED))["deletedPackages"] == {"totalCount": 0, "nodes": []}
    assert (await client.execute(DELETED)).code == "UNAUTHENTICATED"


async def test_only_who_manages_its_organization_deletes_a_package(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database)
    accounts = {name: await factories.make_user(database, name) for name in ("manager", "publisher", "outsider")}
    for name, role in (("manager", "ADMIN"), ("publisher", "MEMBER")):
        await factories.make_membership(database, lab, accounts[name], role)
    package = await factories.make_package(
        database, uploaded_by=accounts["publisher"], organization=lab, visibility=Visibility.ORGANIZATION
    )
    # when / then
    assert (await change(client, DELETE, package))["code"] == "UNAUTHENTICATED"
    assert (await change(await client.sign_in("outsider"), DELETE, package))["code"] == "NOT_FOUND"
    refused = await change(await client.sign_in("publisher"), DELETE, package)
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", ["input", "packageId"])
    assert (await row_of(database, package)).deleted_at is None
    assert await events(database, EventType.PACKAGE_DELETED) == []
    assert (await change(await client.sign_in("manager"), DELETE, package))["__typename"] == "DeletePackagePayload"


async def test_its_name_and_version_stay_taken(client: Client, services: Services, database: Database) -> None:
    # given
    root = await factories.make_user(database, "root", is_admin=True)
    package = await publish_archive(services, root)
    await change(await client.sign_in("root"), DELETE, package)
    # when / then
    with pytest.raises(Conflict, match=r"has, or had, tiny 1\.0\.0"):
        await publish_archive(services, root)


async def test_lineage_keeps_its_shape(client: Client, database: Database) -> None:
    # given a chain of three
    await factories.make_user(database, "root", is_admin=True)
    first, middle, last = [await factories.make_package(database) for _ in range(3)]
    await factories.make_edge(database, first, middle)
    await factories.make_edge(database, middle, last)
    administrator = await client.sign_in("root")
    # when
    await change(administrator, DELETE, middle)
    # then
    graph = (await administrator.execute(LINEAGE, id=package_id(last)))["node"]["lineage"]
    seen = [(node["depth"], node["isRedacted"], node["package"] and node["package"]["name"]) for node in graph["nodes"]]
    assert sorted(seen) == [(0, False, last.name), (1, True, None), (2, False, first.name)]
    assert len(graph["edges"]) == 2
