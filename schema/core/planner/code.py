"""Generated functions: expressions of literals and of named objects."""

from collections.abc import Callable
from typing import Any

from schema.core.planner.leaves import Bail


class Unplannable(Exception):
    """The query has something that only the ordinary way can do; the message names it."""


class Code:
    """The objects that a generated function refers to, each under a name of its own."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def name(self, value: Any) -> str:
        """A name for an object."""
        name = f"_{len(self.names)}"
        self.names[name] = value
        return name


def function(parameters: str, expression: str, code: Code) -> Callable[..., Any]:
    """A function of an expression. Keys and columns stand in it as literals made by repr, so no text becomes code."""
    try:
        made: Callable[..., Any] = eval(f"lambda {parameters}: {expression}", code.names)  # noqa: S307
    except (RecursionError, MemoryError, SyntaxError):  # too deep for Python's own compiler
        raise Unplannable("depth") from None
    return made


def needed(value: Any) -> Any:
    """A value that may not be null."""
    if value is None:
        raise Bail("null")
    return value


def refuse_null() -> Any:
    """Where nothing but null can stand, and none may."""
    raise Bail("null")
