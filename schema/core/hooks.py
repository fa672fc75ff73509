"""Strawberry's extensions, each left again whatever happens to those inside it.

Strawberry drops the hooks it has entered when a later one raises on entering: a refusal by the guard would leave the
time limit armed, to cancel whatever its task does a minute later, and a plan that takes too long would escape it.
"""

import sys

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.extensions.context import ExecutingContextManager
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.types import ExecutionContext


class Schema(strawberry.Schema):
    """Strawberry's schema with hooks that are always left."""

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """Run one operation's extensions."""
        return _Runner(execution_context, extensions)


class _Runner(SchemaExtensionsRunner):
    def executing(self) -> ExecutingContextManager:
        return _Executing(self.extensions)


class _Executing(ExecutingContextManager):
    async def __aenter__(self) -> None:
        try:
            await super().__aenter__()
        except BaseException:
            await self.__aexit__(*sys.exc_info())  # may raise something better: what a hook makes of the exception
            raise
