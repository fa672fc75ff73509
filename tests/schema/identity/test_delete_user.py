"""Deleting accounts: one's own, or as an administrator anyone's."""

import asyncio

from sqlalchemy import func, select

from app.db.session import Database
from app.db.tables import ApiKey, AuthToken, OrganizationMembership, ProjectMember, User, UserPermission
from app.enums import ApiKeyScope, EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import PASSWORD, events, make_account, make_api_key, user_id

DELETE = """mutation ($id: ID!) {
  deleteUser(input: {userId: $id}) {
    __typename
    ... on DeleteUserPayload { deletedId }
    ... on Error { code message path }
  }
}"""
SIGN_IN = """mutation ($password: String!) { signIn(input: {username: "ada", password: $password}) { __typename } }"""


async def test_a_nameless_row_stays_and_nothing_else(client: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada")
    await factories.make_user(database, "bob")
    acme = await factories.make_organization(database, "acme")
    await factories.make_membership(database, acme, ada)
    await factories.make_project_member(database, await factories.make_project(database, acme), ada)
    package = await factories.make_package(database, "bert", uploaded_by=ada)
    key = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH]))
    own, bob = await client.sign_in("ada"), await client.sign_in("bob")

    # when
    answer = await own.execute(DELETE, id=user_id(ada))

    # then
    assert answer["deleteUser"] == {"__typename": "DeleteUserPayload", "deletedId": user_id(ada)}
    for somebody in (own, key):
        assert (await somebody.execute("{ viewer { id } }")).code == "UNAUTHENTICATED"
    assert (await client.execute(SIGN_IN, password=PASSWORD))["signIn"]["__typename"] == "Unauthenticated"
    seen = await bob.execute('{ package(name: "bert") { uploadedBy { id username isActive } } users { totalCount } }')
    assert seen["package"] == {"uploadedBy": {"id": user_id(ada), "username": None, "isActive": False}}
    assert seen["users"] == {"totalCount": 1}
    async with database.read() as connection:
        for table in (UserPermission, AuthToken, ApiKey, OrganizationMembership, ProjectMember):
            query = select(func.count()).select_from(table).where(table.user_id == ada.id)
            assert await connection.scalar(query) == 0, table
        row = (await connection.execute(select(User.__table__).where(User.id == ada.id))).one()
    assert (row.username, row.email, row.hashed_password, row.deleted_by_id) == (None, None, None, ada.id)
    assert package.uploaded_by_id == ada.id
    assert len(await events(database, EventType.USER_DELETED)) == 1


async def test_the_names_are_free_again(client: Client, database: Database) -> None:
    # given
    ada = await make_account(database, "ada")
    await make_account(database, "bob")
    await (await client.sign_in("ada")).execute(DELETE, id=user_id(ada))

    # when
    await make_account(database, "ada")
    bob = await client.sign_in("bob")
    await bob.execute(DELETE, id=(await bob.execute("{ viewer { id } }"))["viewer"]["id"])

    # then
    assert (await client.execute(SIGN_IN, password=PASSWORD))["signIn"]["__typename"] == "SignInPayload"


async def test_others_accounts_are_an_administrators_to_delete(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_user(database, "bob")
    await factories.make_user(database, "root", is_admin=True)

    # when
    results = [
        (await somebody.execute(DELETE, id=user_id(ada)))["deleteUser"]
        for somebody in (client, *[await client.sign_in(name) for name in ("bob", "root", "root")])
    ]

    # then
    assert [result.get("code") for result in results] == ["UNAUTHENTICATED", "FORBIDDEN", None, "NOT_FOUND"]


async def test_a_key_deletes_no_account(client: Client, database: Database) -> None:
    ada = await factories.make_user(database, "ada")
    key = client.with_token(await make_api_key(database, ada, list(ApiKeyScope)))
    assert (await key.execute(DELETE, id=user_id(ada)))["deleteUser"]["code"] == "FORBIDDEN"


async def test_the_last_administrator_stays(client: Client, database: Database) -> None:
    root = await factories.make_user(database, "root", is_admin=True)
    result = (await (await client.sign_in("root")).execute(DELETE, id=user_id(root)))["deleteUser"]
    assert (result["code"], result["path"]) == ("CONFLICT", ["input", "userId"])


async def test_an_organizations_last_owner_stays(client: Client, database: Database) -> None:
    # given
    ada, bob = [await factories.make_user(database, name) for name in ("ada", "bob")]
    acme = await factories.make_organization(database, "acme")
    await factories.make_membership(database, acme, ada, "OWNER")
    await factories.make_membership(database, acme, bob, "ADMIN")

    # when
    answers = [await (await client.sign_in(user.username)).execute(DELETE, id=user_id(user)) for user in (ada, bob)]

    # then
    assert [answer["deleteUser"].get("code") for answer in answers] == ["CONFLICT", None]
    assert "acme" in answers[0]["deleteUser"]["message"]


async def test_two_administrators_who_delete_themselves_leave_one(client: Client, database: Database) -> None:
    await _leave_one(client, [await factories.make_user(database, name, is_admin=True) for name in ("ada", "bob")])


async def test_two_owners_who_delete_themselves_leave_one(client: Client, database: Database) -> None:
    # given
    owners = [await factories.make_user(database, name) for name in ("ada", "bob")]
    for slug in ("acme", "zenith"):
        organization = await factories.make_organization(database, slug)
        for owner in owners:
            await factories.make_membership(database, organization, owner, "OWNER")

    # when / then
    await _leave_one(client, owners)


async def _leave_one(client: Client, users: list[User]) -> None:
    clients = [await client.sign_in(user.username or "") for user in users]
    answers = await asyncio.gather(
        *(somebody.execute(DELETE, id=user_id(user)) for somebody, user in zip(clients, users, strict=True))
    )
    assert sorted(answer["deleteUser"]["__typename"] for answer in answers) == ["Conflict", "DeleteUserPayload"]
