"""Downloads over time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.base import utc_now
from app.db.buckets import bucket_after, bucket_start
from app.db.session import Database
from app.enums import TimeBucket, Visibility
from tests import factories
from tests.schema.client import Client
from tests.schema.published import package_id

SERIES = """
query ($id: ID!, $bucket: TimeBucket!, $from: DateTime!, $to: DateTime) {
  node(id: $id) { ... on Package { downloadSeries(bucket: $bucket, from: $from, to: $to) { at count } } }
}
"""


async def answer(client, package, bucket, start, end=None):
    variables = {"id": package_id(package), "bucket": bucket, "from": start, "to": end}
    return await client.execute(SERIES, variables)


async def series(client, package, bucket, start, end=None):
    found = (await answer(client, package, bucket, start, end))["node"]["downloadSeries"]
    return [(row["at"].removesuffix(":00:00+00:00"), row["count"]) for row in found]


@pytest.fixture
async def grace(client: Client, database: Database) -> Client:
    await factories.make_user(database, "grace")
    return await client.sign_in("grace")


@pytest.fixture
async def package(database: Database):
    """Downloaded around the turn of January 2026, the last moment of a Sunday and the first of a Monday among them."""
    package, other = await factories.make_package(database), await factories.make_package(database)
    moments = [
        datetime(2025, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
        datetime(2026, 1, 1, 2, 0, tzinfo=UTC),
        datetime(2026, 1, 4, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 1, 5, tzinfo=UTC),
        datetime(2026, 2, 28, 12, tzinfo=UTC),
    ]
    for moment in moments:
        await factories.make_download(database, package, requested_at=moment)
        await factories.make_download(database, package, requested_at=moment, access_granted=False)
        await factories.make_download(database, other, requested_at=moment)
    return package


async def test_hours(grace: Client, package) -> None:
    found = await series(grace, package, "HOUR", "2025-12-31T23:30:00Z", "2026-01-01T03:00:00Z")
    assert found == [
        ("2025-12-31T23", 1),
        ("2026-01-01T00", 2),
        ("2026-01-01T01", 0),
        ("2026-01-01T02", 1),
    ]


async def test_days_are_whole_and_gaps_are_filled(grace: Client, package) -> None:
    found = await series(grace, package, "DAY", "2025-12-31T18:00:00Z", "2026-01-05T00:00:01Z")
    assert found == [
        ("2025-12-31T00", 1),
        ("2026-01-01T00", 3),
        ("2026-01-02T00", 0),
        ("2026-01-03T00", 0),
        ("2026-01-04T00", 1),
        ("2026-01-05T00", 1),
    ]


async def test_the_end_is_exclusive(grace: Client, package) -> None:
    found = await series(grace, package, "DAY", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z")
    assert found == [("2026-01-04T00", 1)]


async def test_weeks_begin_on_monday(grace: Client, package) -> None:
    found = await series(grace, package, "WEEK", "2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z")
    assert found == [("2025-12-29T00", 5), ("2026-01-05T00", 1), ("2026-01-12T00", 0)]


async def test_months(grace: Client, package) -> None:
    found = await series(grace, package, "MONTH", "2025-12-15T00:00:00Z", "2026-03-01T00:00:00Z")
    assert found == [("2025-12-01T00", 1), ("2026-01-01T00", 5), ("2026-02-01T00", 1)]


async def test_other_zones_are_moments_of_utc(grace: Client, package) -> None:
    found = await series(grace, package, "HOUR", "2026-01-01T05:00:00+05:00", "2026-01-01T06:00:00+05:00")
    assert found == [("2026-01-01T00", 2)]


async def test_without_an_end_the_series_goes_up_to_now(grace: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    await factories.make_download(database, package)
    start = (utc_now() - timedelta(days=2)).isoformat()
    # when it ends nowhere, or in the future
    open_end = await series(grace, package, "DAY", start)
    future = await series(grace, package, "DAY", start, "9999-12-31T23:59:59Z")
    # then the days run up to the present one, the download in one of the last two (midnight may have passed)
    assert sum(count for _, count in open_end[-2:]) == 1
    assert len(open_end) in (3, 4)
    assert future == open_end


@pytest.mark.parametrize(
    ("bucket", "start", "end", "path"),
    [
        ("DAY", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", ["from"]),
        ("DAY", "9999-12-31T23:59:59Z", None, ["from"]),
        ("DAY", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ["bucket"]),
        ("HOUR", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", ["bucket"]),
    ],
)
async def test_impossible_bounds_are_invalid(grace: Client, package, bucket, start, end, path) -> None:
    refused = await answer(grace, package, bucket, start, end)
    assert refused.code == "INVALID_INPUT"
    assert [issue["path"] for issue in refused.errors[0]["extensions"]["issues"]] == [tuple(path)]


async def test_the_series_of_what_is_invisible_is_invisible(grace: Client, database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    hidden = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    # when
    found = await answer(grace, hidden, "DAY", "2026-01-01T00:00:00Z")
    # then
    assert found["node"] is None


async def test_a_series_costs_what_it_may_hold(grace: Client) -> None:
    # given a query for so many series that they would be too many objects
    query = """{ packages(first: 1000) { nodes { downloadSeries(from: "2026-01-01T00:00:00Z") { at } } } }"""
    # when
    refused = await grace.execute(query)
    # then
    assert "cost" in refused.errors[0]["message"]


@given(
    st.sampled_from(TimeBucket),
    st.datetimes(datetime(1, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)),
)
def test_a_moment_lies_in_its_bucket(bucket: TimeBucket, moment: datetime) -> None:
    start = bucket_start(bucket, moment)
    assert start <= moment < bucket_after(bucket, start)
    assert bucket_start(bucket, start) == start
    assert bucket_start(bucket, bucket_after(bucket, start)) == bucket_after(bucket, start)
