"""Connections: pages of a list by the Relay specification, declared by the batch function that reads them.

`parents: LineageParentConnection = connection(parents_by_package, …)` is the whole declaration.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.unset import UNSET

from app.db.page_readers import EDGE_PREFIX, PageReader
from app.db.paging import Page, PageKey, PageRequest
from app.enums import Permission
from app.errors import InvalidInput, Issue
from schema.core.cost import DEFAULT_PAGE_SIZE
from schema.core.relations import DECLARATION, DeclaredField, field_type, unwrapped
from schema.core.scalars import is_storable

NodeType = TypeVar("NodeType")
EdgeType = TypeVar("EdgeType")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """The Relay specification's page information."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    has_previous_page: bool = strawberry.field(description="Whether the list has something before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the page's first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last item.")


@strawberry.type
class Edge(Generic[NodeType]):
    """An item's place in a list. Subclasses add what belongs to the place and not to the item."""

    cursor: str = strawberry.field(description="The item's place, for `after` and `before`.")
    node: NodeType = strawberry.field(description="The item.")

    @classmethod
    def make(cls, cursor: str, node: NodeType, row: Mapping[str, Any]) -> Self:
        """The edge of a row; columns of the edge itself carry a prefix in it."""
        edge = object.__new__(cls)
        edge.__dict__ = {name.removeprefix(EDGE_PREFIX): row[name] for name in row if name.startswith(EDGE_PREFIX)}
        edge.__dict__ |= {"cursor": cursor, "node": node}
        return edge


@strawberry.type
class Connection(Generic[NodeType, EdgeType]):
    """One page of a list, its total counted only when asked for."""

    _page: strawberry.Private[Page]
    _reader: strawberry.Private[PageReader]
    _key: strawberry.Private[PageKey]
    _node_type: strawberry.Private[Any]
    _edge_type: strawberry.Private[Any]

    @strawberry.field(description="The items of the page.")
    def nodes(self) -> list[NodeType]:
        """The items, made from the page's rows."""
        return [self._node_type.from_row(row) for row in self._page.rows]

    @strawberry.field(description="The items of the page, each with its place in the list.")
    def edges(self) -> list[EdgeType]:
        """The items with cursors and edge columns."""
        make, from_row, cursor = self._edge_type.make, self._node_type.from_row, self._page.keyset.cursor
        return [make(cursor(row), from_row(row), row) for row in self._page.rows]

    @strawberry.field(description="Where the page stands in the list.")
    def page_info(self) -> PageInfo:
        """The page's bounds."""
        page = self._page
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.keyset.cursor(page.rows[0]) if page.rows else None,
            end_cursor=page.keyset.cursor(page.rows[-1]) if page.rows else None,
        )

    @strawberry.field(description="How many items the whole list has.")
    async def total_count(self, info: strawberry.Info[Any, None]) -> int:
        """Counted by one statement for all lists of a level."""
        request = PageRequest(filters=self._key.request.filters)
        total: int = await info.context.load(self._reader.totals, PageKey(self._key.owner, request))
        return total

    @strawberry.field(description="Whether totalCount was counted, not estimated.")
    def is_total_count_exact(self) -> bool:
        """Counts are exact."""
        return True


class Filter(ABC):
    """Base of filter inputs: `criteria` gives the (name, value) pairs that the reader's filters bind.

    NAMES are all the names it may give.
    """

    NAMES: ClassVar[frozenset[str]]

    @abstractmethod
    def criteria(self) -> Sequence[tuple[str, Any]]:
        """The filters that are set."""


@dataclass(frozen=True, slots=True)
class ConnectionDeclaration:
    """A list read by a page reader: `key` is the parent's attribute that owns it; None at the root."""

    reader: PageReader
    key: str | None
    filter: Any = None
    order: Any = None
    requires: Permission | None = None


