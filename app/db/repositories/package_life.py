"""What becomes of packages after they were published: deprecated, deleted, restored, released, their storage freed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.page_readers import PageReader
from app.db.paging import Order
from app.db.repositories.package_rights import may_delete
from app.db.repositories.packages import packages, packages_open_to
from app.db.tables import Package
from app.identity.viewer import Sight, Viewer


def _deleted_visible_to(sight: Sight) -> ColumnElement[bool]:
    """Deleted packages to administrators, and to nobody else."""
    return packages.c.deleted_at.is_not(None) if sight is Sight.ALL else false()


deleted_packages = PageReader(
    packages,
    columns={
        name: packages.c[name]
        for name in (
            *("id", "organization_id", "kind", "name", "version", "file_size_bytes"),
            *("deleted_at", "deleted_by_id", "storage_freed_at"),
        )
    },
    unique=packages.c.id,
    orders={"DELETED_AT": Order(packages.c.deleted_at)},
    default_order="DELETED_AT",
    default_descending=True,
    visible=_deleted_visible_to,
)


async def deleted_package_for_writing(session: AsyncSession, viewer: Viewer, package_id: UUID) -> Package | None:
    """A deleted package that the viewer could have deleted, locked until the transaction ends."""
    statement = (
        select(Package)
        .where(
            Package.id == package_id,
            Package.deleted_at.is_not(None),
            packages_open_to(viewer.sight),
            may_delete(viewer.sight),
        )
        .with_for_update(of=Package)
    )
    return (await session.execute(statement, viewer.parameters)).scalar_one_or_none()


async def mark(session: AsyncSession, package_ids: Collection[UUID], **columns: Any) -> None:
    """Set columns that tell what became of packages; they say nothing new of themselves: `updated_at` stays."""
    await session.execute(
        update(Package)
        .where(Package.id.in_(package_ids))
        .values(**columns, updated_at=Package.updated_at)
        .execution_options(synchronize_session=False)
    )


async def packages_to_free(session: AsyncSession, deleted_before: datetime, *, limit: int) -> list[Package]:
    """Packages deleted before a moment whose archives are still kept, locked; those that others lock are left out."""
    found = await session.scalars(
        select(Package)
        .where(Package.deleted_at < deleted_before, Package.storage_freed_at.is_(None))
        .order_by(Package.deleted_at, Package.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(found)


async def keys_in_use(connection: AsyncConnection, keys: Collection[str]) -> set[str]:
    """Those of the store's keys under which the archive of a package is kept."""
    wanted = select(packages.c.s3_key).where(packages.c.s3_key.in_(keys), packages.c.storage_freed_at.is_(None))
    return set((await connection.execute(wanted)).scalars())
