"""Which package descends from which."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UuidKey, enum_column, utc_now
from app.enums import RelationshipType


class LineageEdge(UuidKey, Base):
    """The child descends from the parent. The edges of all packages form a graph without cycles."""

    __tablename__ = "lineage_edges"
    __table_args__ = (
        UniqueConstraint("child_id", "parent_id", "relationship_type"),
        CheckConstraint("child_id <> parent_id", name="no_loop"),
    )

    parent_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id"), index=True)
    child_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id"))
    relationship_type: Mapped[RelationshipType] = mapped_column(enum_column(RelationshipType))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
