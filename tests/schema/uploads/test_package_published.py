"""packagePublished and packageScored, over graphql-transport-ws."""

from tests import factories
from tests.archive_files import model_archive
from tests.schema.client import Client
from tests.schema.uploads.conftest import token_of
from tests.schema.uploads.test_upload_package import upload
from tests.server import Running

PUBLISHED = """
subscription Published($organization: String, $after: String) {
  packagePublished(organization: $organization, after: $after) { cursor package { name version } }
}
"""
SCORED = """
subscription Scored($id: ID, $after: String) {
  packageScored(packageId: $id, after: $after) { cursor package { name scores { netScore } } }
}
"""


async def test_hears_of_a_package_when_it_is_published(server: Running, publisher: str) -> None:
    # given
    variables = {"organization": "public", "after": await server.head()}
    async with server.subscribed(PUBLISHED, variables, token=publisher) as events:
        # when
        await upload(server, publisher, model_archive())
        # then
        event = (await events.next())["data"]["packagePublished"]
    assert event["package"] == {"name": "tiny", "version": "1.0.0"}


async def test_goes_on_after_the_last_cursor_received(server: Running, publisher: str) -> None:
    # given
    start = await server.head()
    for name in ("first", "second", "third"):
        await upload(server, publisher, model_archive(), name=name)
    async with server.subscribed(PUBLISHED, {"after": start}, token=publisher) as events:
        first = (await events.next())["data"]["packagePublished"]
    # when
    async with server.subscribed(PUBLISHED, {"after": first["cursor"]}, token=publisher) as events:
        names = [(await events.next())["data"]["packagePublished"]["package"]["name"] for _ in range(2)]
    # then
    assert first["package"]["name"] == "first"
    assert names == ["second", "third"]


async def test_does_not_hear_of_what_the_viewer_may_not_see(server: Running, publisher: str) -> None:
    # given
    database = server.services.database
    insider = await factories.make_user(database, "insider", can_upload=True)
    organization = await factories.make_organization(database, "lab")
    await factories.make_membership(database, organization, insider, role="MEMBER")
    insider_token = (await Client(server.services).sign_in("insider")).token
    start = await server.head()
    # when
    await upload(server, insider_token, model_archive(), name="private", organization="lab", visibility="ORGANIZATION")
    await upload(server, publisher, model_archive(), name="open")
    # then
    async with server.subscribed(PUBLISHED, {"after": start}, token=publisher) as events:
        assert (await events.next())["data"]["packagePublished"]["package"]["name"] == "open"
    async with server.subscribed(PUBLISHED, {"after": start}, token=insider_token) as events:
        assert (await events.next())["data"]["packagePublished"]["package"]["name"] == "private"


async def test_hears_of_scores(server: Running, publisher: str) -> None:
    # given
    start = await server.head()
    package = (await upload(server, publisher, model_archive()))["package"]
    # when
    async with server.subscribed(SCORED, {"id": package["id"], "after": start}, token=publisher) as events:
        event = (await events.next())["data"]["packageScored"]
    # then
    assert event["package"]["name"] == "tiny"
    assert 0 <= event["package"]["scores"]["netScore"] <= 1


async def test_strangers_hear_nothing(server: Running) -> None:
    async with server.subscribed(PUBLISHED) as events:
        assert (await events.refusal())[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_unknown_cursor_is_invalid(server: Running, publisher: str) -> None:
    async with server.subscribed(PUBLISHED, {"after": "nonsense"}, token=publisher) as events:
        assert (await events.refusal())[0]["extensions"]["code"] == "INVALID_INPUT"


async def test_an_organization_of_others_is_not_found(server: Running, publisher: str) -> None:
    # given
    await factories.make_organization(server.services.database, "secret-lab")
    # when
    async with server.subscribed(PUBLISHED, {"organization": "secret-lab"}, token=publisher) as events:
        # then
        assert (await events.refusal())[0]["extensions"]["code"] == "NOT_FOUND"


async def test_ends_once_the_token_is_revoked(server: Running, publisher: str) -> None:
    # given
    leaver = await token_of(server, "leaver")
    async with server.subscribed(PUBLISHED, {"after": await server.head()}, token=leaver) as events:
        await upload(server, publisher, model_archive(), name="before")
        await events.next()
        # when
        await server.post("mutation { signOut { ... on SignOutPayload { revoked } } }", token=leaver)
        await upload(server, publisher, model_archive(), name="after")
        # then
        assert (await events.refusal())[0]["extensions"]["code"] == "UNAUTHENTICATED"
