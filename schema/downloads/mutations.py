"""Asking for downloads."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.enums import PackageComponent
from app.services.downloads import request_download
from schema.context import Info
from schema.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.core.ids import key_of
from schema.core.scalars import BigInt
from schema.packages.types import Package


@strawberry.input(description="What to download.")
class RequestDownloadInput:
    """A package, or parts of it."""

    package_id: strawberry.ID = strawberry.field(description="The package's id.")
    components: list[PackageComponent] | None = strawberry.field(
        default=None, description="Which parts; absent, null or empty: the whole package."
    )


@strawberry.type(description="A link to what was asked for.")
class RequestDownloadPayload:
    """See `app.services.downloads.GrantedDownload`."""

    url: str = strawberry.field(description="Where to get it, without a token, until the link expires.")
    expires_at: datetime = strawberry.field(description="When the link stops working.")
    expires_in_seconds: int = strawberry.field(description="How long the link works, in seconds.")
    components: list[PackageComponent] = strawberry.field(description="The parts that it holds.")
    file_name: str = strawberry.field(description="The name it is saved under.")
    size_bytes: BigInt = strawberry.field(description="Its size in bytes.")
    sha256: str = strawberry.field(description="Its SHA-256, in hexadecimal.")


RequestDownloadResult = Annotated[
    RequestDownloadPayload | InvalidInput | Unauthenticated | Forbidden | NotFound,
    strawberry.union("RequestDownloadResult", description="A link, or why there is none."),
]


@strawberry.type
class DownloadMutations:
    """Root fields that download."""

    @strawberry.mutation(description="A link to a package's archive. Every attempt is put on record.")
    async def request_download(
        self, info: Info, input: Annotated[RequestDownloadInput, strawberry.argument(description="What to download.")]
    ) -> RequestDownloadResult:
        """A refusal is recorded, and so committed, before it is answered."""
        context, services = info.context, info.context.services
        viewer, key = context.viewer, key_of(Package, input.package_id, "input", "packageId")
        granted = await request_download(
            services.database,
            services.store,
            services.settings,
            viewer,
            context.origin,
            key,
            input.components or (),
            base_url=context.base_url,
        )
        context.forget()
        return RequestDownloadPayload(
            url=granted.url,
            expires_at=granted.expires_at,
            expires_in_seconds=granted.expires_in_seconds,
            components=list(granted.components),
            file_name=granted.file_name,
            size_bytes=BigInt(granted.size_bytes),
            sha256=granted.sha256,
        )
