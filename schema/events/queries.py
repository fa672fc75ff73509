"""Reading the event log from the root."""

import strawberry

from app.db.repositories.audit import all_events
from schema.core.connections import connection
from schema.events.inputs import EventFilter
from schema.events.types import EventConnection


@strawberry.type
class EventQueries:
    """Root fields about events."""

    events: EventConnection = connection(
        all_events,
        key=None,
        filter=EventFilter,
        description="What happened, the newest first: everything for administrators; for others what happened to what "
        "they see, as far as it is told to them. Cursors are those of subscriptions, too: they go on after one.",
    )
