"""Restoring deleted packages."""

import asyncio

from sqlalchemy import update

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Organization
from app.enums import EventType, Visibility
from schema.context import Services
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.changes import DELETE, RESTORE, change, row_of
from tests.schema.published import events, publish_archive

DOWNLOAD = """
mutation ($id: ID!) { requestDownload(input: {packageId: $id}) { __typename ... on Error { message } } }
"""


async def test_a_restored_package_is_as_it_was(client: Client, database: Database) -> None:
    # given
    root = await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database, "bert", "1.0.0")
    administrator = await client.sign_in("root")
    before = await row_of(database, package)
    await change(administrator, DELETE, package)
    # when
    restored = (await change(administrator, RESTORE, package))["package"]
    # then
    assert (restored["version"], restored["aliases"]) == ("1.0.0", [{"alias": "latest"}])
    assert await row_of(database, package) == before
    (event,) = await events(database, EventType.PACKAGE_RESTORED)
    assert (event.entity_id, event.actor_id, event.payload["name"]) == (str(package.id), root.id, "bert")


async def test_its_archive_can_be_had_again(client: Client, services: Services, database: Database) -> None:
    # given
    package = await publish_archive(services, await factories.make_user(database, "root", is_admin=True))
    administrator = await client.sign_in("root")
    deleted = await change(administrator, DELETE, package)
    # when
    answers = [await administrator.execute(DOWNLOAD, id=deleted["deletedId"])]
    await change(administrator, RESTORE, package)
    answers.append(await administrator.execute(DOWNLOAD, id=deleted["deletedId"]))
    # then
    assert [each["requestDownload"]["__typename"] for each in answers] == ["NotFound", "RequestDownloadPayload"]


async def test_what_is_not_deleted_stays_as_it_is(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database)
    # when
    answer = await change(await client.sign_in("root"), RESTORE, package)
    # then
    assert answer["__typename"] == "RestorePackagePayload"
    assert await events(database, EventType.PACKAGE_RESTORED) == []


async def test_without_its_archive_a_package_cannot_be_restored(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database, deleted_at=utc_now(), storage_freed_at=utc_now())
    # when
    refused = await change(await client.sign_in("root"), RESTORE, package)
    # then
    assert (refused["code"], "new version" in refused["message"]) == ("CONFLICT", True)
    assert (await row_of(database, package)).deleted_at is not None


async def test_into_a_deleted_organization_nothing_is_restored(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    lab = await factories.make_organization(database)
    package = await factories.make_package(database, organization=lab, deleted_at=utc_now())
    async with database.write() as session:
        await session.execute(update(Organization).where(Organization.id == lab.id).values(deleted_at=utc_now()))
    # when
    refused = await change(await client.sign_in("root"), RESTORE, package)
    # then
    assert refused["code"] == "CONFLICT"


async def test_only_who_could_have_deleted_it_hears_of_it(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database)
    accounts = {name: await factories.make_user(database, name) for name in ("owner", "publisher", "outsider")}
    for name, role in (("owner", "OWNER"), ("publisher", "MEMBER")):
        await factories.make_membership(database, lab, accounts[name], role)
    package = await factories.make_package(
        database,
        uploaded_by=accounts["publisher"],
        organization=lab,
        visibility=Visibility.ORGANIZATION,
        deleted_at=utc_now(),
    )
    # when / then
    assert (await change(client, RESTORE, package))["code"] == "UNAUTHENTICATED"
    for name in ("publisher", "outsider"):
        assert (await change(await client.sign_in(name), RESTORE, package))["code"] == "NOT_FOUND"
    assert (await change(await client.sign_in("owner"), RESTORE, package))["__typename"] == "RestorePackagePayload"


async def test_deleting_and_restoring_at_once_leaves_one_of_both(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database)
    administrator = await client.sign_in("root")
    # when
    await asyncio.gather(*(change(administrator, each, package) for each in (DELETE, RESTORE) * 5))
    # then the log tells what is the case
    deleted = len(await events(database, EventType.PACKAGE_DELETED))
    restored = len(await events(database, EventType.PACKAGE_RESTORED))
    is_deleted = (await row_of(database, package)).deleted_at is not None
    assert deleted - restored == int(is_deleted)
