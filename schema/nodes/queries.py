"""The Relay root fields: anything by its global id."""

import asyncio
from functools import cache
from typing import Annotated, Any

import strawberry

from app.errors import InvalidInput, Issue
from schema.context import Info
from schema.core.ids import decode_id
from schema.core.nodes import Node


@cache
def readable_types() -> dict[str, Any]:
    """The node types that are read by id, by their tags. Raises TypeError for a tag used twice."""
    found: dict[str, Any] = {}
    for node_type in Node.__subclasses__():
        is_readable = getattr(node_type, "READER", None) is not None
        if is_readable and found.setdefault(node_type.TAG, node_type) is not node_type:
            raise TypeError(f"the tag {node_type.TAG} is used twice")
    return found


async def load_node(info: Info, id: strawberry.ID) -> Node | None:
    """What an id names, None where there is no such thing or the viewer may not see it."""
    decoded = decode_id(str(id))
    node_type = readable_types().get(decoded[0]) if decoded is not None else None
    if decoded is None or node_type is None:
        return None
    if not isinstance(decoded[1], node_type.READER.key.type.python_type):
        return None
    row = await info.context.load(node_type.READER, decoded[1])
    node: Node | None = node_type.from_row(row) if row is not None else None
    return node


@strawberry.type
class NodeQueries:
    """Root fields by id."""

    @strawberry.field(description="Anything with a global id; null where there is none that the viewer may see.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
    ) -> Node | None:
        """One thing."""
        return await load_node(info, id)

    @strawberry.field(description="Several things by their global ids, in the same order, null where there is none.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The global ids, 1000 at most.")],
    ) -> list[Node | None]:
        """Read with one statement a type."""
        if len(ids) > info.context.settings.max_page_size:
            message = f"`ids` may have at most {info.context.settings.max_page_size} elements."
            raise InvalidInput([Issue(("ids",), message)])
        return list(await asyncio.gather(*(load_node(info, id) for id in ids)))
