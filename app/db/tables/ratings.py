"""What users think of packages."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Timestamps, UuidKey


class Rating(UuidKey, Timestamps, Base):
    """One user's stars for one package."""

    __tablename__ = "ratings"
    __table_args__ = (
        UniqueConstraint("package_id", "user_id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_range"),
    )

    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    stars: Mapped[int] = mapped_column(SmallInteger)
    review: Mapped[str | None] = mapped_column(Text)
