"""Fields of a package that are read over its whole lineage, declared by the batch function that reads them."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.unset import UNSET

from app.config import Settings
from app.db.readers import Reader
from app.db.repositories.lineage_graphs import ImpactKey, LineageKey, impacts, lineage_graphs
from app.enums import LineageDirection, RelationshipType
from app.errors import InvalidInput, Issue
from schema.core.relations import DECLARATION, DeclaredField


@dataclass(frozen=True, slots=True)
class OverLineage:
    """A field read by a batch function: `make_key` makes its key of the package's id, the arguments and the settings.

    The reader answers a row of the annotated type. `make_key` may raise InvalidInput.
    """

    reader: Reader
    make_key: Callable[[UUID, Mapping[str, Any], Settings], Hashable]


class OverLineageField(DeclaredField):
    """What a package's lineage amounts to."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load what the arguments name."""
        return self._load(source, info, kwargs)

    async def _load(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        declaration: OverLineage = self.declaration
        key = declaration.make_key(source.__dict__["id"], arguments, info.context.settings)
        row = await info.context.load(declaration.reader, key)
        return self.target.from_row(row) if row is not None else None


def lineage_key(package_id: UUID, arguments: Mapping[str, Any], settings: Settings) -> LineageKey:
    """The graph that a field's arguments name. Raises InvalidInput for an impossible one."""
    given = {name: value for name, value in arguments.items() if value is not None and value is not UNSET}
    max_depth = given.get("max_depth")
    if max_depth is not None and max_depth < 0:
        raise InvalidInput([Issue(("maxDepth",), "`maxDepth` must be 0 or more.")])
    types = given.get("relationship_types")
    return LineageKey(
        package_id,
        given.get("direction", LineageDirection.ANCESTORS),
        max_depth,
        frozenset(types) if types is not None else None,
        settings.lineage_max_nodes,
    )


def impact_key(package_id: UUID, arguments: Mapping[str, Any], settings: Settings) -> ImpactKey:
    """The packages downstream of a package."""
    return ImpactKey(package_id, settings.lineage_max_nodes)


def lineage_graph(*, description: str) -> Any:
    """Declare the graph of a package's ancestors, descendants or both."""
    field = OverLineageField(metadata={DECLARATION: OverLineage(lineage_graphs, lineage_key)}, description=description)
    field.arguments = [
        _argument(
            "direction",
            LineageDirection | None,
            "Which way to go; null: ANCESTORS.",
            default=LineageDirection.ANCESTORS,
        ),
        _argument("max_depth", int | None, "How many edges away from the package at most; absent or null: any number."),
        _argument(
            "relationship_types",
            list[RelationshipType] | None,
            "Only edges of these types are followed and told; absent or null: all.",
        ),
    ]
    return field


def impact(*, description: str) -> Any:
    """Declare what stands on a package."""
    return OverLineageField(metadata={DECLARATION: OverLineage(impacts, impact_key)}, description=description)


def _argument(name: str, annotation: Any, description: str, default: Any = UNSET) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(Annotated[annotation, strawberry.argument(description=description)]),
        default=default,
        description=description,
    )
