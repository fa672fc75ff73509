"""The directory of accounts."""

import pytest

from app.db.session import Database
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import user_id

USERS = """query ($search: String, $first: Int, $after: String) {
  users(first: $first, search: $search, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id username email isActive isAdmin kind }
  }
}"""
USER = "query ($username: String!) { user(username: $username) { id username email } }"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (None, ["ada", "Adam", "bob", "x_y", "xay"]),
        ("AD", ["ada", "Adam"]),
        ("_", ["x_y"]),
        ("%", []),
        ("\\", []),
        ("", ["ada", "Adam", "bob", "x_y", "xay"]),
    ],
)
async def test_search_finds_parts_of_names_literally(
    client: Client, database: Database, search: str | None, found: list[str]
) -> None:
    # given
    for name in ("ada", "Adam", "bob", "x_y", "xay"):
        await factories.make_user(database, name)

    # when
    users = (await (await client.sign_in("bob")).execute(USERS, search=search, first=20))["users"]

    # then
    assert [user["username"] for user in users["nodes"]] == found
    assert users["totalCount"] == len(found)
    assert {user["username"]: user["email"] for user in users["nodes"] if user["email"]}.keys() <= {"bob"}


async def test_a_search_that_no_name_can_hold_is_refused(client: Client, database: Database) -> None:
    await factories.make_user(database, "ada")
    assert (await (await client.sign_in("ada")).execute(USERS, search="a\x00")).code == "INVALID_INPUT"


async def test_pages_follow_each_other(client: Client, database: Database) -> None:
    # given
    await factories.make_users(database, 5)
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada")

    # when
    first = (await ada.execute(USERS, first=4))["users"]
    second = (await ada.execute(USERS, first=4, after=first["pageInfo"]["endCursor"]))["users"]

    # then
    ids = [node["id"] for node in first["nodes"] + second["nodes"]]
    assert len(set(ids)) == len(ids) == first["totalCount"] == 6
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


@pytest.mark.parametrize("query", [USERS, USER])
async def test_the_directory_is_for_those_who_may_search(client: Client, database: Database, query: str) -> None:
    await factories.make_user(database, "ada", can_search=False)
    assert (await client.execute(query, username="ada")).code == "UNAUTHENTICATED"
    assert (await (await client.sign_in("ada")).execute(query, username="ada")).code == "FORBIDDEN"


async def test_the_directory_is_closed_to_anonymous_readers(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    client.services.settings.anonymous_read = True

    # when
    answers = [await client.execute(query, username="ada") for query in (USERS, USER)]

    # then
    assert [answer.code for answer in answers] == ["UNAUTHENTICATED"] * 2


async def test_an_account_is_found_by_its_name_without_regard_to_case(client: Client, database: Database) -> None:
    ada = await factories.make_user(database, "Ada")
    answer = await (await client.sign_in("ada")).execute(USER, username="aDA")
    assert answer["user"] == {"id": user_id(ada), "username": "Ada", "email": "Ada@example.com"}


@pytest.mark.parametrize("username", ["nobody", "", "\x00", "ada@example.com"])
async def test_nobody_is_found_by_another_name(client: Client, database: Database, username: str) -> None:
    await factories.make_user(database, "ada")
    assert (await (await client.sign_in("ada")).execute(USER, username=username))["user"] is None
