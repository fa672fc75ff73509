"""Fields that find anything by its global id, each declared once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from strawberry.types.arguments import StrawberryArgument

from schema.core.ids import decode_id
from schema.core.nodes import Node
from schema.core.relations import DECLARATION, DeclaredField


@cache
def readable_types() -> dict[str, Any]:
    """The node types that are read by id, by their tags. Raises TypeError for a tag used twice."""
    found: dict[str, Any] = {}
    for node_type in Node.__subclasses__():
        is_readable = getattr(node_type, "READER", None) is not None
        if is_readable and found.setdefault(node_type.TAG, node_type) is not node_type:
            raise TypeError(f"the tag {node_type.TAG} is used twice")
    return found


def readable(id: str) -> tuple[str, Any] | None:
    """The tag and key of an id that may name something; None for one that cannot."""
    decoded = decode_id(id)
    node_type = readable_types().get(decoded[0]) if decoded is not None else None
    if decoded is None or node_type is None or not isinstance(decoded[1], node_type.READER.key.type.python_type):
        return None
    return decoded


@dataclass(frozen=True, slots=True)
class NodeLookup:
    """A field of nodes: `ids` takes them from the arguments, and may raise; without `is_list` it gives one."""

    ids: Callable[[Mapping[str, Any], Any], list[str]]
    is_list: bool = False


class NodeField(DeclaredField):
    """Anything by its global id."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Mapping[str, Any]) -> Awaitable[Any]:
        """Load it, or them with one statement a type."""
        return self._load(info, kwargs)

    async def _load(self, info: Any, arguments: Mapping[str, Any]) -> Any:
        declaration: NodeLookup = self.declaration
        named = [readable(id) for id in declaration.ids(arguments, info.context)]
        found: dict[tuple[str, Any], Node] = {}
        for tag in dict.fromkeys(each[0] for each in named if each is not None):
            keys = [each[1] for each in named if each is not None and each[0] == tag]
            node_type = readable_types()[tag]
            rows = await info.context.load_many(node_type.READER, keys)
            found |= {
                (tag, key): node_type.from_row(row) for key, row in zip(keys, rows, strict=True) if row is not None
            }
        nodes = [found.get(each) if each is not None else None for each in named]
        return nodes if declaration.is_list else nodes[0]


def node_lookup(
    ids: Callable[[Mapping[str, Any], Any], list[str]],
    argument: StrawberryArgument,
    *,
    is_list: bool = False,
    description: str,
) -> Any:
    """Declare a field of whatever has the ids that `ids` takes from the argument."""
    field = NodeField(metadata={DECLARATION: NodeLookup(ids, is_list)}, description=description)
    field.arguments = [argument]
    return field
