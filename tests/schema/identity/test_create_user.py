"""Creating accounts."""

import asyncio

import pytest

from app.db.session import Database
from app.enums import EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, events

CREATE = """mutation ($input: CreateUserInput!) {
  createUser(input: $input) {
    __typename
    ... on CreateUserPayload {
      user { id username email isAdmin isActive kind permissions { canSearch canUpload canDownload canRate } }
    }
    ... on Error { code message path }
    ... on InvalidInput { issues { path message } }
  }
}"""
SIGN_IN = """mutation ($username: String!, $password: String!) {
  signIn(input: {username: $username, password: $password}) { __typename }
}"""


def new_user(**overrides: object) -> dict[str, object]:
    """An input that is fine."""
    return {"username": "ada", "email": "ada@example.com", "password": PASSWORD} | overrides


@pytest.fixture
async def admin(client: Client, database: Database) -> Client:
    """An administrator, signed in."""
    await factories.make_user(database, "root", is_admin=True)
    return await client.sign_in("root")


async def test_the_account_signs_in_and_has_the_default_permissions(admin: Client, database: Database) -> None:
    # when
    user = (await admin.execute(CREATE, input=new_user()))["createUser"]["user"]

    # then
    assert user.pop("id").startswith("usr_")
    assert user == {
        "username": "ada",
        "email": "ada@example.com",
        "isAdmin": False,
        "isActive": True,
        "kind": "PERSON",
        "permissions": {"canSearch": True, "canUpload": False, "canDownload": True, "canRate": True},
    }
    signed_in = await admin.execute(SIGN_IN, username="ada", password=PASSWORD)
    assert signed_in["signIn"]["__typename"] == "SignInPayload"
    [event] = await events(database, EventType.USER_CREATED)
    assert event.payload == {"kind": "PERSON", "isAdmin": False, "permissions": ["SEARCH", "DOWNLOAD", "RATE"]}


async def test_what_is_asked_for_is_given(admin: Client) -> None:
    # given
    permissions = {"canUpload": True, "canRate": False, "canSearch": None}

    # when
    answer = await admin.execute(CREATE, input=new_user(permissions=permissions, isAdmin=False, kind="SERVICE"))

    # then
    user = answer["createUser"]["user"]
    assert user["kind"] == "SERVICE"
    assert user["permissions"] == {"canSearch": True, "canUpload": True, "canDownload": True, "canRate": False}


async def test_only_administrators_create_accounts(client: Client, database: Database) -> None:
    await factories.make_user(database, "bob", can_upload=True)
    for somebody, code in ((client, "UNAUTHENTICATED"), (await client.sign_in("bob"), "FORBIDDEN")):
        assert (await somebody.execute(CREATE, input=new_user(username="")))["createUser"]["code"] == code


async def test_all_that_is_wrong_is_told_at_once(admin: Client) -> None:
    result = (await admin.execute(CREATE, input=new_user(username="a b", email="ada", password="short")))["createUser"]
    assert result["code"] == "INVALID_INPUT"
    assert [issue["path"] for issue in result["issues"]] == [
        ["input", "username"],
        ["input", "email"],
        ["input", "password"],
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", "ADA"), ("username", "ada"), ("email", "Ada@Example.COM")],
)
async def test_a_taken_name_is_told_by_field(admin: Client, database: Database, field: str, value: str) -> None:
    # given
    await factories.make_user(database, "ada")

    # when
    result = (await admin.execute(CREATE, input=new_user(username="eve", email="eve@example.com") | {field: value}))[
        "createUser"
    ]

    # then
    assert (result["code"], result["path"]) == ("CONFLICT", ["input", field])


async def test_of_several_at_once_one_gets_the_name(admin: Client) -> None:
    # when
    answers = await asyncio.gather(
        *(admin.execute(CREATE, input=new_user(email=f"ada{number}@example.com")) for number in range(5))
    )

    # then
    results = [answer["createUser"] for answer in answers]
    assert sorted(result["__typename"] for result in results) == ["Conflict"] * 4 + ["CreateUserPayload"]
    assert {tuple(result["path"]) for result in results if "path" in result} == {("input", "username")}
