"""Inputs of package lists."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from app.db.paging import Binds
from app.db.repositories.package_search import searched
from app.db.repositories.packages import PACKAGE_FILTERS, VERSION_INTERVALS
from app.enums import PackageKind
from app.errors import InvalidInput, Issue
from app.search import InvalidSearch, parse
from app.versions import InvalidRange, KeyInterval, parse_range
from schema.core.connections import Filter
from schema.core.enums import OrderDirection
from schema.core.ids import decode_id
from schema.core.scalars import BigInt


@strawberry.enum(description="What packages are ordered by; packages without the value come last.")
class PackageOrderField(Enum):
    """The names of `PACKAGE_ORDERS`."""

    NAME = strawberry.enum_value("NAME", description="The name.")
    UPLOADED_AT = strawberry.enum_value("UPLOADED_AT", description="When it was published.")
    NET_SCORE = strawberry.enum_value("NET_SCORE", description="The net score.")
    DOWNLOAD_COUNT = strawberry.enum_value("DOWNLOAD_COUNT", description="How many downloads were granted.")
    RATING = strawberry.enum_value("RATING", description="The average rating.")
    FILE_SIZE = strawberry.enum_value("FILE_SIZE", description="The archive's size.")
    RELEVANCE = strawberry.enum_value(
        "RELEVANCE",
        description="How well it matches `search`, which must be given: words of the name weigh most, then the "
        "description's, then the readme's.",
    )


@strawberry.input(description="An order of packages.")
class PackageOrder:
    """A field and a direction."""

    field: PackageOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="In which direction.")

    @property
    def name(self) -> str:
        """The reader's name for the order."""
        return str(self.field.value)

    @property
    def is_descending(self) -> bool:
        """Whether the largest come first."""
        return self.direction is OrderDirection.DESC


_NOT_FILTERED = " Absent or null: not filtered."


@strawberry.input(description="A condition on names, compared without case but for `exact`.")
class NameFilter:
    """All that are given must hold."""

    exact: str | None = strawberry.field(default=None, description="The whole name." + _NOT_FILTERED)
    contains: str | None = strawberry.field(default=None, description="A part of the name." + _NOT_FILTERED)
    starts_with: str | None = strawberry.field(default=None, description="The name's beginning." + _NOT_FILTERED)


@strawberry.input(description="Which packages; all that is given must hold.")
class PackageFilter(Filter):
    """Each field is one of the reader's filters."""

    NAMES: ClassVar[frozenset[str]] = frozenset(PACKAGE_FILTERS)

    search: str | None = strawberry.field(
        default=None,
        description="By words of name, description and readme, compared without case and accents: all must be there, "
        "of the last its beginning." + _NOT_FILTERED,
    )
    name: NameFilter | None = strawberry.field(default=None, description="By name." + _NOT_FILTERED)
    kind: PackageKind | None = strawberry.field(default=None, description="By kind." + _NOT_FILTERED)
    license: list[str] | None = strawberry.field(
        default=None, description="By licence: any of these SPDX expressions." + _NOT_FILTERED
    )
    organization: str | None = strawberry.field(default=None, description="By organization's slug." + _NOT_FILTERED)
    project: strawberry.ID | None = strawberry.field(default=None, description="By project's id." + _NOT_FILTERED)
    uploaded_by: strawberry.ID | None = strawberry.field(
        default=None, description="By the id of the user who published it." + _NOT_FILTERED
    )
    version: str | None = strawberry.field(
        default=None, description="By version range: 1.2.3, ^1.2, ~1.2.3, >=1.0 <2.0." + _NOT_FILTERED
    )
    min_net_score: float | None = strawberry.field(default=None, description="Net score at least." + _NOT_FILTERED)
    max_net_score: float | None = strawberry.field(default=None, description="Net score at most." + _NOT_FILTERED)
    uploaded_after: datetime | None = strawberry.field(
        default=None, description="Published at this moment or later." + _NOT_FILTERED
    )
    uploaded_before: datetime | None = strawberry.field(
        default=None, description="Published before this moment." + _NOT_FILTERED
    )
    min_parameter_count: BigInt | None = strawberry.field(
        default=None, description="At least so many parameters." + _NOT_FILTERED
    )
    max_parameter_count: BigInt | None = strawberry.field(
        default=None, description="At most so many parameters." + _NOT_FILTERED
    )
    is_sensitive: bool | None = strawberry.field(default=None, description="By sensitivity." + _NOT_FILTERED)
    include_deprecated: bool | None = strawberry.field(
        default=None, description="False: without deprecated packages." + _NOT_FILTERED
    )

    def criteria(self) -> Sequence[tuple[str, Any]]:
        """The filters that are set, in a fixed order."""
        found: dict[str, Any] = {
            "search": _searched(self.search) if self.search and self.search.strip() else None,
            "kind": self.kind,
            "license": tuple(self.license) if self.license is not None else None,
            "organization": self.organization,
            "project": _key("prj", self.project, "project"),
            "uploaded_by": _key("usr", self.uploaded_by, "uploadedBy"),
            "version": _versions(self.version) if self.version is not None else None,
            "min_net_score": self.min_net_score,
            "max_net_score": self.max_net_score,
            "uploaded_after": self.uploaded_after,
            "uploaded_before": self.uploaded_before,
            "min_parameter_count": self.min_parameter_count,
            "max_parameter_count": self.max_parameter_count,
            "is_sensitive": self.is_sensitive,
            "is_deprecated": False if self.include_deprecated is False else None,
        }
        if self.name is not None:
            found["name_exact"] = self.name.exact
            found["name_contains"] = self.name.contains or None
            found["name_starts_with"] = self.name.starts_with or None
        return [(name, value) for name, value in found.items() if value is not None]


def _searched(text: str) -> Binds:
    try:
        return searched(parse(text))
    except InvalidSearch as error:
        raise InvalidInput([Issue(("filter", "search"), f"`search` cannot be searched for: {error}")]) from None


def _versions(text: str) -> Binds:
    try:
        wanted = parse_range(text)
    except InvalidRange as error:
        raise InvalidInput([Issue(("filter", "version"), str(error))]) from None
    nothing = KeyInterval("", "")
    bounds = []
    for number in range(VERSION_INTERVALS):
        interval = wanted.intervals[number] if number < len(wanted.intervals) else nothing
        bounds += [(f"version_lower_{number}", interval.lower), (f"version_upper_{number}", interval.upper)]
    return Binds(tuple(bounds))


def _key(tag: str, value: strawberry.ID | None, field: str) -> UUID | None:
    if value is None:
        return None
    decoded = decode_id(str(value))
    if decoded is None or decoded[0] != tag or not isinstance(decoded[1], UUID):
        raise InvalidInput([Issue(("filter", field), f"`{field}` is not the id of such a thing.")])
    return decoded[1]
