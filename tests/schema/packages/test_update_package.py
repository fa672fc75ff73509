"""Changing what is said of packages."""

from typing import Any

import pytest

from app.db.session import Database
from app.db.tables import Package
from app.enums import EventType, Visibility
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.changes import UPDATE, change, row_of
from tests.schema.published import events

SAID = {
    "description": "A bear.",
    "author": "Ada",
    "license": "apache-2.0",
    "sourceUrl": "https://models.example/bert",
    "datasetUrl": "https://data.example/bert",
    "repositoryUrl": "https://code.example/bert",
    "isSensitive": True,
}


async def own_package(client: Client, database: Database, **more: Any) -> tuple[Client, Package]:
    ada = await factories.make_user(database, "ada")
    return await client.sign_in("ada"), await factories.make_package(database, uploaded_by=ada, **more)


async def test_everything_said_can_be_said_anew(client: Client, database: Database) -> None:
    # given
    publisher, package = await own_package(client, database, description="A cat.")
    before = await row_of(database, package)
    # when
    changed = (await change(publisher, UPDATE, package, **SAID, accessControlScript="true"))["package"]
    # then
    assert {name: changed[name] for name in SAID} == SAID | {"license": "Apache-2.0"}
    row = await row_of(database, package)
    assert (row.access_control_script, row.updated_by_id) == ("true", package.uploaded_by_id)
    assert row.updated_at > before.updated_at
    # and nothing of what was published
    for name in ("name", "version", "version_key", "sha256", "s3_key", "file_size_bytes", "uploaded_at", "status"):
        assert getattr(row, name) == getattr(before, name), name
    # and the record tells old and new, but not the script
    (event,) = await events(database, EventType.PACKAGE_UPDATED)
    changes = event.payload["changes"]
    assert changes["description"] == {"old": "A cat.", "new": "A bear."}
    assert changes["license"] == {"old": "MIT", "new": "Apache-2.0"}
    assert changes["isSensitive"] == {"old": False, "new": True}
    assert changes["accessControlScript"] == {"old": None, "new": "(not shown)"}
    assert set(changes) == {*SAID, "accessControlScript"}


async def test_absent_stays_and_null_takes_away(client: Client, database: Database) -> None:
    # given
    publisher, package = await own_package(client, database, description="A cat.", author="Bob")
    # when
    changed = (await change(publisher, UPDATE, package, author=None))["package"]
    # then
    assert (changed["description"], changed["author"], changed["license"]) == ("A cat.", None, "MIT")


async def test_what_comes_to_the_same_is_no_change(client: Client, database: Database) -> None:
    # given
    publisher, package = await own_package(client, database, description="A cat.")
    before = await row_of(database, package)
    # when
    await change(publisher, UPDATE, package)
    await change(publisher, UPDATE, package, description="A cat.", license="mit", visibility="PUBLIC", project=None)
    # then
    assert await row_of(database, package) == before
    assert await events(database, EventType.PACKAGE_UPDATED) == []


async def test_all_that_is_wrong_is_said_at_once(client: Client, database: Database) -> None:
    # given
    publisher, package = await own_package(client, database)
    before = await row_of(database, package)
    # when
    refused = await change(
        publisher,
        UPDATE,
        package,
        description="x" * 10_001,
        author="a\x07",
        license="!!!",
        sourceUrl="javascript:alert(1)",
        visibility="PROJECT",
        accessControlScript="true",
    )
    # then
    assert sorted(issue["path"][1] for issue in refused["issues"]) == [
        *("accessControlScript", "author", "description", "license", "project", "sourceUrl", "visibility")
    ]
    assert await row_of(database, package) == before


async def test_a_script_goes_before_sensitivity_does(client: Client, database: Database) -> None:
    # given
    publisher, package = await own_package(client, database, is_sensitive=True, access_control_script="true")
    # when
    refused = await change(publisher, UPDATE, package, isSensitive=False)
    fine = await change(publisher, UPDATE, package, isSensitive=False, accessControlScript=None)
    # then
    assert refused["path"] == ["input", "accessControlScript"]
    assert fine["package"]["isSensitive"] is False


