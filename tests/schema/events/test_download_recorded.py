"""downloadRecorded, over graphql-transport-ws."""

from uuid import UUID

from app.db.tables import User
from app.enums import Visibility
from app.events.cursor import BEGINNING
from tests import factories
from tests.schema.client import Client
from tests.schema.published import package_id, publish_archive
from tests.schema.uploads.conftest import token_of
from tests.server import Running

DOWNLOADS = """
subscription Downloads($packageId: ID!, $after: String) {
  downloadRecorded(packageId: $packageId, after: $after) {
    cursor
    download { requestedAt accessGranted denialReason user { username } }
    package { downloadCount }
  }
}
"""
REQUEST = """mutation ($input: RequestDownloadInput!) { requestDownload(input: $input) { __typename } }"""
FROM_THE_START = BEGINNING.encode()


async def sign_in(server: Running, name: str) -> str:
    return (await Client(server.services).sign_in(name)).token or ""


async def published(server: Running) -> tuple[User, UUID]:
    """A package in the store, and who published it."""
    maker = await factories.make_user(server.services.database, "maker", can_upload=True)
    return maker, await publish_archive(server.services, maker)


async def ask(server: Running, token: str, package: UUID, expected: str) -> None:
    data = await server.post(REQUEST, {"input": {"packageId": package_id(package)}}, token=token)
    assert data["requestDownload"]["__typename"] == expected


async def test_a_granted_download_is_told_to_everyone_who_sees_the_package(server: Running) -> None:
    # given
    _, package = await published(server)
    reader, downloader = await token_of(server, "reader"), await token_of(server, "downloader")
    variables = {"packageId": package_id(package), "after": await server.head()}
    async with (
        server.subscribed(DOWNLOADS, variables, token=reader) as for_reader,
        server.subscribed(DOWNLOADS, variables, token=await sign_in(server, "maker")) as for_maker,
    ):
        # when
        await ask(server, downloader, package, "RequestDownloadPayload")
        one, other = [(await each.next())["data"]["downloadRecorded"] for each in (for_reader, for_maker)]
    # then
    assert one["cursor"] == other["cursor"]
    assert one["download"]["accessGranted"]
    assert one["package"]["downloadCount"] == "1"
    assert (one["download"]["user"], other["download"]["user"]) == (None, {"username": "downloader"})


async def test_a_refused_download_is_told_to_who_made_it_and_to_the_managers(server: Running) -> None:
    # given
    _, package = await published(server)
    await factories.make_user(server.services.database, "admin", is_admin=True)
    refused = await token_of(server, "refused", can_download=False)
    granted = await token_of(server, "granted")
    await ask(server, refused, package, "Forbidden")
    await ask(server, granted, package, "RequestDownloadPayload")
    variables = {"packageId": package_id(package), "after": FROM_THE_START}
    first = {}
    for name in ("refused", "granted", "maker", "admin"):
        # when
        async with server.subscribed(DOWNLOADS, variables, token=await sign_in(server, name)) as events:
            first[name] = (await events.next())["data"]["downloadRecorded"]["download"]
    # then
    assert {name: told["accessGranted"] for name, told in first.items()} == {
        "refused": False,
        "granted": True,
        "maker": False,
        "admin": False,
    }
    assert "can_download" in first["maker"]["denialReason"]


async def test_goes_on_after_the_last_cursor_and_keeps_to_its_package(server: Running) -> None:
    # given
    maker, package = await published(server)
    other = await publish_archive(server.services, maker, version="2.0.0")
    token = await token_of(server, "reader")
    for each in (package, other, package, package):
        await ask(server, token, each, "RequestDownloadPayload")
    variables = {"packageId": package_id(package), "after": FROM_THE_START}
    cursors: list[str] = []
    for _ in range(3):
        # when
        async with server.subscribed(DOWNLOADS, variables, token=token) as events:
            variables["after"] = (await events.next())["data"]["downloadRecorded"]["cursor"]
        cursors.append(variables["after"])
    # then
    assert len(set(cursors)) == 3
    assert cursors[-1] == await server.head()


async def test_a_package_that_is_not_seen_is_not_found(server: Running) -> None:
    # given
    database = server.services.database
    lab = await factories.make_organization(database, "lab")
    hidden = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    # when
    token = await token_of(server, "reader")
    async with server.subscribed(DOWNLOADS, {"packageId": package_id(hidden)}, token=token) as events:
        # then
        assert (await events.refusal())[0]["extensions"]["code"] == "NOT_FOUND"


async def test_strangers_hear_nothing(server: Running) -> None:
    package = await factories.make_package(server.services.database)
    async with server.subscribed(DOWNLOADS, {"packageId": package_id(package)}) as events:
        assert (await events.refusal())[0]["extensions"]["code"] == "UNAUTHENTICATED"
