"""Which events are wanted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from app.db.repositories.audit import EVENT_FILTERS
from app.enums import EntityType, EventType
from app.errors import InvalidInput, Issue
from app.public_ids import TAGS
from schema.core.connections import Filter
from schema.core.ids import decode_id

_NOT_FILTERED = " Absent or null: not filtered."
_TYPES_BY_TAG = {TAGS[each.value]: each for each in EntityType}


@strawberry.input(description="Which events; all that is given must hold.")
class EventFilter(Filter):
    """Each field is one of the reader's filters."""

    NAMES: ClassVar[frozenset[str]] = frozenset(EVENT_FILTERS)

    types: list[EventType] | None = strawberry.field(
        default=None, description="By what happened: any of these." + _NOT_FILTERED
    )
    actor: strawberry.ID | None = strawberry.field(default=None, description="By who did it." + _NOT_FILTERED)
    entity_type: EntityType | None = strawberry.field(
        default=None, description="By the kind of thing it happened to." + _NOT_FILTERED
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="By the id of what it happened to." + _NOT_FILTERED
    )
    organization: str | None = strawberry.field(
        default=None, description="By the slug of the organization it happened in." + _NOT_FILTERED
    )
    from_: datetime | None = strawberry.field(
        name="from", default=None, description="At this moment or later." + _NOT_FILTERED
    )
    to: datetime | None = strawberry.field(default=None, description="Before this moment." + _NOT_FILTERED)

    def criteria(self) -> Sequence[tuple[str, Any]]:
        """The filters that are set, in a fixed order. Raises InvalidInput for ids of nothing that events are about."""
        found: dict[str, Any] = {
            "types": tuple(each.value for each in self.types) if self.types is not None else None,
            "actor": _actor(self.actor) if self.actor is not None else None,
            "entity_type": self.entity_type.value if self.entity_type is not None else None,
            "entity_id": _entity(self.entity_id) if self.entity_id is not None else None,
            "organization": self.organization,
            "from": self.from_,
            "to": self.to,
        }
        return [(name, value) for name, value in found.items() if value is not None]


def _actor(value: strawberry.ID) -> UUID:
    decoded = decode_id(str(value))
    if decoded is None or decoded[0] != TAGS["User"] or not isinstance(decoded[1], UUID):
        raise InvalidInput([Issue(("filter", "actor"), "`actor` is not the id of a user.")])
    return decoded[1]


def _entity(value: strawberry.ID) -> str:
    """The key as the log has it; keys are unique over all types."""
    decoded = decode_id(str(value))
    if decoded is None or decoded[0] not in _TYPES_BY_TAG:
        raise InvalidInput(
            [Issue(("filter", "entityId"), "`entityId` is not the id of anything that events are about.")]
        )
    return str(decoded[1])
