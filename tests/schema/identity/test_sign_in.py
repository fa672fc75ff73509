"""Signing in: by name or e-mail address, refusals that say nothing, and attempts that run out."""

import asyncio
from dataclasses import replace
from datetime import datetime

import jwt
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import AuthToken, User
from app.enums import EventType
from app.events.log import Origin
from app.identity.passwords import hash_password, needs_rehash
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, events, make_account, user_id

SIGN_IN = """mutation ($username: String!, $password: String!) {
  signIn(input: {username: $username, password: $password}) {
    __typename
    ... on SignInPayload {
      token expiresAt callsRemaining
      viewer { id username email permissions { canSearch canUpload } sessions { nodes { ipAddress userAgent } } }
    }
    ... on Error { code message }
    ... on LimitExceeded { retryAfterSeconds }
  }
}"""


@pytest.mark.parametrize("name", ["ada", "ADA", "Ada@Example.com"])
async def test_the_token_is_good_for_what_the_account_may(client: Client, database: Database, name: str) -> None:
    # given
    ada = await make_account(database, "ada")

    # when
    result = (await client.execute(SIGN_IN, username=name, password=PASSWORD))["signIn"]

    # then
    assert result["viewer"] == {
        "id": user_id(ada),
        "username": "ada",
        "email": "ada@example.com",
        "permissions": {"canSearch": True, "canUpload": False},
        "sessions": {"nodes": [{"ipAddress": "192.0.2.1", "userAgent": "tests"}]},
    }
    assert result["callsRemaining"] == 1000
    claims = jwt.decode(result["token"], options={"verify_signature": False})
    assert claims["exp"] == datetime.fromisoformat(result["expiresAt"]).timestamp()
    answer = await client.with_token(result["token"]).execute("{ viewer { username } }")
    assert answer["viewer"] == {"username": "ada"}
    [event] = await events(database, EventType.USER_SIGNED_IN)
    assert (event.actor_id, event.ip_address, event.user_agent) == (ada.id, "192.0.2.1", "tests")


@pytest.mark.parametrize("name", ["ada", "nobody", "", "\x00", "ädä", "x" * 10_000])
async def test_a_wrong_name_and_a_wrong_password_are_told_alike(client: Client, database: Database, name: str) -> None:
    # given
    await make_account(database, "ada")

    # when
    result = (await client.execute(SIGN_IN, username=name, password="wrong"))["signIn"]

    # then
    assert result["__typename"] == "Unauthenticated"
    assert result["message"] == "There is no such account, or its password is another one."


@pytest.mark.parametrize("password", ["", "\x00", "x" * 5000, "ä" * 3000])
async def test_what_could_never_be_a_password_is_just_wrong(client: Client, database: Database, password: str) -> None:
    await make_account(database, "ada")
    result = (await client.execute(SIGN_IN, username="ada", password=password))["signIn"]
    assert result["code"] == "UNAUTHENTICATED"


async def test_failures_are_recorded_without_the_name_that_was_typed(client: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada")

    # when
    await client.execute(SIGN_IN, username="ada", password="wrong")
    await client.execute(SIGN_IN, username="my secret password", password="ada")

    # then
    known, unknown = await events(database, EventType.USER_SIGN_IN_FAILED)
    assert (known.entity_id, known.payload, known.ip_address) == (
        str(ada.id),
        {"reason": "wrong password"},
        "192.0.2.1",
    )
    assert (unknown.entity_id, unknown.payload) == ("unknown", {"reason": "unknown account"})


async def test_only_the_right_password_tells_that_an_account_is_deactivated(client: Client, database: Database) -> None:
    await make_account(database, "ada", is_active=False)
    right = (await client.execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]
    wrong = (await client.execute(SIGN_IN, username="ada", password="wrong"))["signIn"]
    assert "deactivated" in right["message"]
    assert "deactivated" not in wrong["message"]


async def test_an_account_without_a_password_cannot_sign_in(client: Client, database: Database) -> None:
    await make_account(database, "ada", hashed_password=None)
    result = (await client.execute(SIGN_IN, username="ada", password=""))["signIn"]
    assert result["code"] == "UNAUTHENTICATED"


async def test_attempts_run_out_per_account_and_address(client: Client, database: Database) -> None:
    # given
    limit = client.services.settings.sign_in_attempts
    await make_account(database, "ada")
    await make_account(database, "bob")

    # when
    answers = await asyncio.gather(
        *(client.execute(SIGN_IN, username=name, password="wrong") for name in ["ada", "ada@example.com"] * limit)
    )

    # then
    codes = [answer["signIn"]["code"] for answer in answers]
    assert codes.count("UNAUTHENTICATED") == limit
    refused = (await client.execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]
    assert refused["code"] == "LIMIT_EXCEEDED"
    assert 0 < refused["retryAfterSeconds"] <= client.services.settings.sign_in_window_seconds
    elsewhere = replace(client, origin=Origin("198.51.100.7", None))
    for somebody, name in ((client, "bob"), (elsewhere, "ada")):
        result = (await somebody.execute(SIGN_IN, username=name, password=PASSWORD))["signIn"]
        assert result["__typename"] == "SignInPayload"


async def test_the_right_password_forgets_the_wrong_ones(client: Client, database: Database) -> None:
    await make_account(database, "ada")
    for _ in range(3):
        for _ in range(client.services.settings.sign_in_attempts - 1):
            await client.execute(SIGN_IN, username="ada", password="wrong")
        result = (await client.execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]
        assert result["__typename"] == "SignInPayload"


async def test_a_hash_of_other_work_is_renewed(client: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada", hashed_password=hash_password(PASSWORD, 5))

    # when
    result = (await client.execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]

    # then
    assert result["__typename"] == "SignInPayload"
    async with database.read() as connection:
        hashed = await connection.scalar(select(User.hashed_password).where(User.id == ada.id))
    assert hashed is not None
    assert not needs_rehash(hashed, 4)
    again = (await client.execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]
    assert again["__typename"] == "SignInPayload"


async def test_a_credential_that_is_no_good_does_not_keep_anyone_from_signing_in(
    client: Client, database: Database
) -> None:
    await make_account(database, "ada")
    result = (await client.with_token("nonsense").execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]
    assert result["viewer"]["email"] == "ada@example.com"


async def test_who_is_signed_in_already_stays_who_they_are(client: Client, database: Database) -> None:
    # given
    await make_account(database, "ada")
    await make_account(database, "bob")
    both = """mutation ($password: String!) {
      signIn(input: {username: "ada", password: $password}) { ... on SignInPayload { viewer { username email } } }
      signOut { __typename }
    }"""
    ada, bob = await client.sign_in("ada"), await client.sign_in("bob")

    # when
    answer = await bob.execute(both, password=PASSWORD)

    # then
    assert answer["signIn"] == {"viewer": {"username": "ada", "email": None}}
    assert (await bob.execute("{ viewer { id } }")).code == "UNAUTHENTICATED"
    assert (await ada.execute("{ viewer { username } }"))["viewer"] == {"username": "ada"}


async def test_a_budget_of_0_is_no_limit(client: Client, database: Database) -> None:
    # given
    await make_account(database, "ada")
    client.services.settings.token_call_limit = 0

    # when
    result = (await client.execute(SIGN_IN, username="ada", password=PASSWORD))["signIn"]

    # then
    assert result["callsRemaining"] is None
    async with database.read() as connection:
        assert await connection.scalar(select(AuthToken.call_limit)) == 0
