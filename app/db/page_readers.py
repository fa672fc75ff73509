"""Page readers: the batch functions behind connections, and the counts that go with them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, and_, bindparam, func, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.paging import Binds, Keyset, Page, PageKey, PageRequest, SortColumn
from app.db.readers import EVERYTHING, KEY, Columns, Shape, Visibility, anybody, chosen
from app.db.statements import Row, StatementCache, among
from app.identity.viewer import Viewer

EDGE_PREFIX = "edge__"


@dataclass(frozen=True, slots=True)
class Order:
    """A way to order a list: by one column, then by the list's unique column."""

    column: ColumnElement[Any] | None = None
    is_nullable: bool = False


class PageReader:
    """Reads a page of the rows that belong to each owner, or of all rows where there is no owner column."""

    def __init__(
        self,
        source: FromClause,
        *,
        columns: Columns,
        unique: ColumnElement[Any],
        owner: ColumnElement[Any] | None = None,
        edge_columns: Mapping[str, ColumnElement[Any]] | None = None,
        orders: Mapping[str, Order] | None = None,
        default_order: str = "ID",
        default_descending: bool = False,
        filters: Mapping[str, Callable[[str], ColumnElement[bool]]] | None = None,
        deferred: Sequence[str] = (),
        visible: Visibility = anybody,
    ) -> None:
        self.source = source
        self.columns = columns
        self.unique = unique
        self.owner = owner
        self.edge_columns = edge_columns or {}
        self.orders = {"ID": Order(), **(orders or {})}
        self.default_order = default_order
        self.default_descending = default_descending
        self.filters = filters or {}
        self.deferred = frozenset(deferred)
        self.visible = visible
        self.totals = TotalReader(self)
        self._statements = StatementCache()
        self._keysets: dict[tuple[str, bool], Keyset] = {}

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[PageKey], shape: Shape = EVERYTHING
    ) -> Mapping[PageKey, Page]:
        """Pages by key; one statement for all owners that want the same page."""
        by_request: dict[PageRequest, list[Any]] = defaultdict(list)
        for key in keys:
            by_request[key.request].append(key.owner)
        pages: dict[PageKey, Page] = {}
        for request, owners in by_request.items():
            for owner, page in (await self._read(connection, viewer, request, owners, shape)).items():
                pages[PageKey(owner, request)] = page
        return pages

    def keyset(self, request: PageRequest) -> Keyset:
        """The order of a request: the named one, or the list's own."""
        name = request.order or self.default_order
        descending = request.descending if request.order else self.default_descending
        keyset = self._keysets.get((name, descending))
        if keyset is None:
            order = self.orders[name]
            sorts = (
                [SortColumn("sort__key", order.column, order.is_nullable, descending)]
                if order.column is not None
                else []
            )
            sorts.append(SortColumn("sort__unique", self.unique, is_descending=descending))
            keyset = self._keysets[name, descending] = Keyset(sorts, f"{name}{'-' if descending else '+'}")
        return keyset

    def parameters(self, request: PageRequest) -> dict[str, Any]:
        """What the filters of a request bind."""
        bound: dict[str, Any] = {}
        for name, value in request.filters:
            bound |= dict(value.pairs) if isinstance(value, Binds) else {f"filter_{name}": value}
        return bound

    def conditions(self, dialect: str, viewer: Viewer, request: PageRequest) -> list[ColumnElement[bool]]:
        """Visibility and filters; a filter binds its value as `filter_<name>`."""
        return [self.visible(viewer.sight), *(self.filters[name](dialect) for name, _ in request.filters)]

    async def _read(
        self, connection: AsyncConnection, viewer: Viewer, request: PageRequest, owners: list[Any], shape: Shape
    ) -> Mapping[Any, Page]:
        keyset = self.keyset(request)
        bounds = {
            name: keyset.values(cursor, name)
            for name, cursor in (("after", request.after), ("before", request.before))
            if cursor is not None
        }
        nulls = {name: tuple(value is None for value in values) for name, values in bounds.items()}
        single = self.owner is None or len(owners) == 1
        structure = (
            viewer.sight,
            shape,
            single,
            keyset.label,
            request.last is not None,
            tuple(nulls.items()),
            tuple(name for name, _ in request.filters),
        )
        statement = self._statements.get(
            connection.dialect,
            structure,
            lambda dialect: self._build(dialect, viewer, request, shape, single, nulls),
        )
        parameters = {**viewer.parameters, **self.parameters(request), "page_limit": request.size + 1}
        parameters |= {"key": owners[0], "keys": owners}
        for name, values in bounds.items():
            parameters |= {f"{name}_{position}": value for position, value in enumerate(values)}
        rows = await statement.run(connection, parameters)
        by_owner: dict[Any, list[Row]] = {owner: [] for owner in owners}
        for row in rows:
            by_owner[row[KEY] if self.owner is not None else None].append(row)
        return {owner: _page(request, keyset, found) for owner, found in by_owner.items()}

    def _build(
        self,
        dialect: str,
        viewer: Viewer,
        request: PageRequest,
        shape: Shape,
        single: bool,
        nulls: Mapping[str, tuple[bool, ...]],
    ) -> Select[Any]:
        keyset = self.keyset(request)
        backwards = request.last is not None
        columns = [
            *chosen(self.columns, shape, self.deferred, viewer.sight),
            *(column.label(EDGE_PREFIX + name) for name, column in self.edge_columns.items()),
            *(sort.column.label(sort.name) for sort in keyset.columns),
        ]
        conditions = self.conditions(dialect, viewer, request)
        if "after" in nulls:
            conditions.append(keyset.beyond("after", backwards=False, nulls=nulls["after"]))
        if "before" in nulls:
            conditions.append(keyset.beyond("before", backwards=True, nulls=nulls["before"]))
        limit = bindparam("page_limit", type_=Integer())
        ordering = keyset.order_by(backwards=backwards)
        if self.owner is None:
            return select(*columns).select_from(self.source).where(and_(*conditions)).order_by(*ordering).limit(limit)
        columns.insert(0, self.owner.label(KEY))
        if single:
            conditions.append(self.owner == bindparam("key", type_=self.owner.type))
            return select(*columns).select_from(self.source).where(and_(*conditions)).order_by(*ordering).limit(limit)
        conditions.append(among(dialect, self.owner, "keys"))
        place = func.row_number().over(partition_by=self.owner, order_by=ordering).label("place")
        ranked = select(*columns, place).select_from(self.source).where(and_(*conditions)).subquery("ranked")
        return select(*ranked.c).where(ranked.c.place <= limit).order_by(ranked.c.place)


