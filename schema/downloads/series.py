"""A package's downloads over time, as one declared field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.base import utc_now
from app.db.buckets import MOST_BUCKETS, bucket_after, bucket_start
from app.db.readers import Reader
from app.db.repositories.downloads import SeriesKey, SeriesRequest
from app.enums import TimeBucket
from app.errors import InvalidInput, Issue
from schema.core.lookups import argument, lookup


def series_request(arguments: Mapping[str, Any]) -> SeriesRequest:
    """The buckets that a field's arguments name, whole ones on both ends. Raises InvalidInput for impossible ones."""
    bucket, start, end = arguments["bucket"], arguments["from_"], arguments.get("to") or utc_now()
    end = min(end, utc_now())  # nothing was downloaded in the future
    if start >= end:
        raise InvalidInput([Issue(("from",), "`from` must lie in the past, and before `to`.")])
    first = bucket_start(bucket, start)
    last_end = bucket_start(bucket, end)
    if last_end < end:  # else `to` is where a bucket begins, which is not wanted any more
        last_end = bucket_after(bucket, last_end)
    if (last_end - first) / (bucket_after(bucket, first) - first) > MOST_BUCKETS:
        message = f"A series has at most {MOST_BUCKETS} buckets: choose a longer `bucket` or a later `from`."
        raise InvalidInput([Issue(("bucket",), message)])
    return SeriesRequest(bucket, first, last_end)


def _series_key(package_id: UUID, arguments: Mapping[str, Any], context: Any) -> SeriesKey:
    return SeriesKey(package_id, series_request(arguments))


def series(reader: Reader, *, description: str) -> Any:
    """Declare a field of counts in buckets of time, which `reader` gives for the parent's id and the arguments."""
    return lookup(
        reader,
        _series_key,
        column="id",
        arguments=(
            argument("bucket", TimeBucket, "The span of each count.", default=TimeBucket.DAY),
            argument("from_", datetime, "The first span is the one that holds this moment.", graphql_name="from"),
            argument("to", datetime | None, "The last span ends here or later; absent or null: now."),
        ),
        description=description,
    )
