"""Making API keys, and what they may do."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import ApiKey
from app.enums import ApiKeyScope, EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, make_api_key

CREATE = """mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    ... on CreateApiKeyPayload { secret apiKey { id name prefix scopes expiresAt callLimit } }
    ... on Error { code message path }
    ... on InvalidInput { issues { path } }
  }
}"""
USERS = "{ users { totalCount } }"
VIEWER = "{ viewer { username } }"


async def test_the_secret_signs_in_and_only_its_hash_is_kept(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada")

    # when
    answer = await ada.execute(CREATE, input={"name": " CI ", "scopes": ["SEARCH", "SEARCH", "UPLOAD"]})

    # then
    made = answer["createApiKey"]
    key = made["apiKey"]
    assert (key["name"], key["scopes"], key["expiresAt"], key["callLimit"]) == ("CI", ["SEARCH", "UPLOAD"], None, 0)
    assert made["secret"].startswith(key["prefix"])
    assert (await client.with_token(made["secret"]).execute(USERS))["users"]["totalCount"] == 1
    async with database.read() as connection:
        stored = (await connection.execute(select(ApiKey.__table__))).one()
    assert made["secret"] not in str(stored)
    [event] = await events(database, EventType.API_KEY_CREATED)
    assert made["secret"] not in str(event)


async def test_scopes_narrow_and_never_widen(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_search=False)
    root = await factories.make_user(database, "root", is_admin=True)
    rate_only = client.with_token(await make_api_key(database, root, [ApiKeyScope.RATE]))
    wide = client.with_token(await make_api_key(database, ada, list(ApiKeyScope)))
    admin = client.with_token(await make_api_key(database, root, [ApiKeyScope.ADMIN]))

    # when
    codes = [answer.errors and answer.code for answer in [await key.execute(USERS) for key in (rate_only, wide, admin)]]

    # then
    assert codes == ["FORBIDDEN", "FORBIDDEN", []]
    assert (await rate_only.execute(VIEWER)).context.viewer.is_admin is False


async def test_a_key_makes_no_keys(client: Client, database: Database) -> None:
    root = await factories.make_user(database, "root", is_admin=True)
    key = client.with_token(await make_api_key(database, root, list(ApiKeyScope)))
    for somebody, code in ((key, "FORBIDDEN"), (client, "UNAUTHENTICATED")):
        answer = await somebody.execute(CREATE, input={"name": "CI", "scopes": ["SEARCH"]})
        assert answer["createApiKey"]["code"] == code


async def test_all_that_is_wrong_is_told_at_once(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    past = (utc_now() - timedelta(seconds=1)).isoformat()

    # when
    answer = await (await client.sign_in("ada")).execute(
        CREATE, input={"name": " ", "scopes": [], "expiresAt": past, "callLimit": -1}
    )

    # then
    paths = [issue["path"][-1] for issue in answer["createApiKey"]["issues"]]
    assert paths == ["name", "scopes", "expiresAt", "callLimit"]


@pytest.mark.parametrize("name", ["x" * 101, "a\x00b"])
async def test_a_bad_name_is_refused(client: Client, database: Database, name: str) -> None:
    await factories.make_user(database, "ada")
    answer = await (await client.sign_in("ada")).execute(CREATE, input={"name": name, "scopes": ["SEARCH"]})
    assert answer["createApiKey"]["path"] == ["input", "name"]


async def test_only_an_administrators_key_is_admin(client: Client, database: Database) -> None:
    await factories.make_user(database, "ada")
    answer = await (await client.sign_in("ada")).execute(CREATE, input={"name": "CI", "scopes": ["ADMIN"]})
    assert answer["createApiKey"]["path"] == ["input", "scopes"]


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ({"expires_at": utc_now() - timedelta(seconds=1)}, {}),
        ({"revoked_at": utc_now()}, {}),
        ({}, {"is_active": False}),
    ],
)
async def test_a_key_that_ended_is_refused(
    client: Client, database: Database, key: dict[str, Any], account: dict[str, Any]
) -> None:
    ada = await factories.make_user(database, "ada", **account)
    holder = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH], **key))
    assert (await holder.execute(VIEWER)).code == "UNAUTHENTICATED"


async def test_a_call_limit_holds(client: Client, database: Database) -> None:
    ada = await factories.make_user(database, "ada")
    holder = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH], call_limit=2))
    answers = [await holder.execute(VIEWER) for _ in range(3)]
    assert [answer.errors and answer.code for answer in answers] == [[], [], "LIMIT_EXCEEDED"]
