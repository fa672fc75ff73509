"""Page readers: the batch functions behind connections, and the counts that go with them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, and_, bindparam, func, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.paging import Binds, Keyset, Order, Page, PageKey, PageRequest
from app.db.readers import EVERYTHING, KEY, Columns, Shape, Visibility, chosen, with_joins
from app.db.statements import Row, StatementCache, among
from app.identity.viewer import Viewer

EDGE_PREFIX = "edge__"


class PageReader:
    """Reads a page of the rows that belong to each owner, or of all rows where there is no owner column.

    `keyset` makes the cursors, where they are to be others than the lists' own.
    """

    takes_joins = True

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
        visible: Visibility,
        keyset: type[Keyset] = Keyset,
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
        self._keysets = {
            (name, is_descending): keyset(
                unique, order, is_descending=is_descending, list_name=f"{unique} {owner} {name}"
            )
            for name, order in self.orders.items()
            for is_descending in (False, True)
        }

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

    def keyset(self, order: str | None, is_descending: bool = False) -> Keyset:
        """The order of this name and direction; None: the list's own."""
        if order is None:
            return self._keysets[self.default_order, self.default_descending]
        return self._keysets[order, is_descending]

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
        keyset = self.keyset(request.order, request.is_descending)
        bounds = {"after": request.after, "before": request.before}
        single = self.owner is None or len(owners) == 1
        structure = (
            viewer.sight,
            shape,
            single,
            keyset,
            request.last is not None,
            tuple(None if values is None else values[0] is None for values in bounds.values()),
            tuple(name for name, _ in request.filters),
        )
        statement = self._statements.get(
            connection.dialect, structure, lambda dialect: self._build(dialect, viewer, request, shape, single)
        )
        parameters = {**viewer.parameters, **self.parameters(request), "page_limit": request.size + 1}
        parameters |= {"key": owners[0], "keys": owners}
        for name, values in bounds.items():
            parameters |= {f"{name}_{position}": value for position, value in enumerate(values or ())}
        by_owner: dict[Any, list[Row]] = {owner: [] for owner in owners}
        for row in await statement.run(connection, parameters):
            by_owner[row[KEY] if self.owner is not None else None].append(row)
        return {owner: _page(request, keyset, rows) for owner, rows in by_owner.items()}

    def _build(self, dialect: str, viewer: Viewer, request: PageRequest, shape: Shape, single: bool) -> Select[Any]:
        keyset = self.keyset(request.order, request.is_descending)
        columns = [
            *chosen(self.columns, shape, self.deferred, viewer.sight),
            *(column.label(EDGE_PREFIX + name) for name, column in self.edge_columns.items()),
            *(column.label(name) for name, column in keyset.columns.items()),
        ]
        conditions = self.conditions(dialect, viewer, request)
        if request.after is not None:
            conditions.append(keyset.beyond("after", backwards=False, is_null=request.after[0] is None))
        if request.before is not None:
            conditions.append(keyset.beyond("before", backwards=True, is_null=request.before[0] is None))
        backwards = request.last is not None
        ordering = keyset.order_by(backwards=backwards)
        limit = bindparam("page_limit", type_=Integer())
        if self.owner is not None:
            columns.insert(0, self.owner.label(KEY))
            # As for readers of rows: PostgreSQL reuses the plan of `=`.
            single_owner = self.owner == bindparam("key", type_=self.owner.type)
            conditions.append(single_owner if single else among(dialect, self.owner, "keys"))
        if single:
            page = select(*columns).select_from(self.source).where(and_(*conditions)).order_by(*ordering).limit(limit)
            return with_joins(
                page, shape, viewer.sight, lambda known: keyset.order_by(backwards=backwards, columns=known)
            )
        place = func.row_number().over(partition_by=self.owner, order_by=ordering).label("place")
        ranked = select(*columns, place).select_from(self.source).where(and_(*conditions)).subquery("ranked")
        pages = select(*ranked.c).where(ranked.c.place <= limit).order_by(ranked.c.place)
        return with_joins(pages, shape, viewer.sight, lambda known: [known["place"]])


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
    is_more = len(rows) > request.size
    backwards = request.last is not None
    rows = rows[: request.size]
    if backwards:
        rows.reverse()
    # A cursor stands for a row outside the page, so there is something on its side.
    return Page(
        rows=rows,
        keyset=keyset,
        has_next=request.before is not None or (is_more and not backwards),
        has_previous=request.after is not None or (is_more and backwards),
    )
