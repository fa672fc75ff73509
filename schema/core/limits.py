"""The limits of one operation as a Strawberry extension: tokens, depth, aliases, cost, and the time it may run.

An operation is judged after parsing and before validation, so that validation too is spared what is out of bounds.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, get_operation_ast
from starlette.datastructures import UploadFile
from strawberry.extensions import SchemaExtension

from app.config import Settings
from schema.core.cost import Measure, measure

MAX_INTROSPECTION_DEPTH = 30  # the standard introspection query with nine levels of `ofType` has 14
MAX_CACHED = 1000
MAX_CACHED_TEXT = 16_384  # characters; longer documents are measured each time rather than kept

LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
TIMEOUT = "TIMEOUT"


class OperationLimits:
    """Measures operations and judges them by the settings; one for one schema, for it remembers what it measured."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._variables: dict[tuple[str, str | None], frozenset[str]] = {}
        self._measures: dict[tuple[str, str | None, tuple[Any, ...]], Measure] = {}

    def measure(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        *,
        text: str,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> Measure:
        """The figures of `operation` in `document`, whose source is `text`; remembered by text and page sizes."""
        name = operation.name.value if operation.name else None
        used = self._variables.get((text, name))
        if used is not None:
            known = self._measures.get((text, name, _sizes(used, variables)))
            if known is not None:
                return known
        result, used = measure(schema, document, operation, variables, self.settings.max_page_size)
        if len(text) <= MAX_CACHED_TEXT:
            # Emptying a full table costs one new measure each; keeping order would cost every hit.
            if len(self._measures) >= MAX_CACHED or len(self._variables) >= MAX_CACHED:
                self._measures.clear()
                self._variables.clear()
            self._variables[text, name] = used
            self._measures[text, name, _sizes(used, variables)] = result
        return result

    def refusal(self, figures: Measure, spent: int = 0) -> GraphQLError | None:
        """The error of an operation out of bounds, else None; `spent` is the cost of others on the same budget."""
        settings = self.settings
        deepest = [
            ("depth", "nests {} levels deep", figures.depth, settings.max_query_depth),
            ("introspectionDepth", "introspects {} levels deep", figures.introspection_depth, MAX_INTROSPECTION_DEPTH),
            ("aliases", "uses {} aliases and repeated fields", figures.aliases, settings.max_query_aliases),
        ]
        for key, what, figure, limit in deepest:
            if figure > limit:
                return _limit_error(f"The operation {what.format(figure)}; {limit} are allowed", key, figure, limit)
        cost, limit = figures.cost + spent, settings.max_query_cost
        if cost <= limit:
            return None
        batch = f" together with the {spent} of the batch's other operations" if spent else ""
        message = f"The operation's estimated cost is {figures.cost}{batch}; {limit} is allowed: ask for smaller pages"
        return _limit_error(message, "cost", cost, limit)


def operation_limits(settings: Settings, limits: OperationLimits | None = None) -> Callable[[], SchemaExtension]:
    """A factory for `Schema(extensions=[…])`. Place it after any extension that sets `pre_execution_errors`."""
    return partial(_LimitsExtension, limits or OperationLimits(settings))


def operation_timeout(settings: Settings) -> Callable[[], SchemaExtension]:
    """A factory for `Schema(extensions=[…])`: ends operations that run too long. Place it first."""
    return partial(_TimeoutExtension, settings.request_timeout_seconds)


class _LimitsExtension(SchemaExtension):
    def __init__(self, limits: OperationLimits) -> None:
        super().__init__()
        self.limits = limits
        self.cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = self.limits.settings.max_query_tokens
        yield

    def on_parse(self) -> Iterator[None]:
        yield
        limit = self.limits.settings.max_query_tokens
        for error in self.execution_context.pre_execution_errors or ():
            if f"more than {limit} tokens" in error.message:
                error.message = f"The document has more than {limit} tokens"
                error.extensions = {"code": LIMIT_EXCEEDED, "limit": limit}

    def on_validate(self) -> Iterator[None]:
        refusal = self._judge()
        if refusal is not None:
            # Set, not raised: an exception here escapes from Strawberry's streams.
            self.execution_context.pre_execution_errors = [refusal]
        yield

    def _judge(self) -> GraphQLError | None:
        context = self.execution_context
        document = context.graphql_document
        operation = get_operation_ast(document, context.operation_name) if document else None
        if document is None or operation is None:
            return None  # validation or execution says what is wrong with it
        figures = self.limits.measure(
            context.schema._schema,
            document,
            text=context.query or "",
            operation=operation,
            variables=context.variables or {},
        )
        spent = getattr(context.context, "cost", None) or 0
        if hasattr(context.context, "cost"):
            context.context.cost = spent + figures.cost
        self.cost = figures.cost
        return self.limits.refusal(figures, spent)

    def get_results(self) -> dict[str, Any]:
        if self.cost is None:
            return {}
        return {"cost": {"requested": self.cost, "limit": self.limits.settings.max_query_cost}}


class _TimeoutExtension(SchemaExtension):
    """Subscriptions are only timed until they start; operations with files take as long as the upload."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def on_execute(self) -> AsyncIterator[None]:
        limit = None if has_upload(self.execution_context.variables) else self.seconds
        try:
            async with asyncio.timeout(limit) as scope:
                yield
        except TimeoutError:
            if not scope.expired():
                raise
            raise GraphQLError(
                f"The operation took longer than {self.seconds:g} seconds and was stopped",
                extensions={"code": TIMEOUT},
            ) from None


def has_upload(variables: Mapping[str, Any] | None) -> bool:
    """Whether a file is among the variables."""
    stack: list[Any] = list((variables or {}).values())
    while stack:
        value = stack.pop()
        if isinstance(value, UploadFile):
            return True
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return False


def _sizes(names: frozenset[str], variables: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of the variables decides the figures: numbers, and the lengths of lists."""
    return tuple((name, _size(variables[name])) for name in sorted(names) if name in variables)


def _size(value: Any) -> Any:
    if isinstance(value, list):
        return "list", len(value)
    # The type keeps True from being taken for 1, which it equals.
    return (type(value).__name__, value) if isinstance(value, int | float) else type(value).__name__


def _limit_error(message: str, key: str, figure: int, limit: int) -> GraphQLError:
    return GraphQLError(message, extensions={"code": LIMIT_EXCEEDED, key: figure, "limit": limit})
