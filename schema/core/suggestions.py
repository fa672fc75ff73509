"""Keeps "Did you mean …?" from strangers, who could read the schema out of it where introspection is closed to them.

Strawberry's `disable_field_suggestions` covers the names of fields only, not of arguments, types, enums and inputs.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult

_SUGGESTION = re.compile(r"\s*Did you mean .*?\?(?=\s|$)", re.DOTALL)


def hide_suggestions(may_see: Callable[[Any], bool]) -> Callable[[], SchemaExtension]:
    """A factory for `Schema(extensions=[…])`; `may_see` tells by the operation's context who is shown suggestions."""
    return partial(_SuggestionsExtension, may_see)


class _SuggestionsExtension(SchemaExtension):
    def __init__(self, may_see: Callable[[Any], bool]) -> None:
        super().__init__()
        self.may_see = may_see

    def on_validate(self) -> Iterator[None]:
        yield
        self._strip(self.execution_context.pre_execution_errors)

    def on_execute(self) -> Iterator[None]:
        yield
        self._strip(self.execution_context.pre_execution_errors)  # those of variables

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        self._strip(getattr(result, "errors", None))
        yield

    def _strip(self, errors: Iterable[GraphQLError] | None) -> None:
        if errors and not self.may_see(self.execution_context.context):
            for error in errors:
                if error.path is None:
                    error.message = _SUGGESTION.sub("", error.message)
