"""Hearing of events as they happen."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

import strawberry

from app.db.paging import Page, PageKey
from app.db.repositories.audit import all_events
from schema.context import Info
from schema.core.connections import page_request
from schema.core.following import CURSOR, After, follow
from schema.events.inputs import EventFilter
from schema.events.types import Event


@strawberry.type(description="Something happened.")
class EventOccurred:
    """An event of `events`."""

    cursor: str = strawberry.field(description=CURSOR)
    event: Event = strawberry.field(description="What happened.")


@strawberry.type
class EventSubscriptions:
    """Root fields that go on telling."""

    @strawberry.subscription(description="Events as they happen, those that the query `events` would tell the viewer.")
    async def events(
        self,
        info: Info,
        after: After = None,
        filter: Annotated[
            EventFilter | None, strawberry.argument(description="Which events; absent or null: not filtered.")
        ] = None,
    ) -> AsyncIterator[EventOccurred]:
        """Each event is read as the query reads it, under the viewer's present rights."""
        wanted = page_request(all_events, {"first": 1, "filter": filter}, maximum=1)
        types = set(filter.types) if filter is not None and filter.types is not None else None
        async for event in follow(info, types, after):
            request = replace(wanted, filters=(*wanted.filters, ("id", event["id"])))
            page: Page = await info.context.load(all_events, PageKey(None, request))
            for row in page.rows:
                yield EventOccurred(cursor=event["cursor"], event=Event.from_row(row))
