"""Changing one's own password."""

import asyncio

import pytest

from app.db.session import Database
from app.enums import ApiKeyScope, EventType
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, events, make_account, make_api_key

NEW = "a quite different phrase"
CHANGE = """mutation ($current: String!, $new: String!) {
  changePassword(input: {currentPassword: $current, newPassword: $new}) {
    __typename
    ... on ChangePasswordPayload { revokedSessions }
    ... on Error { code message path }
    ... on InvalidInput { issues { path message } }
  }
}"""
SIGN_IN = """mutation ($username: String!, $password: String!) {
  signIn(input: {username: $username, password: $password}) { __typename }
}"""
VIEWER = "{ viewer { username } }"


async def test_other_sign_ins_end_and_the_new_password_signs_in(client: Client, database: Database) -> None:
    # given
    await make_account(database, "ada")
    await make_account(database, "bob")
    here, there, elsewhere = [await client.sign_in("ada") for _ in range(3)]
    bob = await client.sign_in("bob")

    # when
    answer = await here.execute(CHANGE, current=PASSWORD, new=NEW)

    # then
    assert answer["changePassword"]["revokedSessions"] == 2
    for somebody in (there, elsewhere):
        assert (await somebody.execute(VIEWER)).code == "UNAUTHENTICATED"
    for somebody in (here, bob):
        assert (await somebody.execute(VIEWER))["viewer"]
    signed_in = [
        (await client.execute(SIGN_IN, username="ada", password=password))["signIn"]["__typename"]
        for password in (PASSWORD, NEW)
    ]
    assert signed_in == ["Unauthenticated", "SignInPayload"]
    [event] = await events(database, EventType.USER_PASSWORD_CHANGED)
    assert event.payload == {"revokedSessions": 2}


async def test_both_passwords_are_judged_at_once(client: Client, database: Database) -> None:
    await make_account(database, "ada")
    result = (await (await client.sign_in("ada")).execute(CHANGE, current="wrong", new="short"))["changePassword"]
    assert [issue["path"][-1] for issue in result["issues"]] == ["currentPassword", "newPassword"]


@pytest.mark.parametrize("new", [PASSWORD, "ada", "password1234", "aaaaaaaaaaaa", "x" * 1025, "ä" * 600, "a\x00" * 9])
async def test_a_bad_new_password_is_refused(client: Client, database: Database, new: str) -> None:
    await make_account(database, "ada")
    result = (await (await client.sign_in("ada")).execute(CHANGE, current=PASSWORD, new=new))["changePassword"]
    assert (result["code"], result["path"]) == ("INVALID_INPUT", ["input", "newPassword"])


async def test_a_stolen_token_cannot_guess_the_password(client: Client, database: Database) -> None:
    # given
    await make_account(database, "ada")
    thief = await client.sign_in("ada")
    for _ in range(client.services.settings.sign_in_attempts):
        await thief.execute(CHANGE, current="wrong", new=NEW)

    # when
    result = (await thief.execute(CHANGE, current=PASSWORD, new=NEW))["changePassword"]

    # then
    assert result["code"] == "LIMIT_EXCEEDED"


async def test_of_two_changes_at_once_one_holds(client: Client, database: Database) -> None:
    # given
    await make_account(database, "ada")
    ada = await client.sign_in("ada")
    passwords = ["the first of two phrases", "the second of two phrases"]

    # when
    answers = await asyncio.gather(*(ada.execute(CHANGE, current=PASSWORD, new=new) for new in passwords))

    # then
    changed = [answer["changePassword"]["__typename"] == "ChangePasswordPayload" for answer in answers]
    for is_changed, password in zip(changed, passwords, strict=True):
        result = (await client.execute(SIGN_IN, username="ada", password=password))["signIn"]
        assert (result["__typename"] == "SignInPayload") == is_changed
    assert sum(changed) == 1


async def test_it_takes_a_sign_in(client: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada")
    key = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH]))

    # when
    codes = [
        (await somebody.execute(CHANGE, current=PASSWORD, new=NEW))["changePassword"]["code"]
        for somebody in (client, key)
    ]

    # then
    assert codes == ["UNAUTHENTICATED", "FORBIDDEN"]
