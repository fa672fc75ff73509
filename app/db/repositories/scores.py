"""Scores of packages, and what of a package is scored."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.readers import RowReader, anybody
from app.db.statements import Row
from app.db.tables import LineageEdge, Package, PackageFile, PackageScore

packages = Package.__table__
package_files = PackageFile.__table__
package_scores = PackageScore.__table__
lineage_edges = LineageEdge.__table__

scores_by_package = RowReader(
    package_scores,
    package_scores.c.package_id,
    columns={column.name: column for column in package_scores.c},
    visible=anybody,
)


@dataclass(frozen=True, slots=True)
class PackageToScore:
    """A package's row, the rows of its files, and the net scores of its parents that have one."""

    row: Row
    files: tuple[Row, ...]
    parent_net_scores: tuple[float, ...]
    is_scored: bool


async def package_to_score(connection: AsyncConnection, package_id: UUID) -> PackageToScore | None:
    """What the database knows of a package; None for one that is not there, or deleted."""
    found = await connection.execute(
        select(packages, package_scores.c.package_id.is_not(None).label("is_scored"))
        .select_from(packages.outerjoin(package_scores, package_scores.c.package_id == packages.c.id))
        .where(packages.c.id == package_id, packages.c.deleted_at.is_(None))
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    files = await connection.execute(
        select(
            package_files.c.path, package_files.c.size_bytes, package_files.c.component, package_files.c.format
        ).where(package_files.c.package_id == package_id)
    )
    return PackageToScore(
        row=dict(row),
        files=tuple(dict(file) for file in files.mappings()),
        parent_net_scores=await _parent_net_scores(connection, package_id),
        is_scored=bool(row["is_scored"]),
    )


async def _parent_net_scores(connection: AsyncConnection, package_id: UUID) -> tuple[float, ...]:
    parents = select(lineage_edges.c.parent_id).where(lineage_edges.c.child_id == package_id)
    found = await connection.execute(
        select(package_scores.c.net_score).where(
            package_scores.c.package_id.in_(parents), package_scores.c.net_score.is_not(None)
        )
    )
    return tuple(found.scalars())


async def package_for_scoring(session: AsyncSession, package_id: UUID) -> Package | None:
    """The package, whoever may see it, locked until the transaction ends; None for a deleted one.

    The lock lets other transactions refer to the package meanwhile.
    """
    found = await session.execute(
        select(Package).where(Package.id == package_id, Package.deleted_at.is_(None)).with_for_update(key_share=True)
    )
    return found.scalar_one_or_none()


async def is_scored(session: AsyncSession, package_id: UUID) -> bool:
    """Whether the package has scores."""
    return await session.get(PackageScore, package_id) is not None


async def store_scores(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Put scores in the place of the package's earlier ones; the caller holds the package's lock."""
    await session.merge(PackageScore(**values))
    await session.flush()
    await copy_net_scores(session, [values["package_id"]])


async def copy_net_scores(session: AsyncSession, package_ids: Collection[UUID]) -> None:
    """Bring the packages' own net scores, which lists are ordered by, up to date. Whoever writes scores calls this."""
    net_score = select(package_scores.c.net_score).where(package_scores.c.package_id == packages.c.id)
    await session.execute(
        update(Package)
        .where(Package.id.in_(package_ids))
        .values(
            net_score=net_score.scalar_subquery(),
            updated_at=Package.updated_at,  # a score does not change what the package says of itself
        )
        .execution_options(synchronize_session=False)
    )


async def net_score_of(session: AsyncSession, package_id: UUID) -> float | None:
    """The stored net score, whatever wrote it last."""
    return await session.scalar(select(package_scores.c.net_score).where(package_scores.c.package_id == package_id))
