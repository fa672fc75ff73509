"""Declared relations as operations meet them: what is read, how often, and what a failure does to its neighbours."""

from app.db.session import Database
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.published import statements


def reads(texts: list[str]) -> list[str]:
    """The statements but for those about the credential."""
    return [text for text in texts if "auth_tokens" not in text]


async def test_what_belongs_to_nothing_is_null_without_a_look(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    package = await factories.make_package(database)
    reader = await client.sign_in("ada")

    # when
    with statements() as texts:
        answer = await reader.execute(
            "query ($id: ID!) { node(id: $id) { ... on Package { project { slug } deprecation { at } } } }",
            id=encode_id("pkg", package.id),
        )

    # then
    assert answer["node"] == {"project": None, "deprecation": None}
    assert len(reads(texts)) == 1


async def test_what_several_ask_for_is_read_once(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_packages(database, 3, uploaded_by=ada)
    reader = await client.sign_in("ada")

    # when
    with statements() as texts:
        answer = await reader.execute("{ packages { nodes { uploadedBy { username id } } } }")

    # then
    assert answer["packages"]["nodes"] == [{"uploadedBy": {"username": "ada", "id": encode_id("usr", ada.id)}}] * 3
    assert len(reads(texts)) == 1


async def test_a_wide_column_is_only_read_where_it_is_asked_for(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    for number in range(3):
        await factories.make_package(database, f"package-{number}", readme=f"# {number}")
    reader = await client.sign_in("ada")

    # when
    with statements() as without:
        await reader.execute("{ packages { nodes { name } } }")
    with statements() as together:
        answer = await reader.execute("{ packages { nodes { readme } } }")

    # then
    assert not any("readme" in text for text in without)
    assert answer["packages"]["nodes"] == [{"readme": f"# {number}"} for number in (2, 1, 0)]
    assert len(reads(together)) <= 2


async def test_a_field_that_fails_takes_no_other_down(client: Client, database: Database) -> None:
    # given two packages whose fields wait for the same readers
    ada = await factories.make_user(database, "ada")
    packages = await factories.make_packages(database, 2, uploaded_by=ada)
    reader = await client.sign_in("ada")

    # when a list that may not be null fails in one of them
    answer = await reader.execute(
        """query ($a: ID!, $b: ID!) {
          a: node(id: $a) { ... on Package { uploadedBy { username } parents(first: -1) { totalCount } } }
          b: node(id: $b) { ... on Package { uploadedBy { username } parents { totalCount } } }
        }""",
        a=encode_id("pkg", packages[0]),
        b=encode_id("pkg", packages[1]),
    )

    # then
    assert answer.code == "INVALID_INPUT"
    assert answer.data == {"a": None, "b": {"uploadedBy": {"username": "ada"}, "parents": {"totalCount": 0}}}


async def test_a_shared_row_is_changed_by_no_field(client: Client, database: Database) -> None:
    # given a package that is its neighbours' neighbour, so that its row is met in several places
    await factories.make_user(database, "ada")
    parent, child = await factories.make_packages(database, 2)
    await factories.make_edge(database, parent, child)
    reader = await client.sign_in("ada")

    # when
    answer = await reader.execute(
        """query ($id: ID!) { node(id: $id) { ... on Package { ...Rights
             children { edges { relationshipType cursor createdAt node { ...Rights parents { nodes { ...Rights } } } } }
           } } }
           fragment Rights on Package { id createdAt viewerCan { update delete download rate } scan { status } }""",
        id=encode_id("pkg", parent),
    )

    # then
    package = dict(answer["node"])
    (edge,) = package.pop("children")["edges"]
    (again,) = edge["node"]["parents"]["nodes"]
    assert again == package
    assert edge["createdAt"] != edge["node"]["createdAt"]
