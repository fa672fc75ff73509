"""Releasing quarantined packages."""

from app.db.session import Database
from app.enums import EventType, PackageStatus, Visibility
from schema.context import Services
from tests import factories
from tests.archives.builders import make_zip
from tests.schema.client import Client
from tests.schema.packages.changes import RELEASE, change, row_of
from tests.schema.published import events, package_id, publish_archive

DOWNLOAD = "mutation ($id: ID!) { requestDownload(input: {packageId: $id}) { __typename } }"
NEWEST = '{ package(name: "tiny") { version } }'
DANGEROUS = make_zip({"model.pkl": b"cos\nsystem\n(S'true'\ntR."})


async def test_a_released_package_can_be_downloaded(client: Client, services: Services, database: Database) -> None:
    # given
    root = await factories.make_user(database, "root", is_admin=True)
    package = await publish_archive(services, root, DANGEROUS)
    administrator = await client.sign_in("root")
    refused = await administrator.execute(DOWNLOAD, id=package_id(package))
    assert refused["requestDownload"]["__typename"] == "Forbidden"
    assert (await administrator.execute(NEWEST))["package"] is None
    # when
    released = (await change(administrator, RELEASE, package, reason=" We wrote it. "))["package"]
    # then
    assert released["status"] == released["scan"]["status"] == "READY"
    assert released["scan"]["release"]["reason"] == "We wrote it."
    granted = await administrator.execute(DOWNLOAD, id=package_id(package))
    assert granted["requestDownload"]["__typename"] == "RequestDownloadPayload"
    assert (await administrator.execute(NEWEST))["package"] == {"version": "1.0.0"}
    (event,) = await events(database, EventType.PACKAGE_RELEASED)
    assert (event.entity_id, event.actor_id) == (str(package), root.id)
    assert event.payload == {"name": "tiny", "version": "1.0.0", "reason": "We wrote it."}


async def test_what_is_not_quarantined_is_not_released(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database)
    # when
    refused = await change(await client.sign_in("root"), RELEASE, package, reason="Fine.")
    # then
    assert refused["code"] == "CONFLICT"
    assert (await row_of(database, package)).released_at is None


async def test_a_reason_is_needed(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(database, status=PackageStatus.QUARANTINED)
    # when
    refused = await change(await client.sign_in("root"), RELEASE, package, reason="\n ")
    # then
    assert [issue["path"] for issue in refused["issues"]] == [["input", "reason"]]
    assert (await row_of(database, package)).status == PackageStatus.QUARANTINED


async def test_only_administrators_release(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database)
    owner = await factories.make_user(database, "owner")
    await factories.make_membership(database, lab, owner, "OWNER")
    await factories.make_user(database, "root", is_admin=True)
    package = await factories.make_package(
        database,
        uploaded_by=owner,
        organization=lab,
        status=PackageStatus.QUARANTINED,
        visibility=Visibility.ORGANIZATION,
    )
    # when
    nobody = await change(client, RELEASE, package, reason="Fine.")
    manager = await change(await client.sign_in("owner"), RELEASE, package, reason="Fine.")
    of_nothing = await change(await client.sign_in("root"), RELEASE, owner, reason="Fine.")
    # then
    assert [each["code"] for each in (nobody, manager, of_nothing)] == ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"]
    assert (await row_of(database, package)).status == PackageStatus.QUARANTINED
    assert await events(database, EventType.PACKAGE_RELEASED) == []