@pytest.mark.parametrize("argument", ["visibility", "isSensitive"])
async def test_what_always_is_something_cannot_be_null(client: Client, database: Database, argument: str) -> None:
    # given
    publisher, package = await own_package(client, database)
    # when
    answer = await publisher.execute(UPDATE, input={"packageId": encode_id("pkg", package.id), argument: None})
    # then
    assert len(answer.errors) == 1
    assert await events(database, EventType.PACKAGE_UPDATED) == []


async def test_only_who_manages_the_organization_changes_who_sees_a_package(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database)
    ada, owner = await factories.make_user(database, "ada"), await factories.make_user(database, "owner")
    await factories.make_membership(database, lab, ada)
    await factories.make_membership(database, lab, owner, "OWNER")
    package = await factories.make_package(
        database, uploaded_by=ada, organization=lab, visibility=Visibility.ORGANIZATION
    )
    # when
    refused = await change(await client.sign_in("ada"), UPDATE, package, visibility="PUBLIC", description="Open.")
    # then nothing of it was done
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", ["input", "visibility"])
    row = await row_of(database, package)
    assert (row.visibility, row.description) == (Visibility.ORGANIZATION, None)
    # when
    changed = await change(await client.sign_in("owner"), UPDATE, package, visibility="PUBLIC")
    # then
    assert changed["package"]["visibility"] == "PUBLIC"


async def test_moving_needs_a_right_in_both_projects(client: Client, database: Database) -> None:
    # given a package of ada's in one project of three
    lab = await factories.make_organization(database)
    ada = await factories.make_user(database, "ada")
    await factories.make_membership(database, lab, ada)
    here, there, hidden, foreign = [
        await factories.make_project(database, organization)
        for organization in (lab, lab, lab, await factories.make_organization(database))
    ]
    await factories.make_project_member(database, there, ada, "VIEWER")
    await factories.make_project_member(database, foreign, ada, "ADMIN")
    package = await factories.make_package(database, uploaded_by=ada, organization=lab, project_id=here.id)
    publisher = await client.sign_in("ada")

    async def moved_to(project: Any) -> Any:
        return await change(publisher, UPDATE, package, project=project and encode_id("prj", project.id))

    # when / then
    assert [(await moved_to(project))["code"] for project in (hidden, foreign)] == ["NOT_FOUND"] * 2
    assert (await moved_to(there))["code"] == "FORBIDDEN"
    assert (await moved_to(None))["code"] == "FORBIDDEN"
    # when she may publish there, but not here
    await factories.make_project_member(database, hidden, ada, "EDITOR")
    assert (await moved_to(hidden))["code"] == "FORBIDDEN"
    assert (await row_of(database, package)).project_id == here.id
    # when she may in both
    await factories.make_project_member(database, here, ada, "EDITOR")
    moved = await moved_to(hidden)
    # then
    assert moved["package"]["project"] == {"slug": hidden.slug}
    (event,) = await events(database, EventType.PACKAGE_UPDATED)
    old, new = encode_id("prj", here.id), encode_id("prj", hidden.id)
    assert (event.project_id, event.payload["changes"]) == (hidden.id, {"projectId": {"old": old, "new": new}})


async def test_only_who_manages_a_package_changes_it(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database)
    await factories.make_membership(database, lab, await factories.make_user(database, "member"))
    await factories.make_user(database, "outsider")
    package = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    # when / then
    assert (await change(client, UPDATE, package, author="Me"))["code"] == "UNAUTHENTICATED"
    assert (await change(await client.sign_in("member"), UPDATE, package, author="Me"))["code"] == "FORBIDDEN"
    assert (await change(await client.sign_in("outsider"), UPDATE, package, author="Me"))["code"] == "NOT_FOUND"
    assert (await row_of(database, package)).author is None
