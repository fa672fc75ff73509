"""The extension that runs planned queries in place of the executor, and counts why others are not."""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_operation_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema_converter import get_arguments

from app.errors import AppError
from app.observability.outages import OUTAGES
from schema.core.guard import root_fields
from schema.core.limits import MAX_CACHED_TEXT
from schema.core.planner.code import Unplannable
from schema.core.planner.compile import BACKREF, Compiler
from schema.core.planner.leaves import Bail
from schema.core.planner.parts import Fetch, Items, Plan, Selection
from schema.core.planner.run import Run

logger = logging.getLogger("schema.planner")

PLANS_KEPT = 1000  # of queries as long as limits remember too: their texts are kept along


@dataclass(frozen=True, slots=True)
class Known:
    """A query that was validated, and answered by its plan at least once."""

    document: DocumentNode
    operation: OperationDefinitionNode
    root_fields: frozenset[str]


class Planner:
    """Keeps the plans of one schema. `outcomes` counts, by cause, what was planned and what was not."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._known: OrderedDict[tuple[str, str | None], Known] = OrderedDict()
        self._plans: OrderedDict[Any, Plan | str] = OrderedDict()
        self._directive_variables: OrderedDict[Any, tuple[str, ...]] = OrderedDict()

    def known(self, text: str, operation_name: str | None) -> Known | None:
        """A query that needs no parsing and validating any more."""
        return self._known.get((text, operation_name))

    def remember(self, text: str, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        """Keep a validated query, under its name and, where it is alone in its document, under none."""
        if len(text) > MAX_CACHED_TEXT:
            return
        known = Known(document, operation, frozenset(root_fields(document, operation)))
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        for name in {operation.name.value if operation.name else None, *([None] if len(operations) == 1 else [])}:
            _kept(self._known, (text, name), lambda: known)

    async def answer(
        self,
        schema: Any,
        text: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: Any,
    ) -> dict[str, Any] | None:
        """The query's `data`, or None where the ordinary way must run it."""
        core: GraphQLSchema = schema._schema
        values = get_variable_values(core, operation.variable_definitions or (), dict(variables))
        if not isinstance(values, VariableValues):
            return self._leave("bad variables")
        name = operation.name.value if operation.name else None
        plan = self._plan(core, (text, name), document, operation, values)
        if isinstance(plan, str):
            return self._leave(plan)
        try:
            called = [fetch for fetch in plan.fetches if fetch.reading is None and fetch.nodes is None]
            read = (fetch for fetch in plan.fetches if fetch not in called)
            requests = {fetch: _request(schema, fetch, values, context) for fetch in read}
            for fetch in called:  # last: a coroutine made before another request is refused would never be awaited
                requests[fetch] = await _request(schema, fetch, values, context)
            async with context.services.database.read() as connection:
                data = await Run(connection, context.viewer_or_anonymous, requests).answer(plan)
        except asyncio.CancelledError:
            raise
        except Bail as bail:
            return self._leave(str(bail))
        except AppError as refusal:
            return self._leave(refusal.code)
        except OUTAGES:
            return self._leave("unavailable")
        except Exception:
            logger.exception("a plan failed; the query runs the ordinary way")
            return self._leave("failure")
        self.outcomes["planned"] += 1
        return data

    def _leave(self, cause: str) -> dict[str, Any] | None:
        self.outcomes[cause] += 1
        return None

    def _plan(
        self,
        schema: GraphQLSchema,
        key: tuple[str, str | None],
        document: DocumentNode,
        operation: OperationDefinitionNode,
        values: VariableValues,
    ) -> Plan | str:
        """The plan of a query, or why it has none. Directives decide what is selected, so their variables count."""
        if len(key[0]) > MAX_CACHED_TEXT:
            return _compiled(schema, document, operation, values)
        names = _kept(self._directive_variables, key, lambda: _directive_variables(document))
        deciding = tuple(values.coerced.get(name) for name in names)
        plan: Plan | str = _kept(self._plans, (key, deciding), lambda: _compiled(schema, document, operation, values))
        return plan


def _kept(cache: OrderedDict[Any, Any], key: Any, make: Any) -> Any:
    found = cache.get(key)
    if found is None:
        found = cache[key] = make()
        if len(cache) > PLANS_KEPT:
            cache.popitem(last=False)
    else:
        cache.move_to_end(key)
    return found


def _compiled(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, values: VariableValues
) -> Plan | str:
    try:
        root = Compiler(schema, document, operation, values).root()
    except Unplannable as cause:
        return f"unplannable: {cause}"
    return Plan(root, tuple(_all_fetches(root)))


def _all_fetches(selection: Selection) -> list[Fetch]:
    found: list[Fetch] = []
    for fetch in selection.fetches:
        if isinstance(fetch, Items):
            found += _all_fetches(fetch.selection)
        else:
            found.append(fetch)
            for each in fetch.selections():
                found += _all_fetches(each)
    return found


def _request(schema: Any, fetch: Fetch, values: VariableValues, context: Any) -> Any:
    """What a fetch's keys share, or its called resolver's coroutine. Raises what the ordinary way would raise."""
    field = fetch.field.extensions[BACKREF]
    if fetch.reading is not None and fetch.reading.requires is not None:
        context.require(fetch.reading.requires)
    arguments: dict[str, Any] = {}
    if fetch.field.args:
        _, arguments = get_arguments(
            field=field,
            source=None,
            info=None,  # type: ignore[arg-type]  # declared fields take none
            kwargs=get_argument_values(fetch.field, fetch.details.node, values),
            config=schema.config,
            scalar_registry=schema.schema_converter.scalar_registry,
        )
    if fetch.reading is not None:
        return fetch.reading.request(arguments, context)
    if fetch.nodes is not None:
        return field.declaration.ids(arguments, context)
    return field.base_resolver.wrapped_func(None, info=_CalledInfo(context))


@dataclass(frozen=True, slots=True)
class _CalledInfo:
    """All that a called resolver may look at."""

    context: Any


class _DirectiveVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


def _directive_variables(document: DocumentNode) -> tuple[str, ...]:
    visitor = _DirectiveVariables()
    visit(document, visitor)
    return tuple(visitor.names)


class PlanExtension(SchemaExtension):
    """Place it last: what refuses an operation must have refused it before."""

    planner: Planner

    async def on_execute(self) -> AsyncIterator[None]:
        """Answer a query by its plan, where it has one."""
        context = self.execution_context
        document, text = context.graphql_document, context.query
        operation = get_operation_ast(document, context.operation_name) if document is not None else None
        is_query = operation is not None and operation.operation is OperationType.QUERY
        if is_query and document is not None and operation is not None and text and context.result is None:
            data = await self.planner.answer(
                context.schema, text, document, operation, context.variables or {}, context.context
            )
            if data is not None:
                context.result = ExecutionResult(data=data, errors=None)
                self.planner.remember(text, document, operation)
        yield


def plan_extension(planner: Planner) -> Any:
    """A factory for `Schema(extensions=[…])`."""

    def make() -> PlanExtension:
        extension = PlanExtension()
        extension.planner = planner
        return extension

    return make
