"""Running a plan: one read per fetch and level, all on one connection."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.db.paging import Page, PageKey, PageRequest
from app.db.session import AsyncConnection
from app.identity.viewer import Viewer
from schema.core.node_lookups import readable
from schema.core.planner.parts import Fetch, Items, PageSelection, Plan, Selection

ROOT: list[dict[str, Any]] = [{}]


class Run:
    """One execution of a plan: who asks, over which connection, and what each fetch's arguments come to."""

    def __init__(self, connection: AsyncConnection, viewer: Viewer, requests: Mapping[Fetch, Any]) -> None:
        self._connection = connection
        self._viewer = viewer
        self._requests = requests

    async def answer(self, plan: Plan) -> dict[str, Any]:
        """The query's `data`. Raises Bail, or anything else, where the ordinary way must say what is wrong."""
        data: dict[str, Any] = (await self._objects(plan.root, ROOT))[0]
        return data

    async def _objects(self, selection: Selection, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The JSON objects of rows, in their order."""
        if not rows:
            return []
        fetched = [await self._fetched(fetch, rows) for fetch in selection.fetches]
        build = selection.build
        return [build(row, fetched) for row in rows]

    async def _fetched(self, fetch: Fetch | Items, rows: Sequence[Mapping[str, Any]]) -> dict[Any, Any]:
        """What belongs to each row of a level, by the row's value in the fetch's column."""
        if isinstance(fetch, Items):
            return await self._items(fetch, rows)
        if fetch.nodes is not None:
            return {None: await self._nodes(fetch, fetch.nodes)}
        if fetch.reading is None:
            assert fetch.selection is not None
            called = self._requests[fetch]
            return {None: (await self._objects(fetch.selection, [called.__dict__]))[0] if called is not None else None}
        request, make_key, column = self._requests[fetch], fetch.reading.key, fetch.column
        if column is None:
            keys = {make_key(None, request): None}
        else:
            owners = dict.fromkeys(row[column] for row in rows)
            keys = {make_key(owner, request): owner for owner in owners if owner is not None}
        keys.pop(None, None)  # there is nothing to be read by
        if not keys:
            return {}
        if fetch.page is not None:
            return await self._pages(fetch, fetch.page, keys)
        return await self._rows(fetch, keys)

    async def _rows(self, fetch: Fetch, keys: Mapping[Any, Any]) -> dict[Any, Any]:
        assert fetch.reading is not None
        reader, selection = fetch.reading.reader, fetch.selection
        if selection is None:
            answered = await reader(self._connection, self._viewer, list(keys))
        else:
            answered = await reader(self._connection, self._viewer, list(keys), selection.shape)
        found = {owner: answered[key] for key, owner in keys.items() if answered.get(key) is not None}
        if selection is None:
            assert fetch.write is not None
            return {owner: fetch.write(value) for owner, value in found.items()}
        if not fetch.is_list:
            return dict(zip(found, await self._objects(selection, list(found.values())), strict=True))
        objects = await self._objects(selection, [row for rows in found.values() for row in rows])
        return dict(zip(found, _parts(objects, found.values()), strict=True))

    async def _items(self, items: Items, rows: Sequence[Mapping[str, Any]]) -> dict[Any, Any]:
        """Objects kept in a column of the rows, by the identity of the row."""
        lists = [row[items.column] or [] for row in rows]
        objects = await self._objects(items.selection, [item for each in lists for item in each])
        return {id(row): part for row, part in zip(rows, _parts(objects, lists), strict=True)}

    async def _pages(self, fetch: Fetch, page: PageSelection, keys: Mapping[PageKey, Any]) -> dict[Any, Any]:
        assert fetch.reading is not None
        found: Mapping[PageKey, Page] = await fetch.reading.reader(
            self._connection, self._viewer, list(keys), page.shape
        )
        rows = [row for each in found.values() for row in each.rows]
        nodes = [
            _parts(await self._objects(selection, rows), [each.rows for each in found.values()])
            for selection in page.nodes
        ]
        totals = await self._totals(fetch, keys) if page.wants_total else {}
        return {
            keys[key]: page.build(each, [parts[place] for parts in nodes], totals.get(keys[key]))
            for place, (key, each) in enumerate(found.items())
        }

    async def _totals(self, fetch: Fetch, keys: Mapping[PageKey, Any]) -> dict[Any, int]:
        assert fetch.reading is not None
        assert fetch.reading.totals is not None
        request = PageRequest(filters=self._requests[fetch].filters)
        wanted = [PageKey(key.owner, request) for key in keys]
        counted = await fetch.reading.totals(self._connection, self._viewer, wanted)
        return {key.owner: total for key, total in counted.items()}

    async def _nodes(self, fetch: Fetch, by_tag: Mapping[str, tuple[Any, Selection]]) -> Any:
        """Whatever has the ids, read with one statement a type."""
        named = [readable(id) for id in self._requests[fetch]]
        keys: dict[str, dict[Any, None]] = defaultdict(dict)
        for each in named:
            if each is not None:
                keys[each[0]][each[1]] = None
        made: dict[Any, Any] = {}
        for tag, wanted in keys.items():
            reader, selection = by_tag[tag]
            found = await reader(self._connection, self._viewer, list(wanted), selection.shape)
            objects = await self._objects(selection, list(found.values()))
            made |= {(tag, key): each for key, each in zip(found, objects, strict=True)}
        answers = [made.get(each) if each is not None else None for each in named]
        return answers if fetch.is_list else answers[0]


def _parts(objects: list[Any], lists: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Objects made of the items of several lists, as lists of the same lengths."""
    parts, start = [], 0
    for each in lists:
        parts.append(objects[start : start + len(each)])
        start += len(each)
    return parts
