"""Packages: who sees them, their rows, lists and files."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.page_readers import PageReader
from app.db.paging import Order
from app.db.readers import Columns, RowReader
from app.db.repositories.organizations import (
    MANAGING_ROLES,
    VIEWER_ID,
    organizations,
    organizations_visible_to,
    viewers_organizations,
    viewers_projects,
)
from app.db.repositories.package_search import matches, relevance
from app.db.repositories.scores import package_scores
from app.db.statements import among, position
from app.db.tables import Package
from app.enums import Visibility
from app.identity.viewer import Sight, Viewer

packages = Package.__table__


def packages_visible_to(sight: Sight, table: Any = packages) -> ColumnElement[bool]:
    """PUBLIC to everyone, ORGANIZATION to its members, PROJECT to its members and the organization's managers."""
    return and_(table.c.deleted_at.is_(None), packages_open_to(sight, table))


def packages_open_to(sight: Sight, table: Any = packages) -> ColumnElement[bool]:
    """As `packages_visible_to`, of deleted packages too: what could be seen if it were not deleted."""
    is_public: ColumnElement[bool] = table.c.visibility == Visibility.PUBLIC
    if sight is Sight.ALL:
        return true()
    if sight is Sight.NOTHING:
        return false()
    if sight is Sight.PUBLIC:
        return is_public
    member = or_(
        is_public,
        and_(
            table.c.visibility == Visibility.ORGANIZATION,
            table.c.organization_id.in_(viewers_organizations()),
        ),
        and_(
            table.c.visibility == Visibility.PROJECT,
            or_(
                table.c.project_id.in_(viewers_projects()),
                table.c.organization_id.in_(viewers_organizations(*MANAGING_ROLES)),
            ),
        ),
    )
    return and_(member, table.c.uploaded_by_id == VIEWER_ID) if sight is Sight.OWN else member


def package_columns(table: Any = packages) -> Columns:
    """A package as the API shows it; `readme` and `access_control_script` only where they are asked for."""
    hidden = {"version_key", "s3_bucket", "s3_key", "front_matter", "created_by_id", "updated_by_id"}
    hidden |= {"deleted_by_id", "storage_freed_at"}
    return {column.name: column for column in table.c if column.name not in hidden}


DEFERRED = ("readme", "access_control_script")
PACKAGE_COLUMNS = package_columns()

packages_by_id = RowReader(
    packages, packages.c.id, columns=PACKAGE_COLUMNS, deferred=DEFERRED, visible=packages_visible_to
)


def _compared(column: ColumnElement[Any], operator: str, parameter: str) -> Any:
    return lambda dialect: column.bool_op(operator)(bindparam(parameter, type_=column.type))


VERSION_INTERVALS = 3  # of a range: its releases, and the pre-releases of the lower and of the upper end


def _in_version_range(dialect: str) -> ColumnElement[bool]:
    """The version lies in one of the intervals, each bound as `version_lower_<n>` and `version_upper_<n>`."""
    key = packages.c.version_key

    def bounds(number: int) -> ColumnElement[bool]:
        lower = bindparam(f"version_lower_{number}", type_=key.type)
        return and_(key >= lower, key < bindparam(f"version_upper_{number}", type_=key.type))

    return or_(*map(bounds, range(VERSION_INTERVALS)))


PACKAGE_ORDERS = {
    "NAME": Order(packages.c.name),
    "UPLOADED_AT": Order(packages.c.uploaded_at),
    "NET_SCORE": Order(packages.c.net_score, is_nullable=True),
    "DOWNLOAD_COUNT": Order(packages.c.download_count),
    "RATING": Order(packages.c.rating_average, is_nullable=True),
    "FILE_SIZE": Order(packages.c.file_size_bytes),
    "RELEVANCE": Order(relevance, needs="search"),
}
PACKAGE_FILTERS = {
    "search": matches,
    "name_exact": _compared(packages.c.name, "=", "filter_name_exact"),
    "name_contains": lambda dialect: position(dialect, packages.c.name, "filter_name_contains") > 0,
    "name_starts_with": lambda dialect: position(dialect, packages.c.name, "filter_name_starts_with") == 1,
    "kind": _compared(packages.c.kind, "=", "filter_kind"),
    "license": lambda dialect: among(dialect, packages.c.license, "filter_license"),
    "status": _compared(packages.c.status, "=", "filter_status"),
    "organization": lambda dialect: packages.c.organization_id.in_(
        select(organizations.c.id).where(organizations.c.slug == bindparam("filter_organization"))
    ),
    "project": _compared(packages.c.project_id, "=", "filter_project"),
    "uploaded_by": _compared(packages.c.uploaded_by_id, "=", "filter_uploaded_by"),
    "min_net_score": _compared(packages.c.net_score, ">=", "filter_min_net_score"),
    "max_net_score": _compared(packages.c.net_score, "<=", "filter_max_net_score"),
    "uploaded_after": _compared(packages.c.uploaded_at, ">=", "filter_uploaded_after"),
    "uploaded_before": _compared(packages.c.uploaded_at, "<", "filter_uploaded_before"),
    "min_parameter_count": _compared(packages.c.parameter_count, ">=", "filter_min_parameter_count"),
    "max_parameter_count": _compared(packages.c.parameter_count, "<=", "filter_max_parameter_count"),
    "version": _in_version_range,
    "is_sensitive": _compared(packages.c.is_sensitive, "=", "filter_is_sensitive"),
    "is_deprecated": lambda dialect: (
        packages.c.deprecated_at.is_not(None) == bindparam("filter_is_deprecated", type_=packages.c.is_sensitive.type)
    ),
}


