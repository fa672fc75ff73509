"""Ratings of packages: the rows, and their summary."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.page_readers import PageReader
from app.db.readers import EVERYTHING, RowReader, Shape, anybody
from app.db.repositories.organizations import VIEWER_ID
from app.db.repositories.packages import packages, packages_visible_to
from app.db.statements import Row, StatementCache, among
from app.db.tables import Package, Rating
from app.identity.viewer import Viewer

ratings = Rating.__table__

RATING_COLUMNS = {column.name: column for column in ratings.c}

ratings_by_id = RowReader(
    ratings.join(packages, packages.c.id == ratings.c.package_id),
    ratings.c.id,
    columns=RATING_COLUMNS,
    visible=packages_visible_to,
)
ratings_by_package = PageReader(
    ratings,
    columns=RATING_COLUMNS,
    unique=ratings.c.id,
    owner=ratings.c.package_id,
    default_descending=True,
    visible=anybody,
)


class _RatingSummaries:
    """Counts, averages and the viewer's own stars, from one grouped statement."""

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[UUID], shape: Shape = EVERYTHING
    ) -> Mapping[UUID, Row]:
        """A summary for every package, also for one that nobody rated."""
        statement = self._statements.get(connection.dialect, None, self._build)
        counts: dict[UUID, dict[int, int]] = {key: dict.fromkeys(range(5, 0, -1), 0) for key in keys}
        own: dict[UUID, int] = {}
        for row in await statement.run(connection, {**viewer.parameters, "keys": list(keys)}):
            counts[row["package_id"]][row["stars"]] = row["ratings"]
            if row["is_viewers"]:
                own[row["package_id"]] = row["stars"]
        return {key: _summary(by_stars, own.get(key)) for key, by_stars in counts.items()}

    @staticmethod
    def _build(dialect: str) -> Select[Any]:
        viewers = func.max(case((ratings.c.user_id == VIEWER_ID, 1), else_=0)).label("is_viewers")
        columns: list[Any] = [ratings.c.package_id, ratings.c.stars, func.count().label("ratings"), viewers]
        grouped = select(*columns).where(among(dialect, ratings.c.package_id, "keys"))
        return grouped.group_by(ratings.c.package_id, ratings.c.stars)


def _summary(by_stars: Mapping[int, int], viewer_stars: int | None) -> Row:
    count = sum(by_stars.values())
    return {
        "average": sum(stars * given for stars, given in by_stars.items()) / count if count else None,
        "count": count,
        "histogram": [{"stars": stars, "count": given} for stars, given in by_stars.items()],
        "viewer_stars": viewer_stars,
    }


rating_summaries = _RatingSummaries()


async def rating_for_writing(session: AsyncSession, package_id: UUID, user_id: UUID) -> Rating | None:
    """One user's rating of a package."""
    found = await session.execute(select(Rating).where(Rating.package_id == package_id, Rating.user_id == user_id))
    return found.scalar_one_or_none()


async def store_rating_totals(session: AsyncSession, package_id: UUID) -> None:
    """Bring the package's own count and average, which lists are ordered by, up to date."""
    of_package = select(func.count(), func.avg(ratings.c.stars)).where(ratings.c.package_id == package_id)
    count, average = (await session.execute(of_package)).one()
    await session.execute(
        update(Package)
        .where(Package.id == package_id)
        .values(
            rating_count=count,
            rating_average=float(average) if average is not None else None,
            updated_at=Package.updated_at,  # a rating does not change what the package says of itself
        )
        .execution_options(synchronize_session=False)
    )
