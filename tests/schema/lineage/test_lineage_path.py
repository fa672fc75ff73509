"""Asking how one package descends from another."""

import json
from itertools import pairwise

from app.db.base import new_id, utc_now
from app.db.session import Database
from app.enums import RelationshipType, Visibility
from tests import factories
from tests.schema.client import Client
from tests.schema.lineage.operations import PATH
from tests.schema.published import package_id


async def path(client: Client, one, other):
    return (await client.execute(PATH, {"from": package_id(one), "to": package_id(other)}))["lineagePath"]


async def test_the_shortest_chain_is_told_from_either_end(ada: Client, database: Database) -> None:
    # given: a long way and a short one
    top, short, bottom, *long = [await factories.make_package(database) for _ in range(6)]
    await factories.make_edges(database, list(pairwise(package.id for package in (top, *long, bottom))))
    await factories.make_edge(database, top, short, RelationshipType.DISTILLED_FROM)
    await factories.make_edge(database, short, bottom, RelationshipType.QUANTIZED_FROM)

    def steps(*types_and_packages):
        return [
            {"relationshipType": type_, "package": {"id": package_id(of), "name": of.name, "version": of.version}}
            for type_, of in types_and_packages
        ]

    # when
    down, up = await path(ada, top, bottom), await path(ada, bottom, top)
    # then
    assert down == {
        "length": 2,
        "steps": steps((None, top), ("DISTILLED_FROM", short), ("QUANTIZED_FROM", bottom)),
    }
    assert up == {"length": 2, "steps": steps((None, bottom), ("QUANTIZED_FROM", short), ("DISTILLED_FROM", top))}
    assert await path(ada, short, long[0]) is None
    assert await path(ada, top, top) == {"length": 0, "steps": steps((None, top))}


async def test_hidden_packages_on_the_way_are_not_named(ada: Client, database: Database) -> None:
    # given
    top, bottom = [await factories.make_package(database) for _ in range(2)]
    gone = await factories.make_package(database, "gone", deleted_at=utc_now())
    await factories.make_edges(database, [(top.id, gone.id), (gone.id, bottom.id)])
    # when
    found = await path(ada, bottom, top)
    # then
    assert found["length"] == 2
    assert found["steps"][1] == {"relationshipType": "FINE_TUNED_FROM", "package": None}
    assert "gone" not in json.dumps(found)
    assert gone.id.hex not in json.dumps(found)


async def test_hidden_and_missing_ends_are_told_apart_from_nothing(ada: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    secret = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    gone = await factories.make_package(database, deleted_at=utc_now())
    child = await factories.make_package(database)
    await factories.make_edges(database, [(secret.id, child.id), (gone.id, child.id)])
    # then
    for end in (secret, gone, new_id()):
        assert await path(ada, end, child) is None
        assert await path(ada, child, end) is None
        assert await path(ada, end, end) is None


async def test_what_is_no_package_id_is_not_found(ada: Client, database: Database) -> None:
    child = package_id(await factories.make_package(database))
    for wrong in ("nonsense", f"usr_{new_id().hex}", ""):
        answer = await ada.execute(PATH, {"from": wrong, "to": child})
        assert (answer.code, answer.data) == ("NOT_FOUND", {"lineagePath": None})


async def test_strangers_are_refused(client: Client, database: Database) -> None:
    package = package_id(await factories.make_package(database))
    assert (await client.execute(PATH, {"from": package, "to": package})).code == "UNAUTHENTICATED"
