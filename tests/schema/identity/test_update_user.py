"""Changing, deactivating and demoting accounts."""

import asyncio
from typing import Any

import pytest

from app.db.session import Database
from app.enums import EventType
from app.identity.viewer import Viewer
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, events, make_account, user_id

UPDATE = """mutation ($input: UpdateUserInput!) {
  updateUser(input: $input) {
    __typename
    ... on UpdateUserPayload { user { isActive isAdmin email } }
    ... on Error { code message path }
  }
}"""
SIGN_IN = """mutation { signIn(input: {username: "ada", password: "%s"}) { __typename } }"""


@pytest.fixture
async def admin(client: Client, database: Database) -> Client:
    """An administrator, signed in."""
    await factories.make_user(database, "root", is_admin=True)
    return await client.sign_in("root")


async def test_a_deactivated_account_is_shut_out_until_it_is_activated(admin: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada")
    holder = await admin.sign_in("ada")

    # when
    answer = await admin.execute(UPDATE, input={"userId": user_id(ada), "isActive": False})

    # then
    user = answer["updateUser"]["user"]
    assert user == {"isActive": False, "isAdmin": False, "email": "ada@example.com"}
    assert (await holder.execute("{ viewer { id } }")).code == "UNAUTHENTICATED"
    assert (await admin.execute(SIGN_IN % PASSWORD))["signIn"]["__typename"] == "Unauthenticated"
    await admin.execute(UPDATE, input={"userId": user_id(ada), "isActive": True})
    assert (await holder.execute("{ viewer { id } }")).code == "UNAUTHENTICATED"
    assert (await admin.execute(SIGN_IN % PASSWORD))["signIn"]["__typename"] == "SignInPayload"
    payloads = [event.payload for event in await events(database, EventType.USER_UPDATED)]
    assert payloads == [{"isActive": False}, {"isActive": True}]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"email": "BOB@example.com"}, "CONFLICT", "email"),
        ({"email": "bob"}, "INVALID_INPUT", "email"),
        ({"email": "ADA@example.com"}, None, None),
        ({"email": "ada@elsewhere.example"}, None, None),
        ({}, None, None),
    ],
)
async def test_an_address_is_one_and_nobody_elses(
    admin: Client, database: Database, changes: dict[str, Any], code: str | None, path: str | None
) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_user(database, "bob")

    # when
    result = (await admin.execute(UPDATE, input={"userId": user_id(ada)} | changes))["updateUser"]

    # then
    assert (result.get("code"), result.get("path")) == (code, ["input", path] if path else None)
    if code is None:
        assert result["user"]["email"] == changes.get("email", "ada@example.com")


@pytest.mark.parametrize("changes", [{"isActive": False}, {"isAdmin": False}])
async def test_the_last_active_administrator_stays_one(
    admin: Client, database: Database, changes: dict[str, bool]
) -> None:
    # given
    await factories.make_user(database, "retired", is_admin=True, is_active=False)
    own_id = (await admin.execute("{ viewer { id } }"))["viewer"]["id"]

    # when
    result = (await admin.execute(UPDATE, input={"userId": own_id} | changes))["updateUser"]

    # then
    assert (result["code"], result["path"]) == ("CONFLICT", ["input", "userId"])
    assert (await admin.execute("{ viewer { isAdmin isActive } }"))["viewer"] == {"isAdmin": True, "isActive": True}


async def test_two_administrators_who_demote_each_other_leave_one(client: Client, database: Database) -> None:
    # given
    first, second = [await factories.make_user(database, name, is_admin=True) for name in ("first", "second")]
    # Both have passed the check of their credentials before either is demoted: only the lock decides.
    clients = [client.as_user(Viewer(user.id, user.username, is_admin=True)) for user in (first, second)]

    # when
    answers = await asyncio.gather(
        *(
            somebody.execute(UPDATE, input={"userId": user_id(other), "isAdmin": False})
            for somebody, other in zip(clients, (second, first), strict=True)
        )
    )

    # then
    assert sorted(answer["updateUser"]["__typename"] for answer in answers) == ["Conflict", "UpdateUserPayload"]


async def test_only_administrators_update_accounts(client: Client, database: Database) -> None:
    ada = await factories.make_user(database, "ada")
    for somebody, code in ((client, "UNAUTHENTICATED"), (await client.sign_in("ada"), "FORBIDDEN")):
        answer = await somebody.execute(UPDATE, input={"userId": user_id(ada), "isAdmin": True})
        assert answer["updateUser"]["code"] == code


async def test_no_account_is_not_found(admin: Client) -> None:
    answer = await admin.execute(UPDATE, input={"userId": "usr_" + "0" * 32, "isAdmin": True})
    assert answer["updateUser"]["code"] == "NOT_FOUND"
