"""Asking for a download."""

import asyncio
import hashlib
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import update

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Package
from app.enums import EventType, OrganizationRole, PackageStatus, Visibility
from app.events.log import Origin
from app.services.downloads import request_download
from schema.context import Services
from tests import factories
from tests.schema.client import Client
from tests.schema.published import ARCHIVE, downloads, events, package_id, publish_archive, viewer_of

REQUEST = """
mutation ($input: RequestDownloadInput!) {
  requestDownload(input: $input) {
    __typename
    ... on RequestDownloadPayload { url expiresAt expiresInSeconds components fileName sizeBytes sha256 }
    ... on Error { code message path }
    ... on InvalidInput { issues { path message } }
  }
}
"""
MAY = "query ($id: ID!) { node(id: $id) { ... on Package { viewerCan { download } } } }"
COUNT = "query ($id: ID!) { node(id: $id) { ... on Package { downloadCount updatedAt createdAt } } }"


async def request(client, package, **more):
    return (await client.execute(REQUEST, input={"packageId": package_id(package), **more}))["requestDownload"]


async def count_of(client, package):
    return int((await client.execute(COUNT, id=package_id(package)))["node"]["downloadCount"])


async def test_the_link_gives_the_archive_without_a_token(
    storing: Client, database: Database, browser: httpx.AsyncClient
) -> None:
    # given a stored archive
    ada = await factories.make_user(database, "ada", can_upload=True)
    key = await publish_archive(storing.services, ada)
    await factories.make_user(database, "grace")
    grace = await storing.sign_in("grace")
    before = utc_now()

    # when somebody asks for it and follows the link
    granted = await request(grace, key)
    got = await browser.get(granted["url"])
    part = await browser.get(granted["url"], headers={"Range": "bytes=2-5"})

    # then it is the archive, whole and in parts
    assert got.content == ARCHIVE
    assert granted["sha256"] == hashlib.sha256(got.content).hexdigest()
    assert granted["sizeBytes"] == str(len(ARCHIVE))
    assert granted["fileName"] == "tiny-1.0.0.zip"
    assert 'filename="tiny-1.0.0.zip"' in got.headers["content-disposition"]
    assert granted["components"] == ["WEIGHTS", "CODE", "DOCUMENTATION"]
    assert (part.status_code, part.content) == (206, ARCHIVE[2:6])
    # and the link is said to last as long as the settings have it
    assert granted["expiresInSeconds"] == 300
    lasts = datetime.fromisoformat(granted["expiresAt"]) - timedelta(seconds=300)
    assert before <= lasts <= utc_now()
    # and the download is on record, counted, and no edit of the package
    (row,) = await downloads(database)
    assert (row.package_id, row.access_granted, row.denial_reason, row.components) == (key, True, None, [])
    assert (row.ip_address, row.user_agent) == (grace.origin.ip_address, grace.origin.user_agent)
    (event,) = await events(database, EventType.DOWNLOAD_RECORDED)
    assert (event.actor_id, event.entity_id, event.payload["accessGranted"]) == (row.user_id, str(key), True)
    found = (await grace.execute(COUNT, id=package_id(key)))["node"]
    assert found["downloadCount"] == "1"
    assert datetime.fromisoformat(found["updatedAt"]) < before


async def test_the_link_ends_when_it_is_said_to(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_upload=True)
    key = await publish_archive(client.services, ada)
    signed_in = await client.sign_in("ada")
    # when
    granted = await request(signed_in, key)
    # then
    expires = int(httpx.URL(granted["url"]).params["expires"])
    assert abs(expires - datetime.fromisoformat(granted["expiresAt"]).timestamp()) <= 1


async def test_every_component_together_is_the_whole(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_upload=True)
    key = await publish_archive(client.services, ada)
    signed_in = await client.sign_in("ada")
    # when
    granted = await request(signed_in, key, components=["DOCUMENTATION", "CODE", "WEIGHTS", "CODE", "DATASETS"])
    # then
    assert granted["__typename"] == "RequestDownloadPayload"
    (row,) = await downloads(database)
    assert row.components == ["DOCUMENTATION", "CODE", "WEIGHTS", "DATASETS"]


async def test_a_part_of_the_package_is_refused_with_what_is_missing(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_upload=True)
    key = await publish_archive(client.services, ada)
    signed_in = await client.sign_in("ada")
    # when
    refused = await request(signed_in, key, components=["WEIGHTS"])
    # then
    assert (refused["__typename"], refused["code"]) == ("InvalidInput", "INVALID_INPUT")
    (issue,) = refused["issues"]
    assert issue["path"] == ["input", "components"]
    assert "CODE, DOCUMENTATION" in issue["message"]
    # and the attempt is on record
    (row,) = await downloads(database)
    assert (row.access_granted, row.components) == (False, ["WEIGHTS"])
    assert await count_of(signed_in, key) == 0