class ConnectionField(DeclaredField):
    """A paged list."""

    @cached_property
    def element_types(self) -> tuple[Any, Any]:
        """The node and edge types of the annotated connection."""
        edge_type = unwrapped(field_type(self.target, "edges"))
        return unwrapped(field_type(edge_type, "node")), edge_type

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load the page that the arguments name."""
        return self._load(source, info, kwargs)

    async def _load(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        declaration: ConnectionDeclaration = self.declaration
        if declaration.requires is not None:
            info.context.require(declaration.requires)
        request = page_request(declaration.reader, arguments, maximum=info.context.settings.max_page_size)
        owner = source.__dict__[declaration.key] if declaration.key is not None else None
        key = PageKey(owner, request)
        page = await info.context.load(declaration.reader, key)
        node_type, edge_type = self.element_types
        return self.target(_page=page, _reader=declaration.reader, _key=key, _node_type=node_type, _edge_type=edge_type)


def page_request(reader: PageReader, arguments: Mapping[str, Any], *, maximum: int) -> PageRequest:
    """The page of a reader's list that a field's arguments name. Raises InvalidInput for impossible ones."""
    given = {name: value for name, value in arguments.items() if value is not None and value is not UNSET}
    first, last = given.get("first"), given.get("last")
    issues = [
        Issue((name,), f"`{name}` must be from 0 to {maximum}.")
        for name, value in (("first", first), ("last", last))
        if value is not None and not 0 <= value <= maximum
    ]
    if first is not None and last is not None:
        issues.append(Issue(("last",), "Give `first` or `last`, not both."))
    if issues:
        raise InvalidInput(issues)
    order = given.get("order_by")
    order_name, is_descending = (order.name, order.is_descending) if order is not None else (None, False)
    keyset = reader.keyset(order_name, is_descending)
    filters = tuple(given["filter"].criteria()) if "filter" in given else ()
    if given.get("search"):
        filters += (("search", given["search"]),)
    filters += tuple((name, given[name]) for name in reader.filters if name != "search" and name in given)
    needed = reader.orders[order_name].needs if order_name is not None else None
    if needed is not None and needed not in dict(filters):
        raise InvalidInput([Issue(("orderBy", "field"), f"The order {order_name} goes by `{needed}`: give it too.")])
    for name, value in filters:
        if not all(is_storable(each) for each in (value if isinstance(value, tuple) else (value,))):
            argument = name if name in given else "filter"
            raise InvalidInput([Issue((argument,), f"A text in `{argument}` holds a NUL character: leave it out.")])
    return PageRequest(
        first=DEFAULT_PAGE_SIZE if first is None and last is None else first,
        last=last,
        after=keyset.values(given["after"], "after") if "after" in given else None,
        before=keyset.values(given["before"], "before") if "before" in given else None,
        order=order_name,
        is_descending=is_descending,
        filters=filters,
    )


def connection(
    reader: PageReader,
    *,
    key: str | None = "id",
    description: str,
    filter: Any = None,
    order: Any = None,
    search: str | None = None,
    arguments: Sequence[StrawberryArgument] = (),
    requires: Permission | None = None,
) -> Any:
    """Declare a paged list that `reader` reads for the parent's `key`; `filter` and `order` are its input types.

    `search` describes an argument of that name, for a reader that has a filter of that name. More `arguments` are each
    given to the reader's filter of the argument's name.
    """
    field = ConnectionField(
        metadata={DECLARATION: ConnectionDeclaration(reader, key, filter, order, requires)}, description=description
    )
    field.arguments = [
        *arguments,
        _argument("first", int, "How many items, from the start."),
        _argument("last", int, "How many items, from the end."),
        _argument("after", str, "Only what comes after this cursor."),
        _argument("before", str, "Only what comes before this cursor."),
    ]
    if filter is not None:
        field.arguments.append(_argument("filter", filter, "Which items; absent and null both mean: not filtered."))
    if search is not None:
        field.arguments.append(_argument("search", str, search))
    if order is not None:
        field.arguments.append(_argument("order_by", order, "In which order."))
    return field


def _argument(name: str, annotation: Any, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(
            Annotated[annotation | None, strawberry.argument(description=description)]
        ),
        default=UNSET,
        description=description,
    )
