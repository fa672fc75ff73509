"""Following the event log in a subscription, for as long as the viewer's credential is good."""

from collections.abc import AsyncIterator, Collection
from typing import Annotated

import strawberry

from app.db.repositories.events import EventRow
from app.enums import EventType
from app.events.cursor import parse_cursor
from schema.context import Info

After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last event received; absent or null: only what happens from now on."
    ),
]
CURSOR = "The event's place in the log, to go on after it when the connection was lost."


async def follow(info: Info, types: Collection[EventType] | None, after: str | None) -> AsyncIterator[EventRow]:
    """Events of these types (None: of all) in order, none missed and none twice.

    Each is given under the viewer's present rights, with nothing remembered from before. Raises Unauthenticated for a
    stranger, and once the credential is no longer good; InvalidInput for an unknown cursor.
    """
    context = info.context
    context.viewer.require_signed_in()
    cursor = parse_cursor(after) if after else None
    async with context.services.tail.subscribe(after=cursor, types=types) as rows:
        async for row in rows:
            await context.renew()
            yield row
