"""The event log: audit trail, subscriptions and notifications read this one append-only table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identity64, enum_column, utc_now
from app.enums import EventType


class Event(Base):
    """One change. `transaction_id` orders events so that one that commits late is not skipped (0 on SQLite)."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_transaction_id_id", "transaction_id", "id"),
        Index("ix_events_entity_id_id", "entity_id", "id"),
        Index("ix_events_organization_id_id", "organization_id", "id"),
        Index("ix_events_type_id", "type", "id"),
        {"sqlite_autoincrement": True},  # an id is never given again: followers and cursors rely on it
    )

    id: Mapped[int] = mapped_column(Identity64, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger, default=0)
    type: Mapped[EventType] = mapped_column(enum_column(EventType))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"), index=True)
    entity_type: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ip_address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(512))
    occurred_at: Mapped[datetime] = mapped_column(default=utc_now)