def _packages(owner: ColumnElement[Any] | None = None) -> PageReader:
    return PageReader(
        packages,
        columns=PACKAGE_COLUMNS,
        unique=packages.c.id,
        owner=owner,
        orders=PACKAGE_ORDERS,
        default_descending=True,
        filters=PACKAGE_FILTERS,
        deferred=DEFERRED,
        visible=packages_visible_to,
    )


all_packages = _packages()
packages_by_organization = _packages(packages.c.organization_id)
packages_by_project = _packages(packages.c.project_id)
packages_by_uploader = _packages(packages.c.uploaded_by_id)

_anchor = packages.alias("anchor")
versions_by_package = PageReader(
    _anchor.join(
        packages, and_(packages.c.organization_id == _anchor.c.organization_id, packages.c.name == _anchor.c.name)
    ),
    columns=PACKAGE_COLUMNS,
    unique=packages.c.id,
    owner=_anchor.c.id,
    orders={"VERSION": Order(packages.c.version_key)},
    default_order="VERSION",
    default_descending=True,
    deferred=DEFERRED,
    visible=packages_visible_to,
)


async def package_for_writing(session: AsyncSession, viewer: Viewer, package_id: UUID) -> Package | None:
    """A package the viewer may see, locked until the transaction ends."""
    statement = (
        select(Package).where(Package.id == package_id, packages_visible_to(viewer.sight)).with_for_update(of=Package)
    )
    return (await session.execute(statement, viewer.parameters)).scalar_one_or_none()


async def is_taken(session: AsyncSession, organization_id: UUID, name: str, version: str) -> bool:
    """Whether the organization has, or had, a package of this name and version."""
    found = await session.scalar(
        select(Package.id).where(
            Package.organization_id == organization_id, Package.name == name, Package.version == version
        )
    )
    return found is not None


async def is_stored(connection: AsyncConnection, package_id: UUID) -> bool:
    """Whether there is a package of this id, whoever may see it."""
    return await connection.scalar(select(packages.c.id).where(packages.c.id == package_id)) is not None


async def unscored_packages(connection: AsyncConnection) -> list[UUID]:
    """Packages that were published and not scored yet, oldest first."""
    found = await connection.execute(
        select(packages.c.id)
        .select_from(packages.outerjoin(package_scores, package_scores.c.package_id == packages.c.id))
        .where(package_scores.c.package_id.is_(None), packages.c.deleted_at.is_(None))
        .order_by(packages.c.id)
    )
    return list(found.scalars())


async def packages_named(
    session: AsyncSession, viewer: Viewer, names: Collection[str], *, other_than: UUID
) -> list[Package]:
    """The newest visible version of each package with one of these names, compared without case, newest first.

    There may be one in each organization that the viewer sees, and of each kind; `other_than` is left out of account.
    """
    name = func.lower(packages.c.name)
    place = func.row_number().over(
        partition_by=(packages.c.organization_id, packages.c.kind, name),
        order_by=(packages.c.version_key.desc(), packages.c.id.desc()),
    )
    ranked = (
        select(packages.c.id, place.label("place"))
        .where(
            name.in_([name.lower() for name in names]),
            packages.c.id != other_than,
            packages_visible_to(viewer.sight),
            packages.c.organization_id.in_(select(organizations.c.id).where(organizations_visible_to(viewer.sight))),
        )
        .subquery("ranked")
    )
    newest = select(Package).where(Package.id.in_(select(ranked.c.id).where(ranked.c.place == 1)))
    ordered = newest.order_by(Package.version_key.desc(), Package.id.desc())
    return list((await session.scalars(ordered, viewer.parameters)).all())
