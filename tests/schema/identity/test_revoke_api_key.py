"""Revoking API keys."""

from app.db.session import Database
from app.enums import ApiKeyScope, EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, make_api_key

REVOKE = """mutation ($id: ID!) {
  revokeApiKey(input: {apiKeyId: $id}) {
    ... on RevokeApiKeyPayload { apiKey { id revokedAt } }
    ... on Error { code message path }
  }
}"""
KEYS = "{ viewer { username apiKeys { nodes { id name } } } }"


async def test_the_key_is_refused_from_then_on(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    holder = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH]))
    own = await client.sign_in("ada")
    [key] = (await own.execute(KEYS))["viewer"]["apiKeys"]["nodes"]

    # when
    first, second = [(await own.execute(REVOKE, id=key["id"]))["revokeApiKey"] for _ in range(2)]

    # then
    assert first["apiKey"]["revokedAt"] is not None
    assert second == first
    assert (await holder.execute(KEYS)).code == "UNAUTHENTICATED"
    assert len(await events(database, EventType.API_KEY_REVOKED)) == 1


async def test_only_oneself_and_administrators_revoke(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_user(database, "bob")
    await factories.make_user(database, "root", is_admin=True)
    await make_api_key(database, ada, [ApiKeyScope.SEARCH])
    [key] = (await (await client.sign_in("ada")).execute(KEYS))["viewer"]["apiKeys"]["nodes"]

    # when
    results = [
        (await somebody.execute(REVOKE, id=key["id"]))["revokeApiKey"]
        for somebody in (client, await client.sign_in("bob"), await client.sign_in("root"))
    ]

    # then
    assert [result.get("code") for result in results] == ["UNAUTHENTICATED", "NOT_FOUND", None]


async def test_a_key_revokes_itself_and_no_other(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    holder = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH], name="holder"))
    await make_api_key(database, ada, [ApiKeyScope.SEARCH], name="other")
    ids = {key["name"]: key["id"] for key in (await holder.execute(KEYS))["viewer"]["apiKeys"]["nodes"]}

    # when
    results = [(await holder.execute(REVOKE, id=ids[name]))["revokeApiKey"] for name in ("other", "holder")]

    # then
    assert [result.get("code") for result in results] == ["FORBIDDEN", None]
    assert (await holder.execute(KEYS)).code == "UNAUTHENTICATED"


async def test_no_key_is_not_found(client: Client, database: Database) -> None:
    await factories.make_user(database, "ada")
    answer = await (await client.sign_in("ada")).execute(REVOKE, id="key_" + "0" * 32)
    assert answer["revokeApiKey"]["code"] == "NOT_FOUND"
