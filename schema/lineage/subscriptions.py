"""Hearing of links as they are made and removed."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from app.db.repositories.audit import events_by_id
from app.db.repositories.lineage_changes import LineageChange, Link, far_ends
from app.db.repositories.packages import packages_by_id
from app.enums import EventType, LineageDirection
from app.errors import NotFound
from app.events.cursor import EventCursor
from schema.context import Info
from schema.core.following import CURSOR, After, follow
from schema.core.ids import key_of
from schema.packages.types import Package


@strawberry.type(description="A link in a package's lineage was made or removed.")
class LineageChanged:
    """An event of `lineageChanged`."""

    cursor: str = strawberry.field(description=CURSOR)
    type: EventType = strawberry.field(description="LINEAGE_LINKED or LINEAGE_UNLINKED.")
    package: Package = strawberry.field(
        description="The further end of the link: the ancestor or descendant that was won or lost by it."
    )


@strawberry.type
class LineageSubscriptions:
    """Root fields that go on telling."""

    @strawberry.subscription(
        description="Links in a package's lineage as they are made and removed, at any distance, where the viewer sees "
        "both ends."
    )
    async def lineage_changed(
        self,
        info: Info,
        package_id: Annotated[strawberry.ID, strawberry.argument(description="The package.")],
        direction: Annotated[
            LineageDirection | None, strawberry.argument(description="Which way to look; null: BOTH.")
        ] = LineageDirection.BOTH,
        after: After = None,
    ) -> AsyncIterator[LineageChanged]:
        """One event a link."""
        context = info.context
        key = key_of(Package, package_id, "packageId")
        context.viewer.require_signed_in()
        if await context.load(packages_by_id, key) is None:
            raise NotFound("There is no package with this id.", path=("packageId",))
        async for event in follow(info, {EventType.LINEAGE_LINKED, EventType.LINEAGE_UNLINKED}, after):
            if await context.load(packages_by_id, key) is None or await context.load(events_by_id, event["id"]) is None:
                continue
            place = EventCursor(event["transaction_id"], event["id"])
            change = LineageChange(key, direction or LineageDirection.BOTH, Link.of(event["payload"]), place)
            far_end = await context.load(far_ends, change)
            package = await context.load(packages_by_id, far_end) if far_end is not None else None
            if package is not None:
                yield LineageChanged(cursor=event["cursor"], type=event["type"], package=Package.from_row(package))
