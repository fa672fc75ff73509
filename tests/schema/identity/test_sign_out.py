"""Signing out."""

from app.db.session import Database
from app.enums import ApiKeyScope, EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, make_api_key

SIGN_OUT = "mutation { signOut { ... on SignOutPayload { revoked } ... on Error { code message } } }"


async def test_the_token_is_refused_from_then_on_and_others_are_not(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    here, elsewhere = await client.sign_in("ada"), await client.sign_in("ada")

    # when
    answer = await here.execute(SIGN_OUT)

    # then
    assert answer["signOut"] == {"revoked": True}
    assert (await here.execute("{ viewer { username } }")).code == "UNAUTHENTICATED"
    assert (await here.execute(SIGN_OUT))["signOut"]["code"] == "UNAUTHENTICATED"
    assert (await elsewhere.execute("{ viewer { username } }"))["viewer"] == {"username": "ada"}
    assert len(await events(database, EventType.USER_SIGNED_OUT)) == 1


async def test_nobody_cannot_sign_out(client: Client) -> None:
    assert (await client.execute(SIGN_OUT))["signOut"]["code"] == "UNAUTHENTICATED"


async def test_an_api_key_is_not_signed_out_of(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    holder = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH]))

    # when
    answer = await holder.execute(SIGN_OUT)

    # then
    assert answer["signOut"]["code"] == "FORBIDDEN"
    assert (await holder.execute("{ viewer { username } }"))["viewer"] == {"username": "ada"}
