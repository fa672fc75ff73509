"""Rating a package."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import select

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Package, Rating
from app.enums import EventType, Visibility
from app.services.ratings import LONGEST_REVIEW
from tests import factories
from tests.schema.client import Client
from tests.schema.published import events, package_id

RATE = """
mutation ($input: RatePackageInput!) {
  ratePackage(input: $input) {
    __typename
    ... on RatePackagePayload {
      package {
        updatedAt
        rating { average count histogram { stars count } viewerStars }
        ratings(first: 10) { totalCount nodes { id stars review user { username } createdAt updatedAt } }
      }
    }
    ... on Error { code message path }
    ... on InvalidInput { issues { path message } }
  }
}
"""


async def rate(client, package, stars, **more):
    return (await client.execute(RATE, input={"packageId": package_id(package), "stars": stars, **more}))["ratePackage"]


async def raters(client, database, *names):
    for name in names:
        await factories.make_user(database, name)
    return [await client.sign_in(name) for name in names]


async def rows(database):
    async with database.read() as connection:
        return list((await connection.execute(select(Rating.__table__).order_by(Rating.id))).all())


async def test_ratings_are_averaged_and_counted(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    before = utc_now()
    ada, grace, lin = await raters(client, database, "ada", "grace", "lin")
    # when
    await rate(ada, package, 5, review="Works.")
    await rate(grace, package, 2)
    rated = (await rate(lin, package, 2))["package"]
    # then
    assert rated["rating"]["average"] == pytest.approx(3.0)
    assert (rated["rating"]["count"], rated["rating"]["viewerStars"]) == (3, 2)
    histogram = {row["stars"]: row["count"] for row in rated["rating"]["histogram"]}
    assert histogram == {5: 1, 4: 0, 3: 0, 2: 2, 1: 0}
    # and the newest comes first, each with who gave it
    found = [(row["user"]["username"], row["stars"], row["review"]) for row in rated["ratings"]["nodes"]]
    assert found == [("lin", 2, None), ("grace", 2, None), ("ada", 5, "Works.")]
    # and the package's own figures, which lists are ordered by, agree; rating is no edit of the package
    async with database.read() as connection:
        columns = (Package.rating_count, Package.rating_average)
        assert tuple((await connection.execute(select(*columns).where(Package.id == package.id))).one()) == (3, 3.0)
    assert datetime.fromisoformat(rated["updatedAt"]) < before


async def test_rating_again_replaces(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    (ada,) = await raters(client, database, "ada")
    first = (await rate(ada, package, 1, review="Broken."))["package"]["ratings"]["nodes"][0]
    # when
    again = (await rate(ada, package, 4))["package"]
    # then the review went with the old stars
    assert again["rating"] | {"histogram": None} == {"average": 4, "count": 1, "viewerStars": 4, "histogram": None}
    (row,) = again["ratings"]["nodes"]
    assert (row["id"], row["createdAt"], row["review"]) == (first["id"], first["createdAt"], None)
    assert row["updatedAt"] > first["updatedAt"]
    # and both are in the event log
    one, other = await events(database, EventType.PACKAGE_RATED)
    assert (one.payload["stars"], one.payload["previousStars"]) == (1, None)
    assert (other.payload["stars"], other.payload["previousStars"]) == (4, 1)
    assert one.entity_id == str(package.id)


async def test_many_ratings_of_one_user_at_once_leave_one(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    (ada,) = await raters(client, database, "ada")
    # when
    answers = await asyncio.gather(*(rate(ada, package, 1 + number % 5) for number in range(15)))
    # then
    assert {answer["__typename"] for answer in answers} == {"RatePackagePayload"}
    (row,) = await rows(database)
    async with database.read() as connection:
        columns = (Package.rating_count, Package.rating_average)
        assert tuple((await connection.execute(select(*columns).where(Package.id == package.id))).one()) == (
            1,
            float(row.stars),
        )


async def test_a_rating_is_found_by_its_id(client: Client, database: Database) -> None:
    # given a rating of a package that not everybody sees
    organization = await factories.make_organization(database)
    ada = await factories.make_user(database, "ada")
    await factories.make_membership(database, organization, ada)
    package = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    (outsider,) = await raters(client, database, "grace")
    insider = await client.sign_in("ada")
    found = (await rate(insider, package, 3))["package"]["ratings"]["nodes"][0]
    # when
    query = "query ($id: ID!) { node(id: $id) { ... on Rating { stars } } }"
    answers = [(await somebody.execute(query, id=found["id"]))["node"] for somebody in (insider, outsider)]
    # then
    assert answers == [{"stars": 3}, None]


@pytest.mark.parametrize("stars", [0, 6, -1, 2**31 - 1])
async def test_stars_beyond_five_are_invalid(client: Client, database: Database, stars: int) -> None:
    # given
    package = await factories.make_package(database)
    (ada,) = await raters(client, database, "ada")
    # when
    refused = await rate(ada, package, stars, review="x" * (LONGEST_REVIEW + 1))
    # then all that is wrong is said at once
    assert refused["code"] == "INVALID_INPUT"
    assert [issue["path"] for issue in refused["issues"]] == [["input", "stars"], ["input", "review"]]
    assert await rows(database) == []


async def test_without_a_token_nothing_is_rated(client: Client, database: Database) -> None:
    package = await factories.make_package(database)
    assert (await rate(client, package, 5))["code"] == "UNAUTHENTICATED"
    assert await rows(database) == []


async def test_the_permission_is_needed(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    await factories.make_user(database, "ada", can_rate=False)
    # when
    refused = await rate(await client.sign_in("ada"), package, 5)
    # then
    assert (refused["code"], "can_rate" in refused["message"]) == ("FORBIDDEN", True)
    assert await rows(database) == []


async def test_what_is_invisible_is_not_found(client: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    hidden = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    (ada,) = await raters(client, database, "ada")
    user = await factories.make_user(database)
    # when
    answers = [await rate(ada, package, 5) for package in (hidden, user)]
    # then
    assert [answer["code"] for answer in answers] == ["NOT_FOUND"] * 2
    assert answers[0] == answers[1] | {"path": ["input", "packageId"]}