class TotalReader:
    """Counts the rows that belong to each owner, under the same visibility and filters as the pages."""

    def __init__(self, pages: PageReader) -> None:
        self._pages = pages
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[PageKey], shape: Shape = EVERYTHING
    ) -> Mapping[PageKey, int]:
        """Counts by key."""
        by_filters: dict[tuple[tuple[str, Any], ...], list[PageKey]] = defaultdict(list)
        for key in keys:
            by_filters[key.request.filters].append(key)
        totals: dict[PageKey, int] = dict.fromkeys(keys, 0)
        for group in by_filters.values():
            request = group[0].request
            statement = self._statements.get(
                connection.dialect,
                (viewer.sight, tuple(name for name, _ in request.filters)),
                lambda dialect, request=request: self._build(dialect, viewer, request),  # type: ignore[misc]
            )
            owners = [key.owner for key in group]
            parameters = {**viewer.parameters, **self._pages.parameters(request), "keys": owners}
            counted = {row[KEY]: row["total"] for row in await statement.run(connection, parameters)}
            for key in group:
                totals[key] = counted.get(key.owner, 0)
        return totals

    def _build(self, dialect: str, viewer: Viewer, request: PageRequest) -> Select[Any]:
        pages = self._pages
        conditions = pages.conditions(dialect, viewer, request)
        owner: ColumnElement[Any] = pages.owner if pages.owner is not None else null()
        columns: list[ColumnElement[Any]] = [owner.label(KEY), func.count().label("total")]
        counted = select(*columns).select_from(pages.source)
        if pages.owner is None:
            return counted.where(and_(*conditions))
        return counted.where(and_(*conditions), among(dialect, pages.owner, "keys")).group_by(pages.owner)


def _page(request: PageRequest, keyset: Keyset, rows: list[Row]) -> Page:
    more = len(rows) > request.size
    rows = rows[: request.size]
    backwards = request.last is not None
    if backwards:
        rows.reverse()
    return Page(
        rows=rows,
        cursors=[keyset.cursor(row) for row in rows],
        has_next=request.before is not None if backwards else more,
        has_previous=more if backwards else request.after is not None,
    )
