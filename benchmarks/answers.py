"""Answers of different servers made comparable: ids, cursors, moments and the order of graphs."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

from benchmarks.operations import Operation

_OWN_ID = re.compile(r"\A[a-z]+_([0-9a-f]{32}|[0-9]+)\Z")
_CURSORS = ("cursor", "startCursor", "endCursor")
_KEYS = ("id", "key", "parentKey", "childKey")


def comparable(operation: Operation, data: dict[str, Any]) -> Any:
    """The `data` of an answer, equal for equal answers of all servers."""
    found = _even(data)
    if not operation.is_lineage:
        return found
    return _graph(found["package"])


def end_cursor(data: dict[str, Any]) -> str | None:
    """Where the next page begins, None after the last one."""
    page = data["packages"]["pageInfo"]
    return page["endCursor"] if page["hasNextPage"] else None


def difference(left: Any, right: Any, path: str = "data") -> str | None:
    """The first place where two comparable answers differ, None where they are equal."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        found = (difference(left[key], right[key], f"{path}.{key}") for key in left)
        return next((each for each in found if each), None)
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = enumerate(zip(left, right, strict=True))
        found = (difference(ours, theirs, f"{path}[{number}]") for number, (ours, theirs) in pairs)
        return next((each for each in found if each), None)
    return None if left == right else f"{path}: {_short(left)} is not {_short(right)}"


def _even(value: Any, name: str = "") -> Any:
    if isinstance(value, list):
        return [_even(item) for item in value]
    if isinstance(value, dict):
        made = {key: _even(item, key) for key, item in value.items()}
        inner = made.get("node")
        if isinstance(inner, dict) and "node" in inner:  # PostGraphile's nodes of a link hold what ours are
            made |= inner
        return made
    if not isinstance(value, str):
        return value
    if name in _CURSORS:
        return "a cursor"
    if name in _KEYS:
        return _key(value)
    return datetime.fromisoformat(value).astimezone(UTC) if name.endswith("At") else value


def _key(value: str) -> str:
    """The primary key in an id: ours is `<tag>_<key>`, PostGraphile's base64 of a JSON list."""
    if match := _OWN_ID.match(value):
        return match[1]
    try:
        return str(json.loads(base64.b64decode(value))[1]).replace("-", "")
    except ValueError:
        return value.replace("-", "")


def _graph(package: dict[str, Any]) -> Any:
    """Nodes and edges in an order of their own, with the names of packages in place of keys."""
    lineage = package.get("lineage", package)
    nodes = {node["key"]: node.get("package", node) for node in lineage["nodes"]}
    names = {key: f"{node['name']} {node['version']}" for key, node in nodes.items()}
    fields = ("name", "version", "license", "scores")
    edges = [(names[e["parentKey"]], names[e["childKey"]], e["relationshipType"]) for e in lineage["edges"]]
    return {
        "nodes": sorted(([node[name] for name in fields] for node in nodes.values()), key=str),
        "edges": sorted(map(list, edges)),
    }


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}…"
