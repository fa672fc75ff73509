"""Names for versions, such as `production`, and when each moved."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UuidKey, utc_now

_CURRENT = text("superseded_at IS NULL")


class PackageAlias(UuidKey, Base):
    """One position of an alias; the one without `superseded_at` is the present one, the others its history."""

    __tablename__ = "package_aliases"
    __table_args__ = (
        Index(
            "uq_package_aliases_current",
            "organization_id",
            "name",
            "alias",
            unique=True,
            postgresql_where=_CURRENT,
            sqlite_where=_CURRENT,
        ),
        Index("ix_package_aliases_history", "organization_id", "name", "alias", "moved_at"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(200))
    alias: Mapped[str] = mapped_column(String(64))
    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id"), index=True)
    is_protected: Mapped[bool] = mapped_column(default=False)
    moved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    moved_at: Mapped[datetime] = mapped_column(default=utc_now)
    superseded_at: Mapped[datetime | None] = mapped_column()
