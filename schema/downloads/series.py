"""A package's downloads over time, as one declared field."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from app.db.base import utc_now
from app.db.buckets import MOST_BUCKETS, bucket_after, bucket_start
from app.db.readers import Reader
from app.db.repositories.downloads import SeriesKey, SeriesRequest
from app.enums import TimeBucket
from app.errors import InvalidInput, Issue
from schema.core.relations import DECLARATION, DeclaredField


@dataclass(frozen=True, slots=True)
class Series:
    """A field read by a batch function that is asked by `SeriesKey`s: the parent's id, and what the arguments say."""

    reader: Reader


class SeriesField(DeclaredField):
    """Counts in buckets of time."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load the counts."""
        return self._load(source, info, kwargs)

    async def _load(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        key = SeriesKey(source.__dict__["id"], series_request(arguments))
        rows = await info.context.load(self.declaration.reader, key)
        return [self.target.from_row(row) for row in rows]


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


def series(reader: Reader, *, description: str) -> Any:
    """Declare a field of counts in buckets of time, which `reader` gives for the parent's id and the arguments."""
    field = SeriesField(metadata={DECLARATION: Series(reader)}, description=description)
    field.arguments = [
        _argument("bucket", "bucket", TimeBucket, "The span of each count.", default=TimeBucket.DAY),
        _argument("from_", "from", datetime, "The first span is the one that holds this moment."),
        _argument("to", "to", datetime | None, "The last span ends here or later; absent or null: now."),
    ]
    return field


def _argument(
    python_name: str, name: str, annotation: Any, description: str, default: Any = strawberry.UNSET
) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=python_name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(
            Annotated[annotation, strawberry.argument(description=description, name=name)]
        ),
        default=default,
        description=description,
    )
