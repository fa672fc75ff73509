"""Having a package scored again."""

import pytest

from app.db.session import Database
from app.enums import EventType, OrganizationRole, Visibility
from tests import factories
from tests.schema.client import Client
from tests.schema.published import events, package_id, publish_archive

SCORE = """
mutation ($input: ScorePackageInput!) {
  scorePackage(input: $input) {
    __typename
    ... on ScorePackagePayload {
      package { scores { netScore scoredAt licenseScore metrics { name value reason confidence latencyMs } } }
    }
    ... on Error { code message path }
    ... on LimitExceeded { retryAfterSeconds }
  }
}
"""


async def score(client, package):
    return (await client.execute(SCORE, input={"packageId": package_id(package)}))["scorePackage"]


async def test_the_answer_has_the_new_scores(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_upload=True)
    key = await publish_archive(client.services, ada)
    signed_in = await client.sign_in("ada")
    # when
    first = (await score(signed_in, key))["package"]["scores"]
    second = (await score(signed_in, key))["package"]["scores"]
    # then
    assert len(first["metrics"]) == 11
    assert first["netScore"] == second["netScore"] > 0
    assert first["licenseScore"] == next(m["value"] for m in first["metrics"] if m["name"] == "license_score")
    assert second["scoredAt"] > first["scoredAt"]
    # and both are told, with who asked
    found = await events(database, EventType.PACKAGE_SCORED)
    assert [event.actor_id for event in found] == [ada.id, ada.id]
    assert found[0].ip_address == signed_in.origin.ip_address


@pytest.mark.parametrize(
    ("username", "code"), [("owner", None), ("manager", None), ("root", None), ("member", "FORBIDDEN")]
)
async def test_those_who_manage_the_package_may(client: Client, database: Database, username: str, code) -> None:
    # given
    organization = await factories.make_organization(database)
    package = await factories.make_package(database, organization=organization)
    for name, role in (("owner", "OWNER"), ("manager", "ADMIN"), ("member", "MEMBER")):
        user = await factories.make_user(database, name)
        await factories.make_membership(database, organization, user, OrganizationRole[role])
    await factories.make_user(database, "root", is_admin=True)
    # when
    answer = await score(await client.sign_in(username), package)
    # then
    assert answer.get("code") == code
    assert len(await events(database, EventType.PACKAGE_SCORED)) == (code is None)


async def test_without_a_token_nothing_is_scored(client: Client, database: Database) -> None:
    package = await factories.make_package(database)
    assert (await score(client, package))["code"] == "UNAUTHENTICATED"
    assert await events(database, EventType.PACKAGE_SCORED) == []


async def test_what_is_invisible_is_not_found(client: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    hidden = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    user = await factories.make_user(database, "ada")
    ada = await client.sign_in("ada")
    # when
    answers = [await score(ada, package) for package in (hidden, user)]
    # then
    assert answers[0]["code"] == "NOT_FOUND"
    assert answers[0] == answers[1]


async def test_who_asks_too_often_is_told_to_wait(client: Client, database: Database) -> None:
    # given
    client.services.settings.scorings_per_minute = 1
    ada = await factories.make_user(database, "ada")
    package = await factories.make_package(database, uploaded_by=ada)
    signed_in = await client.sign_in("ada")
    await score(signed_in, package)
    # when
    refused = await score(signed_in, package)
    # then
    assert (refused["__typename"], refused["code"]) == ("LimitExceeded", "LIMIT_EXCEEDED")
    assert 0 < refused["retryAfterSeconds"] <= 60
    assert len(await events(database, EventType.PACKAGE_SCORED)) == 1
