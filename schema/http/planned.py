"""Queries that were validated and planned before, answered without parsing, validating or Strawberry's execution."""

import asyncio
from typing import Any

from strawberry.http import GraphQLRequestData

from app.errors import AppError
from schema.core.guard import admit
from schema.core.limits import OperationLimits
from schema.core.planner.extension import Planner


class PlannedOperations:
    """The short way to a query's answer; the same guards stand on it, and whatever is odd takes the long way."""

    def __init__(self, schema: Any, planner: Planner, limits: OperationLimits) -> None:
        self._schema = schema
        self._planner = planner
        self._limits = limits

    async def answer(self, data: GraphQLRequestData, context: Any) -> dict[str, Any] | None:
        """The body of the answer; None where the operation has to go the long way, which nothing was done for yet."""
        text, variables = data.query, data.variables or {}
        known = self._planner.known(text, data.operation_name) if text is not None else None
        if known is None or text is None or data.extensions:
            return None
        figures = self._limits.measure(
            self._schema._schema, known.document, text=text, operation=known.operation, variables=variables
        )
        if self._limits.refusal(figures) is not None:
            return None
        try:
            await admit(context, known.operation, known.root_fields)
        except AppError:
            return None  # the long way refuses it again, and says so in the right shape
        context.is_admitted = True
        context.cost = figures.cost
        try:
            async with asyncio.timeout(self._limits.settings.request_timeout_seconds):
                answer = await self._planner.answer(
                    self._schema, text, known.document, known.operation, variables, context
                )
        except TimeoutError:
            answer = None
        if answer is None:
            context.cost = 0
            return None
        return {
            "data": answer,
            "extensions": {"cost": {"requested": figures.cost, "limit": self._limits.settings.max_query_cost}},
        }
