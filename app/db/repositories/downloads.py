"""Downloads of packages. Who made one is told to that person, to those who manage the package and to administrators."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.buckets import bucket_after, bucket_moment, bucket_of
from app.db.page_readers import PageReader
from app.db.readers import EVERYTHING, Columns, RowReader, Shape, anybody
from app.db.repositories.files import package_files
from app.db.repositories.organizations import VIEWER_ID
from app.db.repositories.package_rights import may_manage
from app.db.repositories.packages import packages, packages_visible_to
from app.db.statements import Row, StatementCache, among
from app.db.tables import Download, Package
from app.enums import PackageComponent, TimeBucket
from app.identity.viewer import Sight, Viewer

downloads = Download.__table__


def _private(column: ColumnElement[Any]) -> Callable[[Sight], ColumnElement[Any]]:
    def shown(sight: Sight) -> ColumnElement[Any]:
        match sight:
            case Sight.ALL:
                return column
            case Sight.MEMBER | Sight.OWN:
                return case((or_(downloads.c.user_id == VIEWER_ID, may_manage(sight)), column), else_=null())
            case _:
                return null()

    return shown


DOWNLOAD_COLUMNS: Columns = {
    **{name: downloads.c[name] for name in ("id", "package_id", "components", "access_granted", "requested_at")},
    **{name: _private(downloads.c[name]) for name in ("user_id", "ip_address", "user_agent", "denial_reason")},
}
_OF_PACKAGES = downloads.join(packages, packages.c.id == downloads.c.package_id)

downloads_by_id = RowReader(_OF_PACKAGES, downloads.c.id, columns=DOWNLOAD_COLUMNS, visible=packages_visible_to)
downloads_by_package = PageReader(
    _OF_PACKAGES,
    columns=DOWNLOAD_COLUMNS,
    unique=downloads.c.id,
    owner=downloads.c.package_id,
    default_descending=True,
    visible=anybody,
)


_NEEDED_TO_DOWNLOAD = (
    *("id", "organization_id", "project_id", "name", "version", "status", "is_sensitive", "access_control_script"),
    *("s3_key", "file_size_bytes", "sha256"),
)


async def package_to_download(session: AsyncSession, viewer: Viewer, package_id: UUID) -> Row | None:
    """What a download needs of a package the viewer may see, and whether the viewer manages it."""
    columns = (packages.c[name] for name in _NEEDED_TO_DOWNLOAD)
    statement = select(*columns, may_manage(viewer.sight).label("is_managed")).where(
        packages.c.id == package_id, packages_visible_to(viewer.sight)
    )
    row = (await session.execute(statement, viewer.parameters)).mappings().one_or_none()
    return dict(row) if row is not None else None


async def components_of(session: AsyncSession, package_id: UUID) -> tuple[PackageComponent, ...]:
    """The components that a package's files belong to, in the order of the enum."""
    found = await session.execute(
        select(package_files.c.component).where(package_files.c.package_id == package_id).distinct()
    )
    present = set(found.scalars())
    return tuple(component for component in PackageComponent if component in present)


async def count_download(session: AsyncSession, package_id: UUID) -> None:
    """Count one more granted download, added in the database so that none is lost among many at once."""
    await session.execute(
        update(Package)
        .where(Package.id == package_id)
        .values(download_count=Package.download_count + 1, updated_at=Package.updated_at)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """The buckets wanted; `start` and `end` (exclusive) are bounds of buckets, in UTC."""

    bucket: TimeBucket
    start: datetime
    end: datetime

    @property
    def moments(self) -> list[datetime]:
        """Where the buckets begin."""
        found = []
        at = self.start
        while at < self.end:
            found.append(at)
            at = bucket_after(self.bucket, at)
        return found


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """A series of the downloads of one package."""

    package_id: UUID
    request: SeriesRequest


class _DownloadSeries:
    """Counts granted downloads in buckets of time; one statement for all packages whose series have the same bounds."""

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[SeriesKey], shape: Shape = EVERYTHING
    ) -> Mapping[SeriesKey, list[Row]]:
        """For every key all its buckets in order, also the empty ones: `at` and `count`."""
        by_request: dict[SeriesRequest, list[UUID]] = defaultdict(list)
        for key in keys:
            by_request[key.request].append(key.package_id)
        found: dict[SeriesKey, list[Row]] = {}
        for request, package_ids in by_request.items():
            statement = self._statements.get(
                connection.dialect,
                request.bucket,
                lambda dialect, bucket=request.bucket: self._build(dialect, bucket),  # type: ignore[misc]
            )
            parameters = {"keys": package_ids, "start": request.start, "end": request.end}
            counts = {
                (row["package_id"], bucket_moment(row["at"])): row["count"]
                for row in await statement.run(connection, parameters)
            }
            for package_id in package_ids:
                found[SeriesKey(package_id, request)] = [
                    {"at": at, "count": counts.get((package_id, at), 0)} for at in request.moments
                ]
        return found

    @staticmethod
    def _build(dialect: str, bucket: TimeBucket) -> Select[Any]:
        moment = downloads.c.requested_at
        at = bucket_of(dialect, bucket, moment).label("at")
        return (
            select(downloads.c.package_id, at, func.count().label("count"))
            .where(
                among(dialect, downloads.c.package_id, "keys"),
                moment >= bindparam("start", type_=moment.type),
                moment < bindparam("end", type_=moment.type),
                downloads.c.access_granted,
            )
            .group_by(downloads.c.package_id, at)
        )


download_series = _DownloadSeries()
