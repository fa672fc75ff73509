"""Relations between types, each declared once by the batch function that reads it.

`uploaded_by: User | None = relation(users_by_id, key="uploaded_by_id")` is the whole declaration. From it comes the
resolver (through a data loader), and a compiler of whole operations can read the same: reader, key and target stay on
the field as its `declaration`.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from app.db.readers import Reader, Shape

DECLARATION = "declaration"


@dataclass(frozen=True, slots=True)
class Relation:
    """A field read by a batch function: `key` is the attribute of the parent that the reader is asked by."""

    reader: Reader
    key: str
    join: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """A column too wide to be read unless asked for, read by the type's own reader."""

    reader: Reader


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object made of columns of the parent's own row: its fields by the columns they are read from.

    Null where the first column is.
    """

    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EmbeddedList:
    """Objects kept as a JSON list in a column of the parent's own row."""

    column: str


def unwrapped(annotation: Any) -> Any:
    """The object type behind an annotation, without its Optional, list and lazy wrappings."""
    while isinstance(annotation, StrawberryContainer | LazyType):
        annotation = annotation.resolve_type() if isinstance(annotation, LazyType) else annotation.of_type
    return annotation


def field_type(object_type: Any, name: str) -> Any:
    """The annotation of a type's field, with type variables filled in."""
    definition = object_type.__strawberry_definition__
    return next(field for field in definition.fields if field.python_name == name).resolve_type(
        type_definition=definition
    )


class DeclaredField(StrawberryField):
    """A field with a declaration instead of a resolver."""

    @property
    def declaration(self) -> Any:
        """What the field was declared by."""
        return self.metadata[DECLARATION]

    @property
    def is_basic_field(self) -> bool:
        """Not basic: the value is loaded."""
        return False

    @cached_property
    def is_async(self) -> bool:
        """Loaded values are awaited."""
        return True

    @cached_property
    def target(self) -> Any:
        """The object type behind the annotation, without its Optional, list and lazy wrappings."""
        return unwrapped(self.type)

    def presented(self, found: Any) -> Any:
        """What a reader answered as the annotation has it: an object of a row, objects of rows, or a plain value."""
        from_row = getattr(self.target, "from_row", None)
        if from_row is None or found is None:
            return found
        return [from_row(row) for row in found] if isinstance(found, list) else from_row(found)


class RelationField(DeclaredField):
    """A to-one relation, or a list or value that a reader gives whole."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load what belongs to the source."""
        return self._load(source, info)

    async def _load(self, source: Any, info: Any) -> Any:
        declaration: Relation = self.declaration
        key = source.__dict__[declaration.key]
        if key is None:
            return None
        return self.presented(await info.context.load(declaration.reader, key))


class DeferredField(DeclaredField):
    """A wide column of the source's own row."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load the column."""
        return self._load(source, info)

    async def _load(self, source: Any, info: Any) -> Any:
        row = await info.context.load(self.declaration.reader, source.__dict__["id"], Shape((self.python_name,)))
        return row[self.python_name] if row is not None else None


class EmbeddedField(DeclaredField):
    """Objects made of the source's own columns; nothing is read."""

    @cached_property
    def is_async(self) -> bool:
        """The values are at hand."""
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Any:
        """Make the object, or the objects."""
        declaration, row = self.declaration, source.__dict__
        if isinstance(declaration, EmbeddedList):
            items = row[declaration.column]
            return [self.target.from_row(item) for item in items] if items is not None else None
        values = {name: row[column] for name, column in declaration.columns.items()}
        return self.target.from_row(values) if next(iter(values.values())) is not None else None


def relation(reader: Reader, *, key: str = "id", description: str, join: bool = False) -> Any:
    """Declare a field whose value `reader` gives for the parent's `key`.

    A reader that answers rows makes objects of the annotated type, one that answers lists of rows makes lists of them,
    and any other value is given as it is. `join` says that the row may be joined into the parent's statement.
    """
    return RelationField(metadata={DECLARATION: Relation(reader, key, join)}, description=description)


def deferred(reader: Reader, *, description: str) -> Any:
    """Declare a column that is only read where it is asked for, because it is wide."""
    return DeferredField(metadata={DECLARATION: Deferred(reader)}, description=description)


def embedded(*, description: str, **columns: str) -> Any:
    """Declare an object made of columns of the same row, `field="column"`; null where the first column is."""
    return EmbeddedField(metadata={DECLARATION: Embedded(columns)}, description=description)


def embedded_list(column: str, *, description: str) -> Any:
    """Declare objects kept as a JSON list in a column of the same row."""
    return EmbeddedField(metadata={DECLARATION: EmbeddedList(column)}, description=description)
