"""What every table shares: naming convention, portable column types, common columns."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

JsonValue = JSON().with_variant(JSONB(), "postgresql")
"""A JSON document: jsonb on PostgreSQL, text on SQLite."""

Identity64 = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit identity; SQLite numbers rows by itself only when the type is spelled INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in time, always timezone-aware UTC in Python; SQLite stores it without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments, which would be stored as whatever the server's zone is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(enum: type[StrEnum]) -> Enum:
    """A column type for a StrEnum: its value as short text, unchecked there, so that a new one needs no migration."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ordered by creation time, so that keyset pages follow insertion."""
    return uuid7()


class Base(DeclarativeBase):
    """The declarative base of all tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        UUID: Uuid(),
        datetime: UtcDateTime(),
        dict[str, Any]: JsonValue,
        list[Any]: JsonValue,
        str: String(),
        int: Integer(),
    }


class UuidKey:
    """A UUIDv7 primary key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Timestamps:
    """When the row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class Authorship(Timestamps):
    """When and by whom the row was made and last changed."""

    @declared_attr
    def created_by_id(cls) -> Mapped[UUID | None]:
        """Who made the row."""
        return mapped_column(ForeignKey("users.id"), index=True)

    @declared_attr
    def updated_by_id(cls) -> Mapped[UUID | None]:
        """Who changed it last."""
        return mapped_column(ForeignKey("users.id"), index=True)


class SoftDelete:
    """Deleted rows stay for the audit trail, invisible to reads."""

    deleted_at: Mapped[datetime | None] = mapped_column()

    @declared_attr
    def deleted_by_id(cls) -> Mapped[UUID | None]:
        """Who deleted the row."""
        return mapped_column(ForeignKey("users.id"), index=True)
