"""What a plan is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField
from graphql.execution.collect_fields import FieldDetails

from app.db.readers import Join, RowReader, Shape
from schema.core.planner.readings import Reading


@dataclass(eq=False, slots=True)
class Joined:
    """A row wanted along with its parent's. See Join."""

    prefix: str
    reader: RowReader
    column: str
    columns: dict[str, None] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Selection:
    """What is wanted of an object type's rows; `build(row, fetched)` makes the JSON object of one row."""

    columns: dict[str, None] = field(default_factory=dict)
    joins: list[Joined] = field(default_factory=list)
    fetches: list["Fetch | Items"] = field(default_factory=list)
    build: Callable[[Any, list[Any]], Any] = lambda row, fetched: None

    @property
    def shape(self) -> Shape:
        """The columns to read, and the rows to read along."""
        return Shape(tuple(self.columns), joins_of([self]))


@dataclass(eq=False, slots=True)
class PageSelection:
    """What is wanted of a connection: of its nodes once for each place they are selected in, and of the page itself."""

    shape: Shape
    nodes: list[Selection]
    build: Callable[[Any, list[list[Any]], int | None], dict[str, Any]]
    wants_total: bool


@dataclass(eq=False, slots=True)
class Fetch:
    """A field that is read for all rows of its level at once; `column` of a row is what it is read by.

    What is read is a row or a list of rows (`selection`), a page of rows (`page`), a plain value (`write`), anything by
    its id (`nodes`, by tag), or the answer of a resolver that is called (`selection`, no `reading`).
    """

    field: GraphQLField
    details: FieldDetails
    reading: Reading | None = None
    is_list: bool = False
    column: str | None = None
    selection: Selection | None = None
    page: PageSelection | None = None
    write: Callable[[Any], Any] | None = None
    nodes: dict[str, tuple[Any, Selection]] | None = None

    def selections(self) -> list[Selection]:
        """What is wanted of what is read."""
        if self.nodes is not None:
            return [selection for _, selection in self.nodes.values()]
        if self.page is not None:
            return self.page.nodes
        return [self.selection] if self.selection is not None else []


@dataclass(eq=False, slots=True)
class Items:
    """Objects kept in a column of the rows of a level that have relations of their own; nothing is read for them."""

    column: str
    selection: Selection


@dataclass(eq=False, slots=True)
class Plan:
    """A compiled query and all that it reads."""

    root: Selection
    fetches: tuple[Fetch, ...]


def joins_of(selections: Iterable[Selection]) -> tuple[Join, ...]:
    """What the selections join, each after what it is joined to."""
    joins = (each for selection in selections for each in selection.joins)
    return tuple(Join(each.prefix, each.reader, each.column, tuple(each.columns)) for each in joins)
