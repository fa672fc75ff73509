"""Types made straight from rows, and the Node interface."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from app.db.statements import Row
from schema.core.ids import encode_id


class FromRow:
    """A type whose plain fields are the columns of a row, under the same names."""

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """The object of a row. The row becomes its attributes as it stands: nothing is copied or converted."""
        made = object.__new__(cls)
        made.__dict__ = row
        return made


class IdField(StrawberryField):
    """The global id, spelled from the type's tag and the row's key."""

    @property
    def is_basic_field(self) -> bool:
        """Not basic: the value is made, not read."""
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> str:
        """The id of the source."""
        return encode_id(source.TAG, source.__dict__["id"])


@strawberry.interface(description="Anything with a global id, to be had again by `node(id:)`.")
class Node(FromRow):
    """The Relay interface. A type that implements it names its tag and the reader of its rows."""

    TAG: ClassVar[str]

    id: strawberry.ID = IdField(description="The global id: opaque, unique over all types, never reused.")  # type: ignore[assignment]

    @property
    def key(self) -> UUID:
        """The row's primary key."""
        key: UUID = self.__dict__["id"]
        return key
