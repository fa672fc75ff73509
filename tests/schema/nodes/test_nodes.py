"""Several things by their global ids."""

import pytest

from app.db.session import Database
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.acme import SEEN_BY, make_acme
from tests.schema.published import statements

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"


async def test_answers_come_in_the_order_of_the_ids(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    packages = [encode_id("pkg", each) for each in await factories.make_packages(database, 3)]
    user = encode_id("usr", ada.id)
    ids = [packages[2], "nonsense", user, packages[0], "pkg_1", packages[2], "usr_" + "0" * 32]
    reader = await client.sign_in("ada")

    # when
    answer = await reader.execute(NODES, ids=ids)

    # then
    assert [node and node["id"] for node in answer["nodes"]] == [
        packages[2],
        None,
        user,
        packages[0],
        None,
        packages[2],
        None,
    ]
    assert (await reader.execute(NODES, ids=[]))["nodes"] == []


async def test_many_are_read_with_one_statement_a_type(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    users = await factories.make_users(database, 20)
    packages = await factories.make_packages(database, 20, uploaded_by=users[0])
    ids = [encode_id("usr", each) for each in users] + [encode_id("pkg", each) for each in packages]
    reader = await client.sign_in("ada")

    # when
    with statements() as texts:
        answer = await reader.execute(NODES, ids=ids)

    # then
    assert [node["id"] for node in answer["nodes"]] == ids
    assert len([text for text in texts if "auth_tokens" not in text]) == 2


async def test_more_than_a_thousand_are_refused(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    reader = await client.sign_in("ada")

    # then
    assert (await reader.execute(NODES, ids=["x"] * 1000))["nodes"] == [None] * 1000
    refused = await reader.execute(NODES, ids=["x"] * 1001)
    assert refused.code == "INVALID_INPUT"
    assert refused.errors[0]["message"] == "`ids` may have at most 1000 elements."


@pytest.mark.parametrize("name", SEEN_BY)
async def test_each_finds_what_they_may_see(client: Client, stranger: Client, database: Database, name: str) -> None:
    # given
    acme = await make_acme(database)
    reader = stranger if name == "stranger" else await client.sign_in(name)

    # when
    answer = await reader.execute(NODES, ids=[acme.id_of(each) for each in acme.packages])

    # then
    found = {each for each, node in zip(acme.packages, answer["nodes"], strict=True) if node is not None}
    assert found == SEEN_BY[name]


async def test_who_is_not_signed_in_is_refused(client: Client) -> None:
    assert (await client.execute(NODES, ids=[])).code == "UNAUTHENTICATED"
