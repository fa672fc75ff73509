"""Setting a password for somebody who lost theirs."""

from app.db.session import Database
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, make_account, user_id

RESET = """mutation ($id: ID!) {
  resetPassword(input: {userId: $id}) {
    ... on ResetPasswordPayload { temporaryPassword revokedSessions }
    ... on Error { code message path }
  }
}"""
SIGN_IN = """mutation ($password: String!) { signIn(input: {username: "ada", password: $password}) { __typename } }"""


async def test_the_temporary_password_is_the_only_one_and_sign_ins_end(client: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada")
    await factories.make_user(database, "root", is_admin=True)
    holder, admin = await client.sign_in("ada"), await client.sign_in("root")

    # when
    result = (await admin.execute(RESET, id=user_id(ada)))["resetPassword"]

    # then
    assert result["revokedSessions"] == 1
    assert (await holder.execute("{ viewer { id } }")).code == "UNAUTHENTICATED"
    signed_in = [
        (await client.execute(SIGN_IN, password=password))["signIn"]["__typename"]
        for password in (PASSWORD, result["temporaryPassword"])
    ]
    assert signed_in == ["Unauthenticated", "SignInPayload"]


async def test_only_administrators_reset_passwords(client: Client, database: Database) -> None:
    ada = await make_account(database, "ada")
    for somebody, code in ((client, "UNAUTHENTICATED"), (await client.sign_in("ada"), "FORBIDDEN")):
        assert (await somebody.execute(RESET, id=user_id(ada)))["resetPassword"]["code"] == code


async def test_no_account_is_not_found(client: Client, database: Database) -> None:
    await factories.make_user(database, "root", is_admin=True)
    result = (await (await client.sign_in("root")).execute(RESET, id="usr_" + "0" * 32))["resetPassword"]
    assert result["code"] == "NOT_FOUND"
