"""Every attempt to download, granted or refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identity64, utc_now


class Download(Base):
    """One attempt. No components: the whole package."""

    __tablename__ = "downloads"
    __table_args__ = (
        Index("ix_downloads_package_id_id", "package_id", "id"),
        Index("ix_downloads_package_id_requested_at", "package_id", "requested_at"),
    )

    id: Mapped[int] = mapped_column(Identity64, primary_key=True)
    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    components: Mapped[list[Any]] = mapped_column(default=list)
    ip_address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(512))
    access_granted: Mapped[bool] = mapped_column()
    denial_reason: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(default=utc_now)
