"""Running a plan: one read per fetch and level, all on one connection."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.paging import Page, PageKey, PageRequest
from app.identity.viewer import Viewer
from schema.core.planner.compile import Fetch, PageSelection, Selection

ROOT: list[dict[str, Any]] = [{}]


class Run:
    """One execution of a plan: who asks, over which connection, and what the fields' arguments are."""

    def __init__(self, connection: AsyncConnection, viewer: Viewer, requests: Mapping[Fetch, Any]) -> None:
        self._connection = connection
        self._viewer = viewer
        self._requests = requests

    async def answer(self, root: Selection) -> dict[str, Any]:
        """The query's `data`. Raises Bail, or anything else, where the ordinary way must say what is wrong."""
        data: dict[str, Any] = (await self._objects(root, ROOT))[0]
        return data

    async def _objects(self, selection: Selection, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The JSON objects of rows, in their order."""
        fetched = [await self._fetched(fetch, rows) for fetch in selection.fetches]
        build = selection.build
        return [build(row, fetched) for row in rows]

    async def _fetched(self, fetch: Fetch, rows: Sequence[Mapping[str, Any]]) -> dict[Any, Any]:
        """What belongs to each row of a level, by the row's value in the fetch's column."""
        request, make_key = self._requests[fetch], fetch.reading.key
        column = fetch.column
        owners = dict.fromkeys(row[column] for row in rows) if column is not None else {None: None}
        keys = {make_key(owner, request): owner for owner in owners if owner is not None or column is None}
        keys.pop(None, None)  # there is nothing to be read by
        if not keys:
            return {}
        if fetch.page is not None:
            return await self._pages(fetch, fetch.page, keys)
        shape = fetch.selection.shape if fetch.selection is not None and not fetch.is_list else None
        answered = await self._read(fetch.reading.reader, list(keys), shape)
        found = {owner: answered[key] for key, owner in keys.items() if answered.get(key) is not None}
        if fetch.write is not None:
            return {owner: fetch.write(value) for owner, value in found.items()}
        selection = fetch.selection
        assert selection is not None
        if not fetch.is_list:
            return dict(zip(found, await self._objects(selection, list(found.values())), strict=True))
        objects = await self._objects(selection, [row for list_ in found.values() for row in list_])
        return dict(zip(found, _parts(objects, found.values()), strict=True))

    async def _pages(self, fetch: Fetch, page: PageSelection, keys: Mapping[PageKey, Any]) -> dict[Any, Any]:
        found: Mapping[PageKey, Page] = await self._read(fetch.reading.reader, list(keys), page.shape)
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
        request = PageRequest(filters=self._requests[fetch].filters)
        totals = fetch.reading.totals
        assert totals is not None
        counted = await self._read(totals, [PageKey(key.owner, request) for key in keys], None)
        return {key.owner: total for key, total in counted.items()}

    async def _read(self, reader: Any, keys: list[Any], shape: Any) -> Mapping[Any, Any]:
        found: Mapping[Any, Any] = await (
            reader(self._connection, self._viewer, keys)
            if shape is None
            else reader(self._connection, self._viewer, keys, shape)
        )
        return found


def _parts(objects: list[Any], lists: Any) -> list[list[Any]]:
    """Objects made of the items of several lists, as lists of the same lengths."""
    parts, start = [], 0
    for each in lists:
        parts.append(objects[start : start + len(each)])
        start += len(each)
    return parts
