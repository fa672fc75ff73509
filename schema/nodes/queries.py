"""The Relay root fields: anything by its global id."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.errors import InvalidInput, Issue
from schema.core.lookups import argument
from schema.core.node_lookups import node_lookup
from schema.core.nodes import Node


def _ids(arguments: Mapping[str, Any], context: Any) -> list[str]:
    ids: list[str] = arguments["ids"]
    if len(ids) > context.settings.max_page_size:
        raise InvalidInput([Issue(("ids",), f"`ids` may have at most {context.settings.max_page_size} elements.")])
    return ids


@strawberry.type
class NodeQueries:
    """Root fields by id."""

    node: Node | None = node_lookup(
        lambda arguments, context: [arguments["id"]],
        argument("id", strawberry.ID, "The global id."),
        description="Anything with a global id; null where there is none that the viewer may see.",
    )
    nodes: list[Node | None] = node_lookup(
        _ids,
        argument("ids", list[strawberry.ID], "The global ids, 1000 at most."),
        is_list=True,
        description="Several things by their global ids, in the same order, null where there is none.",
    )
