"""Names for versions of packages: where they stand, and where they stood."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, null, select, tuple_, type_coerce
from sqlalchemy import bindparam as bound
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.page_readers import PageReader
from app.db.paging import Order
from app.db.readers import EVERYTHING, KEY, Shape
from app.db.repositories.organizations import organizations
from app.db.repositories.package_names import available_since, is_current, package_aliases
from app.db.repositories.packages import packages, packages_open_to, packages_visible_to
from app.db.statements import Row, StatementCache, among
from app.db.tables import PackageAlias
from app.enums import PackageStatus
from app.identity.viewer import Viewer

LATEST = "latest"
"""The alias that stands on the newest version by itself; it has no rows."""

_newer = packages.alias("newer")


class _AliasesByPackage:
    """The aliases on each package by name, `latest` among them, from one statement; every package has a list.

    `latest` stands on the newest of the versions that the viewer sees. It moved there when that version became READY,
    or when the last newer one was deprecated; that a newer one was deleted is not taken into account.
    """

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[UUID], shape: Shape = EVERYTHING
    ) -> Mapping[UUID, list[Row]]:
        """Lists of rows by package; the columns are few, so that all of them are read always."""
        statement = self._statements.get(connection.dialect, viewer.sight, lambda dialect: self._build(dialect, viewer))
        found: dict[UUID, list[Row]] = {key: [] for key in keys}
        for row in await statement.run(connection, {**viewer.parameters, "keys": list(keys)}):
            left_at = row.pop("left_at")
            if left_at is not None and left_at > row["moved_at"]:
                row["moved_at"] = left_at
            found[row[KEY]].append(row)
        return {key: sorted(rows, key=lambda row: row["alias"]) for key, rows in found.items()}

    @staticmethod
    def _build(dialect: str, viewer: Viewer) -> Select[Any]:
        set_by_people = select(
            package_aliases.c.package_id.label(KEY),
            package_aliases.c.alias,
            package_aliases.c.is_protected,
            package_aliases.c.moved_at,
            package_aliases.c.moved_by_id,
            type_coerce(null(), packages.c.deprecated_at.type).label("left_at"),
        ).where(package_aliases.c.superseded_at.is_(None), among(dialect, package_aliases.c.package_id, "keys"))
        newer = _newer_than_package(viewer)
        is_ready = _newer.c.status == PackageStatus.READY
        left_at = select(func.max(_newer.c.deprecated_at)).where(newer, is_ready).correlate(packages).scalar_subquery()
        latest = select(
            packages.c.id,
            literal(LATEST, package_aliases.c.alias.type),
            false(),
            available_since(),
            null(),
            left_at,
        ).where(
            among(dialect, packages.c.id, "keys"),
            is_current(),
            packages_visible_to(viewer.sight),
            ~exists().where(newer, is_current(_newer)).correlate(packages),
        )
        return select(*set_by_people.union_all(latest).subquery("found").c)


def _newer_than_package(viewer: Viewer) -> ColumnElement[bool]:
    """`_newer` is a version of the same package that the viewer sees, and comes after it."""
    return and_(
        _newer.c.organization_id == packages.c.organization_id,
        _newer.c.name == packages.c.name,
        tuple_(_newer.c.version_key, _newer.c.id) > tuple_(packages.c.version_key, packages.c.id),
        packages_visible_to(viewer.sight, _newer),
    )


aliases_by_package = _AliasesByPackage()

alias_moves = PageReader(
    package_aliases.join(organizations, organizations.c.id == package_aliases.c.organization_id).join(
        packages, packages.c.id == package_aliases.c.package_id
    ),
    columns={
        name: package_aliases.c[name]
        for name in ("is_protected", "moved_at", "superseded_at", "moved_by_id", "package_id")
    },
    unique=package_aliases.c.id,
    orders={"MOVED_AT": Order(package_aliases.c.moved_at)},
    default_order="MOVED_AT",
    default_descending=True,
    filters={
        "organization": lambda dialect: organizations.c.slug == bound("filter_organization"),
        "name": lambda dialect: package_aliases.c.name == bound("filter_name"),
        "alias": lambda dialect: package_aliases.c.alias == bound("filter_alias"),
    },
    visible=packages_open_to,  # a move to what was deleted since stays in the history; the package itself reads null
)


async def current_alias(session: AsyncSession, organization_id: UUID, name: str, alias: str) -> PackageAlias | None:
    """Where an alias stands. Whoever changes that holds the organization's lock."""
    found = await session.scalars(
        select(PackageAlias).where(
            PackageAlias.organization_id == organization_id,
            PackageAlias.name == name,
            PackageAlias.alias == alias,
            PackageAlias.superseded_at.is_(None),
        )
    )
    return found.one_or_none()
