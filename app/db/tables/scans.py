"""What the scanner found in packages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UuidKey, enum_column, utc_now
from app.enums import ScanSeverity


class ScanFinding(UuidKey, Base):
    """Something suspicious in a package; a critical finding quarantines it."""

    __tablename__ = "scan_findings"
    __table_args__ = (Index("ix_scan_findings_package_id_id", "package_id", "id"),)

    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    file: Mapped[str | None] = mapped_column(String(1024))
    severity: Mapped[ScanSeverity] = mapped_column(enum_column(ScanSeverity))
    rule: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
