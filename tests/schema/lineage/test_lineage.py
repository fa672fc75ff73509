"""Asking for a package's whole lineage."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from app.db.base import utc_now
from app.db.session import Database
from app.enums import RelationshipType, Visibility
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import LINEAGE
from tests.schema.published import package_id, statements

MANY = """
query Many($ids: [ID!]!, $max: Int) {
  nodes(ids: $ids) { ... on Package { lineage(maxDepth: $max) { nodeCount nodes { depth package { name } } } } }
}
"""


async def lineage(client: Client, package, **arguments):
    return (await client.execute(LINEAGE, id=package_id(package), **arguments))["node"]["lineage"]


async def test_the_ancestry_is_told_with_its_edges(ada: Client, database: Database) -> None:
    # given
    base = await factories.make_package(database, "base", license="Apache-2.0")
    data = await factories.make_package(database, "data", license="CC-BY-4.0")
    tuned = await factories.make_package(database, "tuned", "2.0.0")
    await factories.make_score(database, base, 0.75)
    await factories.make_edge(database, base, tuned)
    await factories.make_edge(database, data, tuned, RelationshipType.TRAINED_ON)
    await factories.make_edge(database, data, base, RelationshipType.TRAINED_ON)
    # when
    found = await lineage(ada, tuned)

    # then
    def node(key, depth, package, score=None):
        shown = {"id": package_id(package), "name": package.name, "version": package.version}
        shown |= {"license": package.license, "scores": score and {"netScore": score}}
        return {"key": key, "depth": depth, "isRedacted": False, "package": shown}

    assert found == {
        "nodes": [node("n0", 0, tuned), node("n1", 1, base, 0.75), node("n2", 1, data)],
        "edges": [
            {"parentKey": "n1", "childKey": "n0", "relationshipType": "FINE_TUNED_FROM"},
            {"parentKey": "n2", "childKey": "n0", "relationshipType": "TRAINED_ON"},
            {"parentKey": "n2", "childKey": "n1", "relationshipType": "TRAINED_ON"},
        ],
        "nodeCount": 3,
        "edgeCount": 3,
        "maxDepth": 1,
        "isComplete": True,
        "incompleteReason": None,
    }


async def test_directions_depth_and_types_narrow_it(ada: Client, database: Database) -> None:
    # given
    chain = await factories.make_packages(database, 5)
    await factories.make_edges(database, list(pairwise(chain)))
    data = await factories.make_package(database)
    await factories.make_edge(database, data, chain[2], RelationshipType.TRAINED_ON)
    asked = [
        ({}, 4, None),
        ({"direction": None}, 4, None),
        ({"direction": "DESCENDANTS"}, 3, None),
        ({"direction": "BOTH"}, 6, None),
        ({"direction": "BOTH", "maxDepth": 1}, 4, "MAX_DEPTH"),
        ({"maxDepth": 0}, 1, "MAX_DEPTH"),
        ({"maxDepth": 2}, 4, None),
        ({"types": ["FINE_TUNED_FROM"]}, 3, None),
        ({"types": []}, 1, None),
    ]
    for arguments, count, reason in asked:
        # when
        found = await lineage(ada, chain[2], **arguments)
        # then
        assert (found["nodeCount"], found["incompleteReason"]) == (count, reason), arguments
        assert found["isComplete"] is (reason is None)


async def test_hidden_packages_are_passed_and_nothing_of_them_is_told(ada: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    top = await factories.make_package(database, "top")
    secret = await factories.make_package(
        database, "secret", "6.6.6", organization=organization, visibility=Visibility.ORGANIZATION, license="GPL-3.0"
    )
    gone = await factories.make_package(database, "gone", "7.7.7", deleted_at=utc_now(), license="GPL-2.0")
    bottom = await factories.make_package(database, "bottom")
    await factories.make_edges(database, list(pairwise([top.id, secret.id, gone.id, bottom.id])))
    # when
    found = await lineage(ada, bottom)
    # then
    redacted = {"isRedacted": True, "package": None}
    assert [node["package"] and node["package"]["name"] for node in found["nodes"]] == ["bottom", None, None, "top"]
    assert found["nodes"][1:3] == [{"key": "n1", "depth": 1} | redacted, {"key": "n2", "depth": 2} | redacted]
    assert [found["nodeCount"], found["edgeCount"], found["maxDepth"], found["isComplete"]] == [4, 3, 3, True]
    text = json.dumps(found)
    for package in (secret, gone):
        for word in (package.name, package.version, package.license, package.id.hex, str(package.id)):
            assert word not in text


async def test_members_see_what_strangers_do_not(ada: Client, client: Client, database: Database) -> None:
    # given
    organization, member = await factories.make_organization(database), await factories.make_user(database, "lin")
    await factories.make_membership(database, organization, member)
    secret = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    child = await factories.make_package(database)
    await factories.make_edge(database, secret, child)
    # when
    of_stranger, of_member = await lineage(ada, child), await lineage(await client.sign_in("lin"), child)
    # then
    assert [node["isRedacted"] for node in of_stranger["nodes"]] == [False, True]
    assert [node["isRedacted"] for node in of_member["nodes"]] == [False, False]
    assert (await ada.execute(LINEAGE, id=package_id(secret)))["node"] is None


async def test_a_negative_depth_is_refused(ada: Client, database: Database) -> None:
    package = await factories.make_package(database)
    answer = await ada.execute(LINEAGE, id=package_id(package), maxDepth=-1)
    assert answer.code == "INVALID_INPUT"
    assert answer.errors[0]["extensions"]["issues"][0]["path"] == ("maxDepth",)


async def test_the_server_bounds_the_graph(ada: Client, database: Database) -> None:
    # given
    services = ada.services
    small = replace(
        ada, services=replace(services, settings=services.settings.model_copy(update={"lineage_max_nodes": 3}))
    )
    chain = await factories.make_packages(database, 5)
    await factories.make_edges(database, list(pairwise(chain)))
    # when
    found = await lineage(small, chain[-1])
    # then
    assert (found["nodeCount"], found["isComplete"], found["incompleteReason"]) == (3, False, "MAX_NODES")


async def test_strangers_are_refused(client: Client, database: Database) -> None:
    package = await factories.make_package(database)
    assert (await client.execute(LINEAGE, id=package_id(package))).code == "UNAUTHENTICATED"


@pytest.mark.parametrize("max_depth", [None, 60])
async def test_large_graphs_and_many_graphs_cost_the_same_statements(
    ada: Client, database: Database, max_depth
) -> None:
    # given
    short, long = await factories.make_packages(database, 2), await factories.make_packages(database, 50)
    for chain in (short, long):
        await factories.make_edges(database, list(pairwise(chain)))
    costs = []
    for packages in (short[-1:], long[-1:], short, long):
        ids = [package_id(package) for package in packages]
        # when
        with statements() as texts:
            found = (await ada.execute(MANY, ids=ids, max=max_depth))["nodes"]
        # then
        assert found[-1]["lineage"]["nodeCount"] == (2 if packages[-1] == short[-1] else 50)
        costs.append(len([text for text in texts if "lineage_edges" in text or "FROM packages" in text]))
    # The packages asked for, the walk, the edges, the packages found; with a bounded depth also what lies beyond.
    assert costs == [4 if max_depth is None else 5] * 4
