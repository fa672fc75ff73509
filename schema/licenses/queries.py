"""Checking licences from the root."""

from typing import Annotated

import strawberry

from app.enums import Permission
from app.services.licenses import check_license
from schema.context import Info
from schema.licenses.inputs import LicenseCheckInput
from schema.licenses.types import LicenseCheck


@strawberry.type
class LicenseQueries:
    """Root fields about licences."""

    @strawberry.field(
        description="Whether a project under one licence may use, fine-tune or redistribute a package under another."
    )
    async def license_check(
        self,
        info: Info,
        input: Annotated[LicenseCheckInput, strawberry.argument(description="The package, the project and the use.")],
    ) -> LicenseCheck | None:
        """Null, with an error, where the package is invisible or the input invalid."""
        context = info.context
        context.require(Permission.SEARCH)
        services = context.services
        answer = await check_license(services.database, services.settings, context.viewer, input.to_request())
        return LicenseCheck.of(answer)
