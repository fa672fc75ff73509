"""What became of the demo's packages after they were published."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.demo.accounts import Team
from app.demo.package import DATA_SCIENTIST
from app.events.log import Origin
from app.services.aliases import set_package_alias
from app.services.package_life import deprecate_package


async def live_on(session: AsyncSession, origin: Origin, team: Team, ids: Mapping[str, UUID]) -> None:
    """`production` moves from the first tiny-bert to the second, and the first is deprecated.

    `ids` are the packages' by `name@version`.
    """
    old, new = "tiny-bert@1.0.0", "tiny-bert@1.1.0"
    publisher = team.viewers[DATA_SCIENTIST]
    for key in (old, new):
        await set_package_alias(session, publisher, origin, ids[key], "production")
    await deprecate_package(session, publisher, origin, ids[old], "Use 1.1.0: its perplexity is lower.")
