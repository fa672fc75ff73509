"""Published packages and the files in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import CreateIndex

from app.db.base import Authorship, Base, SoftDelete, UuidKey, enum_column, utc_now
from app.enums import PackageComponent, PackageKind, PackageStatus, Visibility

VERSION_KEY = String(400).with_variant(String(400, collation="C"), "postgresql")
"""Text compared byte by byte, as `app.versions.sort_key` needs it."""

_DELETED = text("deleted_at IS NOT NULL")


class Package(UuidKey, Authorship, SoftDelete, Base):
    """One version of a model, data set or body of code; what was published under a version never changes."""

    __tablename__ = "packages"
    __table_args__ = (
        UniqueConstraint("organization_id", "name", "version"),
        Index("ix_packages_newest", "organization_id", "name", "version_key", "id"),
        Index("ix_packages_name_id", "name", "id"),
        Index("ix_packages_uploaded_at_id", "uploaded_at", "id"),
        Index("ix_packages_download_count_id", "download_count", "id"),
        Index("ix_packages_file_size_bytes_id", "file_size_bytes", "id"),
        Index("ix_packages_license_id", "license", "id"),
        Index("ix_packages_kind_id", "kind", "id"),
        Index("ix_packages_restricted", "organization_id", postgresql_where=text("visibility <> 'PUBLIC'")),
        Index("ix_packages_deleted_at_id", "deleted_at", "id", postgresql_where=_DELETED, sqlite_where=_DELETED),
        Index("ix_packages_s3_key", "s3_key"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[PackageKind] = mapped_column(enum_column(PackageKind))
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(100))
    version_key: Mapped[str] = mapped_column(VERSION_KEY)
    description: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(String(200))
    license: Mapped[str | None] = mapped_column(String(200))
    readme: Mapped[str | None] = mapped_column(Text)
    s3_bucket: Mapped[str | None] = mapped_column(String(63))
    s3_key: Mapped[str] = mapped_column(String(1024))
    file_size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    source_url: Mapped[str | None] = mapped_column(String(2048))
    dataset_url: Mapped[str | None] = mapped_column(String(2048))
    repository_url: Mapped[str | None] = mapped_column(String(2048))
    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility))
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    access_control_script: Mapped[str | None] = mapped_column(Text)
    status: Mapped[PackageStatus] = mapped_column(enum_column(PackageStatus))
    parameter_count: Mapped[int | None] = mapped_column(BigInteger)
    front_matter: Mapped[dict[str, Any] | None] = mapped_column()
    uploaded_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(default=utc_now)
    download_count: Mapped[int] = mapped_column(BigInteger, default=0)
    net_score: Mapped[float | None] = mapped_column()  # a copy of the scores' own, for lists ordered by it
    rating_count: Mapped[int] = mapped_column(default=0)
    rating_average: Mapped[float | None] = mapped_column()
    deprecated_at: Mapped[datetime | None] = mapped_column()
    deprecation_reason: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime | None] = mapped_column()
    release_reason: Mapped[str | None] = mapped_column(Text)
    storage_freed_at: Mapped[datetime | None] = mapped_column()


Index("ix_packages_name_lower", func.lower(Package.name))
for _column in (Package.net_score, Package.rating_average):
    Index(f"ix_packages_{_column.key}_id", _column, Package.id)
    # Nulls come last in both directions, so PostgreSQL cannot read the same index backwards.
    Index(f"ix_packages_{_column.key}_best", _column.desc().nulls_last(), Package.id.desc())


@compiles(CreateIndex, "sqlite")
def _without_nulls_last(element: CreateIndex, compiler: Any, **options: Any) -> str:
    """SQLite's nulls come last in descending order anyway, and its indexes cannot say so."""
    return str(compiler.visit_create_index(element, **options)).replace(" NULLS LAST", "")


class PackageFile(UuidKey, Base):
    """One entry of a package's archive, as read from the archive itself."""

    __tablename__ = "package_files"
    __table_args__ = (UniqueConstraint("package_id", "path"),)

    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(1024))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    component: Mapped[PackageComponent] = mapped_column(enum_column(PackageComponent))
    format: Mapped[str | None] = mapped_column(String(40))
    parameter_count: Mapped[int | None] = mapped_column(BigInteger)
    tensor_count: Mapped[int | None] = mapped_column()
    dtypes: Mapped[list[Any] | None] = mapped_column()
