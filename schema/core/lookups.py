"""Fields read by a key that their arguments help to make, each declared once like a relation.

`package: Package | None = lookup(packages_by_name, package_name, arguments=(…))` is the whole declaration.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.unset import UNSET

from app.db.readers import Reader
from app.enums import Permission
from schema.core.relations import DECLARATION, DeclaredField

MakeKey = Callable[[Any, Mapping[str, Any], Any], Hashable | None]
"""(value of the parent's column, the arguments given, the context) → the reader's key; None: there is nothing."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A field whose reader is asked by what `make_key` makes; `column` is the parent's, None at the root."""

    reader: Reader
    make_key: MakeKey
    column: str | None = None
    requires: Permission | None = None


class LookupField(DeclaredField):
    """What a reader answers for a key that the arguments help to make."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load it."""
        return self._load(source, info, kwargs)

    async def _load(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        declaration: Lookup = self.declaration
        if declaration.requires is not None:
            info.context.require(declaration.requires)
        value = source.__dict__[declaration.column] if declaration.column is not None else None
        key = declaration.make_key(value, given(arguments), info.context)
        found = await info.context.load(declaration.reader, key) if key is not None else None
        return self.presented(found)


def lookup(
    reader: Reader,
    make_key: MakeKey,
    *,
    column: str | None = None,
    arguments: Sequence[StrawberryArgument] = (),
    requires: Permission | None = None,
    description: str,
) -> Any:
    """Declare a field that `reader` reads by what `make_key` makes of the parent's `column` and the arguments."""
    field = LookupField(metadata={DECLARATION: Lookup(reader, make_key, column, requires)}, description=description)
    field.arguments = list(arguments)
    return field


def argument(
    name: str, annotation: Any, description: str, *, default: Any = UNSET, graphql_name: str | None = None
) -> StrawberryArgument:
    """An argument of a declared field, by its Python name."""
    described = strawberry.argument(description=description, name=graphql_name)
    return StrawberryArgument(
        python_name=name,
        graphql_name=graphql_name,
        type_annotation=StrawberryAnnotation(Annotated[annotation, described]),
        default=default,
        description=description,
    )


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are neither absent nor null."""
    return {name: value for name, value in arguments.items() if value is not None and value is not UNSET}
