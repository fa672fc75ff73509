"""Deprecating packages, and taking it back."""

from app.db.session import Database
from app.enums import EventType, Visibility
from app.services.package_life import LONGEST_REASON
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.changes import DEPRECATE, UNDEPRECATE, change, row_of
from tests.schema.published import events

NEWEST = 'query ($name: String = "bert") { package(name: $name) { version } }'


async def test_a_deprecated_package_stays_and_is_not_the_newest_any_more(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_package(database, "bert", "1.0.0", uploaded_by=ada)
    newer = await factories.make_package(database, "bert", "2.0.0", uploaded_by=ada)
    publisher = await client.sign_in("ada")
    # when
    changed = (await change(publisher, DEPRECATE, newer, reason=" Broken: use 1.0.0. "))["package"]
    # then
    assert changed["deprecation"]["reason"] == "Broken: use 1.0.0."
    assert (await publisher.execute(NEWEST))["package"] == {"version": "1.0.0"}
    assert (await row_of(database, newer)).updated_at == newer.updated_at
    # when it is taken back
    lifted = await change(publisher, UNDEPRECATE, newer)
    # then
    assert lifted["package"] == {"deprecation": None}
    assert (await publisher.execute(NEWEST))["package"] == {"version": "2.0.0"}
    # and both are on record
    (deprecated,) = await events(database, EventType.PACKAGE_DEPRECATED)
    expected = {"name": "bert", "version": "2.0.0", "reason": "Broken: use 1.0.0.", "previousReason": None}
    assert (deprecated.entity_id, deprecated.actor_id, deprecated.payload) == (str(newer.id), ada.id, expected)
    (undeprecated,) = await events(database, EventType.PACKAGE_UNDEPRECATED)
    assert undeprecated.payload["previousReason"] == "Broken: use 1.0.0."


async def test_another_reason_leaves_the_moment_and_the_same_reason_everything(
    client: Client, database: Database
) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    package = await factories.make_package(database, uploaded_by=ada)
    publisher = await client.sign_in("ada")
    first = (await change(publisher, DEPRECATE, package, reason="Old."))["package"]["deprecation"]
    # when
    await change(publisher, DEPRECATE, package, reason="Old.")
    second = (await change(publisher, DEPRECATE, package, reason="Very old."))["package"]["deprecation"]
    # then
    assert second == {"at": first["at"], "reason": "Very old."}
    found = [event.payload["previousReason"] for event in await events(database, EventType.PACKAGE_DEPRECATED)]
    assert found == [None, "Old."]


async def test_what_is_not_deprecated_stays_so(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database, uploaded_by=await factories.make_user(database, "ada"))
    # when
    answer = await change(await client.sign_in("ada"), UNDEPRECATE, package)
    # then
    assert answer["package"] == {"deprecation": None}
    assert await events(database, EventType.PACKAGE_UNDEPRECATED) == []


async def test_a_reason_is_needed(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database, uploaded_by=await factories.make_user(database, "ada"))
    publisher = await client.sign_in("ada")
    # when
    answers = [
        await change(publisher, DEPRECATE, package, reason=reason) for reason in (" ", "x" * (LONGEST_REASON + 1))
    ]
    # then
    assert [answer["code"] for answer in answers] == ["INVALID_INPUT"] * 2
    assert [issue["path"] for answer in answers for issue in answer["issues"]] == [["input", "reason"]] * 2
    assert (await row_of(database, package)).deprecated_at is None


async def test_only_who_manages_a_package_deprecates_it(client: Client, database: Database) -> None:
    # given a package in an organization
    lab = await factories.make_organization(database)
    for name, role in (("owner", "OWNER"), ("member", "MEMBER")):
        await factories.make_membership(database, lab, await factories.make_user(database, name), role)
    await factories.make_user(database, "outsider")
    package = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    # when / then
    assert (await change(client, DEPRECATE, package, reason="Old."))["code"] == "UNAUTHENTICATED"
    for name, code in (("member", "FORBIDDEN"), ("outsider", "NOT_FOUND")):
        somebody = await client.sign_in(name)
        assert (await change(somebody, DEPRECATE, package, reason="Old."))["code"] == code
        assert (await change(somebody, UNDEPRECATE, package))["code"] == code
    assert (await row_of(database, package)).deprecated_at is None
    answer = await change(await client.sign_in("owner"), DEPRECATE, package, reason="Old.")
    assert answer["__typename"] == "DeprecatePackagePayload"
