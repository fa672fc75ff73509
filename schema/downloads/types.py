"""Attempts to download, and how many there were over time."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.downloads import downloads_by_id
from app.db.repositories.packages import packages_by_id
from app.db.repositories.users import users_by_id
from app.enums import PackageComponent
from schema.core.connections import Connection, Edge
from schema.core.nodes import FromRow, Node
from schema.core.relations import relation

if TYPE_CHECKING:
    from schema.packages.types import Package
    from schema.users.types import User

UserRef = Annotated["User", strawberry.lazy("schema.users.types")]


@strawberry.type(description="An attempt to download a package.")
class Download(Node):
    """A row of downloads; who made it is null for those who may not know."""

    TAG = "dl"
    READER = downloads_by_id

    user: UserRef | None = relation(users_by_id, key="user_id", join=True, description="Who asked.")
    ip_address: str | None = strawberry.field(description="From which address.")
    user_agent: str | None = strawberry.field(description="With which program.")
    components: list[PackageComponent] = strawberry.field(description="Which parts; none: the whole package.")
    access_granted: bool = strawberry.field(description="Whether the download was allowed.")
    denial_reason: str | None = strawberry.field(description="Why it was refused.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    package: Annotated["Package", strawberry.lazy("schema.packages.types")] | None = relation(
        packages_by_id, key="package_id", join=True, description="What was asked for."
    )


@strawberry.type(description="A download's place in its list.")
class DownloadEdge(Edge[Download]):
    """An edge of `downloads`."""


@strawberry.type(description="One page of downloads.")
class DownloadConnection(Connection[Download, DownloadEdge]):
    """The list of `downloads`."""


@strawberry.type(description="How many downloads were granted in a span of time.")
class DownloadCount(FromRow):
    """A value of `download_series`."""

    at: datetime = strawberry.field(description="Where the span begins.")
    count: int = strawberry.field(description="How many downloads were granted in it.")
