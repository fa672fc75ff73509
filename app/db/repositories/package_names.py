"""Packages by what people call them: a name, with a version or an alias, now or as of some moment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.readers import EVERYTHING, KEY, Shape, chosen, with_joins
from app.db.repositories.organizations import organizations
from app.db.repositories.packages import DEFERRED, PACKAGE_COLUMNS, packages, packages_open_to, packages_visible_to
from app.db.statements import Row, StatementCache, among
from app.db.tables import PackageAlias
from app.enums import PackageStatus
from app.identity.viewer import Viewer

package_aliases = PackageAlias.__table__


@dataclass(frozen=True, slots=True)
class PackageName:
    """What people call a package by. Neither version nor alias: the newest; `as_of` None: now."""

    organization: str
    name: str
    version: str | None = None
    alias: str | None = None
    as_of: datetime | None = None


def is_current(table: Any = packages) -> ColumnElement[bool]:
    """The package may be the newest of its name: it is READY and not deprecated."""
    return and_(table.c.status == PackageStatus.READY, table.c.deprecated_at.is_(None))


def available_since(table: Any = packages) -> ColumnElement[datetime]:
    """When the package became READY: with its upload, or by its release from quarantine."""
    return func.coalesce(table.c.released_at, table.c.uploaded_at)


class _ByVersion:
    """By organization, name and version; without a version, the newest READY, not deprecated one."""

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[PackageName], shape: Shape
    ) -> Mapping[PackageName, Row]:
        if len(keys) == 1:
            return await self._one(connection, viewer, keys[0], shape)
        statement = self._statements.get(
            connection.dialect, (viewer.sight, shape), lambda dialect: self._build(dialect, viewer, shape)
        )
        versions = [key.version for key in keys if key.version is not None]
        found: dict[PackageName, Row] = {}
        for row in await statement.run(connection, _parameters(viewer, keys) | {"versions": versions}):
            found[PackageName(row[KEY], row["found_name"], row["found_version"])] = row
            if row["place"] == 1 and row["is_current"]:
                found[PackageName(row[KEY], row["found_name"])] = row
        return found

    async def _one(
        self, connection: AsyncConnection, viewer: Viewer, key: PackageName, shape: Shape
    ) -> Mapping[PackageName, Row]:
        """A single name, which nearly all operations ask for: an index leads to it, and nothing is ranked."""
        has_version = key.version is not None
        statement = self._statements.get(
            connection.dialect,
            (viewer.sight, shape, has_version),
            lambda _: self._build_one(viewer, shape, has_version),
        )
        parameters = {"slug": key.organization, "name": key.name, "version": key.version}
        rows = await statement.run(connection, viewer.parameters | parameters)
        return {key: rows[0]} if rows and (has_version or rows[0]["is_current"]) else {}

    @staticmethod
    def _build_one(viewer: Viewer, shape: Shape, has_version: bool) -> Select[Any]:
        preference = case((is_current(), 1), else_=0)
        found = (
            select(*_named_columns(viewer, shape), preference.label("is_current"))
            .select_from(_WITH_ORGANIZATIONS)
            .where(
                organizations.c.slug == bindparam("slug", type_=organizations.c.slug.type),
                packages.c.name == bindparam("name", type_=packages.c.name.type),
                packages_visible_to(viewer.sight),
            )
        )
        if has_version:
            found = found.where(packages.c.version == bindparam("version", type_=packages.c.version.type))
        newest_first = (preference.desc(), packages.c.version_key.desc(), packages.c.id.desc())
        return with_joins(found.order_by(*newest_first).limit(1), shape, viewer.sight)

    def _build(self, dialect: str, viewer: Viewer, shape: Shape) -> Select[Any]:
        preference = case((is_current(), 1), else_=0)
        ranked = (
            select(
                *_named_columns(viewer, shape),
                packages.c.version.label("found_version"),
                preference.label("is_current"),
                _place(preference.desc()),
            )
            .select_from(_WITH_ORGANIZATIONS)
            .where(*_named(dialect), packages_visible_to(viewer.sight))
            .subquery("ranked")
        )
        wanted = or_(ranked.c.place == 1, among(dialect, ranked.c.found_version, "versions"))
        found = select(*ranked.c).where(wanted).order_by(ranked.c.place)
        return with_joins(found, shape, viewer.sight, lambda known: [known["place"]])


class _NewestThen:
    """The newest of a name as of a moment, as far as rows tell.

    A row holds one deprecation, one deletion and one release: what was deprecated or deleted and brought back counts
    as if it had never been away, and visibility is today's. What was the newest then and is deleted now is not
    replaced by another.
    """

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[PackageName], shape: Shape, as_of: datetime
    ) -> Mapping[PackageName, Row]:
        statement = self._statements.get(
            connection.dialect, (viewer.sight, shape), lambda dialect: self._build(dialect, viewer, shape)
        )
        rows = await statement.run(connection, _parameters(viewer, keys) | {"as_of": as_of})
        return {PackageName(row[KEY], row["found_name"], as_of=as_of): row for row in rows}

    @staticmethod
    def _build(dialect: str, viewer: Viewer, shape: Shape) -> Select[Any]:
        was_current = (
            packages.c.status == PackageStatus.READY,
            available_since() <= _AS_OF,
            or_(packages.c.deprecated_at.is_(None), packages.c.deprecated_at > _AS_OF),
            or_(packages.c.deleted_at.is_(None), packages.c.deleted_at > _AS_OF),
        )
        ranked = (
            select(*_named_columns(viewer, shape), packages.c.deleted_at.label("gone_since"), _place())
            .select_from(_WITH_ORGANIZATIONS)
            .where(*_named(dialect), *was_current, packages_open_to(viewer.sight))
            .subquery("ranked")
        )
        found = select(*ranked.c).where(ranked.c.place == 1, ranked.c.gone_since.is_(None))
        return with_joins(found, shape, viewer.sight)


class _ByAlias:
    """What an alias stands on, or stood on at a moment."""

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self,
        connection: AsyncConnection,
        viewer: Viewer,
        keys: Sequence[PackageName],
        shape: Shape,
        as_of: datetime | None,
    ) -> Mapping[PackageName, Row]:
        statement = self._statements.get(
            connection.dialect,
            (viewer.sight, shape, as_of is None),
            lambda dialect: self._build(dialect, viewer, shape, is_now=as_of is None),
        )
        parameters = _parameters(viewer, keys) | {"aliases": [key.alias for key in keys], "as_of": as_of}
        return {
            PackageName(row[KEY], row["found_name"], alias=row["found_alias"], as_of=as_of): row
            for row in await statement.run(connection, parameters)
        }

    @staticmethod
    def _build(dialect: str, viewer: Viewer, shape: Shape, *, is_now: bool) -> Select[Any]:
        superseded_at = package_aliases.c.superseded_at
        stands: ColumnElement[bool] = superseded_at.is_(None)
        if not is_now:
            stands = and_(package_aliases.c.moved_at <= _AS_OF, or_(stands, superseded_at > _AS_OF))
        found = (
            select(*_named_columns(viewer, shape), package_aliases.c.alias.label("found_alias"))
            .select_from(
                package_aliases.join(organizations, organizations.c.id == package_aliases.c.organization_id).join(
                    packages, packages.c.id == package_aliases.c.package_id
                )
            )
            .where(
                among(dialect, organizations.c.slug, "slugs"),
                among(dialect, package_aliases.c.name, "names"),
                among(dialect, package_aliases.c.alias, "aliases"),
                stands,
                packages_visible_to(viewer.sight),
            )
        )
        return with_joins(found, shape, viewer.sight)


_AS_OF = bindparam("as_of", type_=packages.c.uploaded_at.type)
_WITH_ORGANIZATIONS = packages.join(organizations, organizations.c.id == packages.c.organization_id)


def _parameters(viewer: Viewer, keys: Sequence[PackageName]) -> dict[str, Any]:
    return {
        **viewer.parameters,
        "slugs": [key.organization for key in keys],
        "names": [key.name for key in keys],
    }


def _named_columns(viewer: Viewer, shape: Shape) -> list[ColumnElement[Any]]:
    return [
        organizations.c.slug.label(KEY),
        packages.c.name.label("found_name"),
        *chosen(PACKAGE_COLUMNS, shape, frozenset(DEFERRED), viewer.sight),
    ]


def _named(dialect: str) -> tuple[ColumnElement[bool], ...]:
    return among(dialect, organizations.c.slug, "slugs"), among(dialect, packages.c.name, "names")


def _place(*preference: ColumnElement[Any]) -> ColumnElement[int]:
    """The place among the packages of a name, 1 the newest."""
    order = (*preference, packages.c.version_key.desc(), packages.c.id.desc())
    return (
        func.row_number()
        .over(partition_by=(packages.c.organization_id, packages.c.name), order_by=order)
        .label("place")
    )


class _PackagesByName:
    """Reads the packages that the viewer sees by what they are called."""

    takes_joins = True

    def __init__(self) -> None:
        self._by_version, self._newest_then, self._by_alias = _ByVersion(), _NewestThen(), _ByAlias()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[PackageName], shape: Shape = EVERYTHING
    ) -> Mapping[PackageName, Row]:
        """Rows by what they were asked by.

        One statement for names and versions, one for aliases, and one of each for every moment that is asked about.
        """
        groups: dict[tuple[bool, datetime | None], list[PackageName]] = defaultdict(list)
        for key in keys:
            groups[key.alias is not None, key.as_of].append(key)
        found: dict[PackageName, Row] = {}
        for (is_alias, as_of), group in groups.items():
            if is_alias:
                found |= await self._by_alias(connection, viewer, group, shape, as_of)
            elif as_of is not None:
                found |= await self._newest_then(connection, viewer, group, shape, as_of)
            else:
                found |= await self._by_version(connection, viewer, group, shape)
        return found


packages_by_name = _PackagesByName()
