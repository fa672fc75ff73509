"""Buckets of time: where they begin, in Python and in SQL. All are of UTC; weeks begin on Monday (ISO 8601)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func

from app.enums import TimeBucket

MOST_BUCKETS = 1000
"""How many buckets one series may have: nearly three years of days, or six weeks of hours."""


def bucket_start(bucket: TimeBucket, moment: datetime) -> datetime:
    """Where the bucket begins that holds the moment."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    match bucket:
        case TimeBucket.HOUR:
            return hour
        case TimeBucket.DAY:
            return hour.replace(hour=0)
        case TimeBucket.WEEK:
            return hour.replace(hour=0) - timedelta(days=hour.weekday())
        case TimeBucket.MONTH:
            return hour.replace(hour=0, day=1)


def bucket_after(bucket: TimeBucket, start: datetime) -> datetime:
    """Where the bucket begins that follows the one beginning at `start`."""
    match bucket:
        case TimeBucket.HOUR:
            return start + timedelta(hours=1)
        case TimeBucket.DAY:
            return start + timedelta(days=1)
        case TimeBucket.WEEK:
            return start + timedelta(weeks=1)
        case TimeBucket.MONTH:
            return bucket_start(bucket, start + timedelta(days=31))


def bucket_of(dialect: str, bucket: TimeBucket, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """Where the bucket begins that holds the column's moment; to be read with `bucket_moment`."""
    if dialect == "postgresql":
        return func.date_trunc(bucket.value.lower(), moment, "UTC")
    match bucket:
        case TimeBucket.HOUR:
            return func.strftime("%Y-%m-%d %H:00:00", moment)
        case TimeBucket.DAY:
            return func.date(moment)
        case TimeBucket.WEEK:
            return func.date(moment, "weekday 0", "-6 days")  # the Sunday on or after the day, and its Monday
        case TimeBucket.MONTH:
            return func.strftime("%Y-%m-01", moment)


def bucket_moment(value: datetime | str) -> datetime:
    """The moment that the database gave for a bucket; SQLite gives text without a zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
