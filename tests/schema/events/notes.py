"""Events for tests."""

from typing import Any

from app.db.session import Database
from app.enums import EventType
from app.events.log import Origin, append
from tests.schema.client import HERE


async def note(
    database: Database,
    type: EventType,
    entity: Any,
    *,
    actor: Any = None,
    origin: Origin | None = HERE,
    payload: dict[str, Any] | None = None,
    **places: Any,
) -> None:
    """Append an event about a row."""
    async with database.write() as session:
        await append(
            session,
            type,
            actor_id=actor.id if actor else None,
            entity_type=entity.__class__.__name__,
            entity_id=entity.id,
            organization_id=places.get("organization_id", getattr(entity, "organization_id", None)),
            project_id=places.get("project_id", getattr(entity, "project_id", None)),
            payload=payload,
            origin=origin,
        )
