"""The budget of the credential in use."""

from app.db.session import Database
from app.enums import ApiKeyScope
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import make_api_key

RATE_LIMIT = "{ rateLimit { limit used remaining resetAt cost } }"


async def test_every_operation_counts_once_whatever_is_leased(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada", call_limit=100)

    # when
    limits = [(await ada.execute(RATE_LIMIT))["rateLimit"] for _ in range(3)]

    # then
    assert [(limit["limit"], limit["used"], limit["remaining"]) for limit in limits] == [
        (100, 1, 99),
        (100, 2, 98),
        (100, 3, 97),
    ]
    assert limits[0]["resetAt"] is not None
    assert limits[0]["cost"] >= 1


async def test_the_budget_ends_exactly_where_it_says(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada", call_limit=30)

    # when
    answers = [await ada.execute("{ viewer { username } }") for _ in range(32)]

    # then
    assert [bool(answer.errors) for answer in answers] == [False] * 30 + [True] * 2
    assert answers[-1].code == "LIMIT_EXCEEDED"
    assert (await (await client.sign_in("ada")).execute("{ viewer { username } }"))["viewer"]


async def test_a_key_without_a_limit_has_none(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    holder = client.with_token(await make_api_key(database, ada, [ApiKeyScope.SEARCH]))

    # when
    limit = (await holder.execute(RATE_LIMIT))["rateLimit"]

    # then
    assert (limit["limit"], limit["used"], limit["remaining"], limit["resetAt"]) == (None, 1, None, None)


async def test_nobody_has_no_budget(client: Client) -> None:
    assert (await client.execute(RATE_LIMIT)).code == "UNAUTHENTICATED"
