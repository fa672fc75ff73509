"""Accounts and what each may do."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Authorship, Base, SoftDelete, UuidKey, enum_column
from app.enums import UserKind


class User(UuidKey, Authorship, SoftDelete, Base):
    """A person or a service account. A deleted one is a nameless row that keeps what it published standing."""

    __tablename__ = "users"

    username: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(254))
    hashed_password: Mapped[str | None] = mapped_column(String(255))
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    kind: Mapped[UserKind] = mapped_column(enum_column(UserKind), default=UserKind.PERSON)


Index("uq_users_username", func.lower(User.username), unique=True)
Index("uq_users_email", func.lower(User.email), unique=True)


class UserPermission(Base):
    """The four rights of one account; an administrator has all of them whatever stands here."""

    __tablename__ = "permissions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    can_search: Mapped[bool] = mapped_column(default=True)
    can_upload: Mapped[bool] = mapped_column(default=False)
    can_download: Mapped[bool] = mapped_column(default=True)
    can_rate: Mapped[bool] = mapped_column(default=True)
