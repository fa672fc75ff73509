"""The viewer: one's own account, and which of its lists others see."""

import pytest

from app.db.session import Database
from app.enums import ApiKeyScope
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import make_api_key, user_id

VIEWER = """{
  viewer {
    id username email isAdmin
    permissions { canSearch canUpload canDownload canRate }
    organizations(first: 10) { edges { role node { slug name } } }
    apiKeys(first: 10) { nodes { id name prefix scopes expiresAt lastUsedAt } }
    sessions(first: 10) { nodes { id issuedAt lastUsedAt ipAddress userAgent callsUsed callLimit } }
  }
}"""
PRIVATE = """query ($id: ID!) {
  node(id: $id) { ... on User {
    username email permissions { canSearch } apiKeys { totalCount nodes { name } } sessions { totalCount }
    organizations { edges { role node { slug } } }
  } }
}"""


async def test_the_viewer_sees_their_own_account(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_upload=True)
    acme = await factories.make_organization(database, "acme")
    await factories.make_membership(database, acme, ada, "OWNER")
    await make_api_key(database, ada, [ApiKeyScope.SEARCH, ApiKeyScope.RATE])

    # when
    viewer = (await (await client.sign_in("ada")).execute(VIEWER))["viewer"]

    # then
    assert viewer["id"] == user_id(ada)
    assert (viewer["username"], viewer["email"], viewer["isAdmin"]) == ("ada", "ada@example.com", False)
    assert viewer["permissions"] == {"canSearch": True, "canUpload": True, "canDownload": True, "canRate": True}
    assert viewer["organizations"]["edges"] == [{"role": "OWNER", "node": {"slug": "acme", "name": "Acme"}}]
    [key] = viewer["apiKeys"]["nodes"]
    assert (key["name"], key["scopes"], key["expiresAt"]) == ("key", ["SEARCH", "RATE"], None)
    [session] = viewer["sessions"]["nodes"]
    assert session["callLimit"] == 1000
    assert session["callsUsed"] >= 1


async def test_an_administrator_has_every_permission(client: Client, database: Database) -> None:
    await factories.make_user(database, "root", is_admin=True, can_search=False)
    viewer = (await (await client.sign_in("root")).execute(VIEWER))["viewer"]
    assert all(viewer["permissions"].values())


async def test_nobody_has_no_viewer(client: Client) -> None:
    answer = await client.execute(VIEWER)
    assert answer.code == "UNAUTHENTICATED"
    assert answer.data is None


async def test_what_is_private_is_shown_to_oneself_and_to_administrators(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_user(database, "bob")
    await factories.make_user(database, "root", is_admin=True)
    shared, other = [await factories.make_organization(database, slug) for slug in ("shared", "other")]
    for organization in (shared, other):
        await factories.make_membership(database, organization, ada)
    bob_id = (await (await client.sign_in("bob")).execute("{ viewer { id } }")).context.viewer.user_id
    assert bob_id is not None
    await factories.make_membership(database, shared, bob_id)
    await make_api_key(database, ada, [ApiKeyScope.SEARCH])
    await client.sign_in("ada")

    # when
    seen = {
        name: (await (await client.sign_in(name)).execute(PRIVATE, id=user_id(ada)))["node"]
        for name in ("ada", "bob", "root")
    }

    # then
    for name, sessions in (("ada", 2), ("root", 2)):
        assert seen[name]["email"] == "ada@example.com"
        assert seen[name]["permissions"] == {"canSearch": True}
        assert seen[name]["apiKeys"]["totalCount"] == 1
        assert seen[name]["sessions"]["totalCount"] == sessions
        assert len(seen[name]["organizations"]["edges"]) == 2
    assert seen["bob"] == {
        "username": "ada",
        "email": None,
        "permissions": None,
        "apiKeys": {"totalCount": 0, "nodes": []},
        "sessions": {"totalCount": 0},
        "organizations": {"edges": [{"role": "MEMBER", "node": {"slug": "shared"}}]},
    }


@pytest.mark.parametrize(("tag", "field"), [("key", "apiKeys"), ("ses", "sessions")])
async def test_credentials_of_others_are_not_found_by_id(
    client: Client, database: Database, tag: str, field: str
) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_user(database, "bob")
    await make_api_key(database, ada, [ApiKeyScope.SEARCH])
    own = await client.sign_in("ada")
    [found] = (await own.execute(f"{{ viewer {{ {field} {{ nodes {{ id }} }} }} }}"))["viewer"][field]["nodes"]

    # when
    for_ada = await own.execute("query ($id: ID!) { node(id: $id) { id } }", id=found["id"])
    for_bob = await (await client.sign_in("bob")).execute("query ($id: ID!) { node(id: $id) { id } }", id=found["id"])

    # then
    assert found["id"].startswith(tag + "_")
    assert for_ada["node"] == found
    assert for_bob["node"] is None
