"""Granting permissions and taking them away."""

import pytest

from app.db.session import Database
from app.enums import EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, user_id

SET = """mutation ($input: SetUserPermissionsInput!) {
  setUserPermissions(input: $input) {
    ... on SetUserPermissionsPayload { user { permissions { canSearch canUpload canDownload canRate } } }
    ... on Error { code message path }
  }
}"""


async def test_what_is_not_named_stays(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_rate=False)
    await factories.make_user(database, "root", is_admin=True)
    admin = await client.sign_in("root")

    # when
    given = {"canUpload": True, "canSearch": False, "canDownload": None}
    answer = await admin.execute(SET, input={"userId": user_id(ada), "permissions": given})

    # then
    expected = {"canSearch": False, "canUpload": True, "canDownload": True, "canRate": False}
    assert answer["setUserPermissions"]["user"]["permissions"] == expected
    [event] = await events(database, EventType.USER_PERMISSIONS_CHANGED)
    assert event.payload == {"permissions": {"SEARCH": False, "UPLOAD": True}}


async def test_they_hold_for_tokens_that_are_out_already(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_user(database, "root", is_admin=True)
    holder, admin = await client.sign_in("ada"), await client.sign_in("root")
    users = "{ users { totalCount } }"
    assert (await holder.execute(users))["users"]["totalCount"] == 2

    # when
    await admin.execute(SET, input={"userId": user_id(ada), "permissions": {"canSearch": False}})

    # then
    assert (await holder.execute(users)).code == "FORBIDDEN"


async def test_only_administrators_set_permissions(client: Client, database: Database) -> None:
    ada = await factories.make_user(database, "ada")
    input = {"userId": user_id(ada), "permissions": {"canUpload": True}}
    for somebody, code in ((client, "UNAUTHENTICATED"), (await client.sign_in("ada"), "FORBIDDEN")):
        assert (await somebody.execute(SET, input=input))["setUserPermissions"]["code"] == code


@pytest.mark.parametrize("id", ["nonsense", "usr_" + "0" * 32, "pkg_" + "0" * 32, "usr_1", ""])
async def test_no_account_is_not_found(client: Client, database: Database, id: str) -> None:
    await factories.make_user(database, "root", is_admin=True)
    answer = await (await client.sign_in("root")).execute(SET, input={"userId": id, "permissions": {}})
    result = answer["setUserPermissions"]
    assert (result["code"], result["path"]) == ("NOT_FOUND", ["input", "userId"])
