"""Anything by its global id."""

import pytest
from sqlalchemy import func, select

from app.db.session import Database
from app.db.tables import Download
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.acme import SEEN_BY, make_acme

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


async def test_every_kind_of_thing_is_found_by_its_id(client: Client, database: Database) -> None:
    # given one of each
    ada = await factories.make_user(database, "ada", is_admin=True)
    acme = await factories.make_organization(database, "acme")
    project = await factories.make_project(database, acme)
    package = await factories.make_package(database, uploaded_by=ada, organization=acme)
    rating = await factories.make_rating(database, package, ada)
    await factories.make_download(database, package, ada)
    async with database.read() as connection:
        download_id = (await connection.execute(select(func.max(Download.id)))).scalar_one()
    reader = await client.sign_in("ada")

    for tag, key, name in (
        ("usr", ada.id, "User"),
        ("org", acme.id, "Organization"),
        ("prj", project.id, "Project"),
        ("pkg", package.id, "Package"),
        ("rtg", rating.id, "Rating"),
        ("dl", download_id, "Download"),
    ):
        # when
        answer = await reader.execute(NODE, id=encode_id(tag, key))

        # then
        assert answer["node"] == {"__typename": name, "id": encode_id(tag, key)}


async def test_fields_of_the_type_behind_an_id(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    package = await factories.make_package(database, "bert", "1.0.0", uploaded_by=ada, readme="# Bert")
    query = """query ($id: ID!) { node(id: $id) {
        ... on User { username } ... on Package { version name readme uploadedBy { id } } } }"""
    reader = await client.sign_in("ada")

    # when
    found = [
        (await reader.execute(query, id=encode_id(*each)))["node"] for each in (("usr", ada.id), ("pkg", package.id))
    ]

    # then
    uploader = {"id": encode_id("usr", ada.id)}
    assert found == [
        {"username": "ada"},
        {"name": "bert", "version": "1.0.0", "readme": "# Bert", "uploadedBy": uploader},
    ]


@pytest.mark.parametrize(
    "id",
    [
        *("", "x", "pkg_", "pkg_x", "pkg_1", "org_1", "dl_0", "dl_9223372036854775807", "dl_9223372036854775808"),
        *("pkg_" + "0" * 32, "usr_" + "f" * 32, "zzz_" + "0" * 32, "dl_" + "0" * 32, "rtg_12", "pkg_\x00"),
        *("00000000-0000-0000-0000-000000000000", "UGFja2FnZTox", "pkg_" + "0" * 31 + "\n", "९" * 10_000),
    ],
)
async def test_what_names_nothing_is_null(client: Client, database: Database, id: str) -> None:
    await factories.make_user(database, "ada", is_admin=True)
    assert (await (await client.sign_in("ada")).execute(NODE, id=id))["node"] is None


@pytest.mark.parametrize("name", SEEN_BY)
async def test_each_finds_what_they_may_see(client: Client, stranger: Client, database: Database, name: str) -> None:
    # given
    acme = await make_acme(database)
    reader = stranger if name == "stranger" else await client.sign_in(name)

    # when
    nodes = {each: (await reader.execute(NODE, id=acme.id_of(each)))["node"] for each in acme.packages}

    # then
    assert {each for each, node in nodes.items() if node is not None} == SEEN_BY[name]


async def test_who_is_not_signed_in_is_refused(client: Client, database: Database) -> None:
    package = await factories.make_package(database)
    assert (await client.execute(NODE, id=encode_id("pkg", package.id))).code == "UNAUTHENTICATED"