async def test_without_a_token_nothing_is_given(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    # when
    refused = await request(client, package)
    # then
    assert refused["code"] == "UNAUTHENTICATED"
    assert await downloads(database) == []


async def test_without_the_permission_the_refusal_is_on_record(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    await factories.make_user(database, "grace", can_download=False)
    grace = await client.sign_in("grace")
    # when
    refused = await request(grace, package)
    # then it is answered, and stands there although it was refused
    assert (refused["code"], "can_download" in refused["message"]) == ("FORBIDDEN", True)
    (row,) = await downloads(database)
    assert (row.access_granted, row.denial_reason) == (False, refused["message"])
    (event,) = await events(database, EventType.DOWNLOAD_RECORDED)
    assert (event.payload["accessGranted"], event.payload["denialReason"]) == (False, refused["message"])
    assert await count_of(grace, package) == 0


@pytest.mark.parametrize(
    ("status", "word"), [(PackageStatus.QUARANTINED, "quarantined"), (PackageStatus.PENDING, "inspected")]
)
async def test_what_was_not_scanned_clean_is_given_to_nobody(
    client: Client, database: Database, status: PackageStatus, word: str
) -> None:
    # given
    package = await factories.make_package(database, status=status)
    await factories.make_user(database, "root", is_admin=True)
    root = await client.sign_in("root")
    # when even an administrator asks
    refused = await request(root, package)
    # then
    assert refused["code"] == "FORBIDDEN"
    assert word in refused["message"]


async def test_a_sensitive_package_is_given_only_to_those_who_manage_it(client: Client, database: Database) -> None:
    # given a sensitive package with a script
    ada = await factories.make_user(database, "ada", can_upload=True)
    script = {"is_sensitive": True, "access_control_script": "downloader.username == 'grace'"}
    package = await factories.make_package(database, uploaded_by=ada, **script)
    await factories.make_user(database, "grace")
    await factories.make_user(database, "root", is_admin=True)
    clients = {name: await client.sign_in(name) for name in ("grace", "ada", "root")}
    # when
    answers = {name: await request(somebody, package) for name, somebody in clients.items()}
    may = {
        name: (await somebody.execute(MAY, id=package_id(package)))["node"]["viewerCan"]["download"]
        for name, somebody in clients.items()
    }
    # then the script is said not to be evaluated
    assert answers["grace"]["code"] == "FORBIDDEN"
    assert "does not evaluate access-control scripts" in answers["grace"]["message"]
    assert answers["ada"]["__typename"] == answers["root"]["__typename"] == "RequestDownloadPayload"
    # and everybody could have known beforehand
    assert may == {"grace": False, "ada": True, "root": True}


async def test_a_sensitive_package_without_a_script_is_open(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database, is_sensitive=True)
    await factories.make_user(database, "grace")
    # when
    granted = await request(await client.sign_in("grace"), package)
    # then
    assert granted["__typename"] == "RequestDownloadPayload"


async def test_what_the_viewer_does_not_see_is_not_found_and_leaves_no_record(
    client: Client, database: Database
) -> None:
    # given a package of somebody else's organization, a deleted one, and ids of nothing
    organization = await factories.make_organization(database)
    hidden = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    deleted = await factories.make_package(database)
    async with database.write() as session:
        await session.execute(update(Package).where(Package.id == deleted.id).values(deleted_at=utc_now()))
    user = await factories.make_user(database, "grace")
    grace = await client.sign_in("grace")
    # when
    answers = [await request(grace, package) for package in (hidden, deleted, user)]
    wrong = (await grace.execute(REQUEST, input={"packageId": "usr_1"}))["requestDownload"]
    # then one is as unknown as the other
    assert {answer["message"] for answer in answers} == {"There is no package with this id."}
    assert {answer["code"] for answer in (*answers, wrong)} == {"NOT_FOUND"}
    assert await downloads(database) == []


async def test_a_member_downloads_what_only_the_organization_sees(client: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    package = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    grace = await factories.make_user(database, "grace")
    await factories.make_membership(database, organization, grace, OrganizationRole.VIEWER)
    # when
    granted = await request(await client.sign_in("grace"), package)
    # then
    assert granted["__typename"] == "RequestDownloadPayload"


async def test_fifty_downloads_at_once_are_all_counted(services: Services, client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    grace = await factories.make_user(database, "grace")
    viewer, nowhere = viewer_of(grace), Origin("192.0.2.7", None)
    # when
    await asyncio.gather(
        *(
            request_download(
                database, services.store, services.settings, viewer, nowhere, package.id, (), base_url="http://here"
            )
            for _ in range(50)
        )
    )
    # then
    assert await count_of(client.as_user(viewer), package) == 50
    assert len(await downloads(database)) == 50


async def test_a_long_name_keeps_its_suffix(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database, "n" * 200)
    await factories.make_user(database, "grace")
    # when
    granted = await request(await client.sign_in("grace"), package)
    # then
    assert granted["fileName"].endswith(".zip")
    assert httpx.URL(granted["url"]).params["name"] == granted["fileName"]
