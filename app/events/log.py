"""Appending to the event log, in the transaction that makes the change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.repositories import events
from app.enums import EventType

HAS_APPENDED = "has_appended_events"
"""The key in a session's `info` that tells, once it has committed, that there is something new to read."""

MAX_USER_AGENT_LENGTH = 512


@dataclass(frozen=True)
class Origin:
    """Where a request came from."""

    ip_address: str | None
    user_agent: str | None


async def append(
    session: AsyncSession,
    type: EventType,
    *,
    actor_id: UUID | None,
    entity_type: str,
    entity_id: UUID | int | str,
    organization_id: UUID | None = None,
    project_id: UUID | None = None,
    payload: Mapping[str, Any] | None = None,
    origin: Origin | None = None,
) -> None:
    """Record what happened; it becomes an event when the session's transaction commits, and never otherwise.

    `payload` says what changed. UUIDs, moments, enums and dataclasses in it are stored as the text or object that JSON
    has for them; raises TypeError for what JSON cannot hold. A user agent is cut at 512 characters.
    """
    await events.add(
        session,
        {
            "type": type,
            "actor_id": actor_id,
            "organization_id": organization_id,
            "project_id": project_id,
            "entity_type": entity_type,
            "entity_id": str(entity_id),
            "payload": orjson.loads(orjson.dumps(dict(payload or {}))),
            "ip_address": origin.ip_address if origin else None,
            "user_agent": origin.user_agent[:MAX_USER_AGENT_LENGTH] if origin and origin.user_agent else None,
        },
    )
    session.info[HAS_APPENDED] = True
