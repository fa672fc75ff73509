"""Hearing of downloads as they are asked for."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from app.db.repositories.audit import events_by_id
from app.db.repositories.downloads import downloads_by_id
from app.db.repositories.packages import packages_by_id
from app.enums import EventType
from app.errors import NotFound
from schema.context import Info
from schema.core.following import CURSOR, After, follow
from schema.core.ids import decode_id, key_of
from schema.downloads.types import Download
from schema.packages.types import Package


@strawberry.type(description="Somebody asked for a package.")
class DownloadRecorded:
    """An event of `downloadRecorded`."""

    cursor: str = strawberry.field(description=CURSOR)
    download: Download = strawberry.field(description="The attempt; who made it is null for those who may not know.")
    package: Package = strawberry.field(description="The package, as it is now.")


@strawberry.type
class DownloadSubscriptions:
    """Root fields that go on telling."""

    @strawberry.subscription(
        description="Downloads of a package as they are granted, and, for who made the attempt, who manages the "
        "package and administrators, also as they are refused."
    )
    async def download_recorded(
        self,
        info: Info,
        package_id: Annotated[strawberry.ID, strawberry.argument(description="The package.")],
        after: After = None,
    ) -> AsyncIterator[DownloadRecorded]:
        """One event an attempt."""
        context = info.context
        key = key_of(Package, package_id, "packageId")
        context.viewer.require_signed_in()
        if await context.load(packages_by_id, key) is None:
            raise NotFound("There is no package with this id.", path=("packageId",))
        async for event in follow(info, {EventType.DOWNLOAD_RECORDED}, after):
            if event["entity_id"] != str(key):
                continue
            is_told = event["payload"]["accessGranted"] or await context.load(events_by_id, event["id"]) is not None
            decoded = decode_id(event["payload"]["downloadId"])
            package = await context.load(packages_by_id, key)
            if is_told and decoded is not None and package is not None:
                download = await context.load(downloads_by_id, decoded[1])
                if download is not None:
                    yield DownloadRecorded(
                        cursor=event["cursor"], download=Download.from_row(download), package=Package.from_row(package)
                    )
