"""Declarations that cannot work are refused when the schema is built."""

from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from app.db.page_readers import PageReader
from app.db.readers import ListReader, RowReader, anybody
from app.db.tables import Organization, Project
from schema.core.connections import Connection, Edge, connection
from schema.core.declarations import check_declarations
from schema.core.nodes import FromRow
from schema.core.relations import deferred, embedded, embedded_list, relation
from schema.core.scalars import SCALARS
from schema.packages.inputs import PackageFilter, PackageOrder

organizations, projects = Organization.__table__, Project.__table__
COLUMNS = {name: projects.c[name] for name in ("id", "name", "organization_id")}
one = RowReader(projects, projects.c.id, columns=COLUMNS, visible=anybody)
several = ListReader(projects, projects.c.organization_id, columns=COLUMNS, visible=anybody, order_by=(projects.c.id,))
everything = PageReader(projects, columns=COLUMNS, visible=anybody, unique=projects.c.id)
owned = PageReader(projects, columns=COLUMNS, visible=anybody, unique=projects.c.id, owner=projects.c.organization_id)


@strawberry.type
class Fine(FromRow):
    """Only what the readers have."""

    name: str


@strawberry.type
class Odd(FromRow):
    """A column that no reader has."""

    colour: str


@strawberry.type
class OddPart(FromRow):
    """An object whose own key is not among its columns."""

    at: str
    one: Fine | None = relation(one, key="project_id", description="")


@strawberry.type
class FineEdge(Edge[Fine]):
    """An edge with nothing of its own."""


@strawberry.type
class OddEdge(Edge[Fine]):
    """An edge with a column that no reader has."""

    role: str


@strawberry.type
class FineConnection(Connection[Fine, FineEdge]):
    """Fine."""


@strawberry.type
class OddEdgeConnection(Connection[Fine, OddEdge]):
    """Odd edges."""


@strawberry.type
class OddNodeEdge(Edge[Odd]):
    """An edge to what no reader has."""


@strawberry.type
class OddNodeConnection(Connection[Odd, OddNodeEdge]):
    """Odd nodes."""


def schema_with(annotation: Any, field: Any) -> strawberry.Schema:
    """A schema with one type, made of the reader's rows, that has this field."""
    namespace = {"__annotations__": {"field": annotation}, "field": field, "READER": one}
    parent_type = strawberry.type(type("Parent", (FromRow,), namespace))

    @strawberry.type
    class Query:
        @strawberry.field
        def parent(self) -> parent_type | None:  # type: ignore[valid-type]
            return None

    return strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


PLAIN = {"description": "A field."}


@pytest.mark.parametrize(
    ("annotation", "field"),
    [
        (Fine | None, relation(one, key="organization_id", **PLAIN)),
        (list[Fine], relation(several, key="id", **PLAIN)),
        (FineConnection, connection(owned, **PLAIN)),
        (FineConnection, connection(everything, key=None, **PLAIN)),
        (Fine | None, embedded(name="name", **PLAIN)),
        (list[Fine], embedded_list("name", **PLAIN)),
    ],
)
def test_what_agrees_is_let_through(annotation: Any, field: Any) -> None:
    check_declarations(schema_with(annotation, field))


@pytest.mark.parametrize(
    ("annotation", "field", "problem"),
    [
        (Fine, relation(one, **PLAIN), "Parent.field: a row may be missing"),
        (Fine | None, relation(one, key="owner_id", **PLAIN), "Parent.field: .* `owner_id`"),
        (Odd | None, relation(one, **PLAIN), "Odd.colour: .* from Parent.field `colour`"),
        (Fine | None, relation(several, **PLAIN), "Parent.field: the reader gives lists"),
        (list[Odd], relation(several, **PLAIN), "Odd.colour: .* `colour`"),
        (str | None, deferred(one, **PLAIN), "Parent.field: the reader has no such column"),
        (Fine | None, embedded(name="title", **PLAIN), "Parent.field: .* `title`"),
        (Odd | None, embedded(name="name", **PLAIN), "Odd.colour: .* from Parent.field `colour`"),
        (OddPart | None, embedded(at="name", **PLAIN), "OddPart.one: .* `project_id`"),
        (list[Fine], embedded_list("titles", **PLAIN), "Parent.field: .* `titles`"),
        (OddNodeConnection, connection(owned, **PLAIN), "Odd.colour: .* from Parent.field `colour`"),
        (OddEdgeConnection, connection(owned, **PLAIN), "Parent.field: OddEdge: there is no edge column `role`"),
        (FineConnection, connection(owned, key=None, **PLAIN), "Parent.field: a list has a key"),
        (FineConnection, connection(everything, **PLAIN), "Parent.field: a list has a key"),
        (FineConnection, connection(owned, key="owner_id", **PLAIN), "Parent.field: .* `owner_id`"),
        (FineConnection, connection(owned, filter=PackageFilter, **PLAIN), "Parent.field: there is no filter"),
        (FineConnection, connection(owned, order=PackageOrder, **PLAIN), "Parent.field: there is no order `NAME`"),
        (str, strawberry.field(**PLAIN), "Parent.field: .* from its READER `field`"),
    ],
)
def test_what_disagrees_is_refused_by_type_and_field(annotation: Any, field: Any, problem: str) -> None:
    with pytest.raises(TypeError, match=f"^{problem}"):
        check_declarations(schema_with(annotation, field))
