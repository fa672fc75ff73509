"""Who may run an operation at all: signed in, with calls left. Denies whatever is not opened here by name."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension

from app.errors import AppError
from schema.core.errors import shaped

FREE = frozenset({"__typename", "signIn", "health"})
"""Root fields that need no credential and are not charged."""

INTROSPECTION = frozenset({"__schema", "__type"})
"""Open to strangers outside production."""

PUBLIC_READS = frozenset({"package", "packages", "node", "nodes", "lineagePath", "organization", "organizations"})
"""Root fields that ANONYMOUS_READ opens; what they show is limited by visibility in SQL."""


class Guard(SchemaExtension):
    """Refuses operations of strangers, charges those of others. Mutations refuse by themselves, in their result."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Judge before anything runs."""
        context, document = self.execution_context.context, self.execution_context.graphql_document
        operation = get_operation_ast(document, self.execution_context.operation_name) if document else None
        if document is not None and operation is not None and not context.is_admitted:
            try:
                await admit(context, operation, frozenset(root_fields(document, operation)))
            except AppError as refusal:
                # Raised, because a result set here would not stop a subscription; so it must be shaped already.
                raise shaped(GraphQLError(refusal.message, original_error=refusal)) from None
        yield


async def admit(context: Any, operation: OperationDefinitionNode, fields: frozenset[str]) -> None:
    """Let an operation with these root fields run, and charge it. Raises Unauthenticated or LimitExceeded."""
    viewer = context.viewer_or_anonymous
    if viewer.user_id is not None:
        if not fields <= FREE:
            await context.services.authenticator.charge(viewer)
        return
    open_fields = FREE if context.settings.is_production else FREE | INTROSPECTION
    if context.refusal is None and viewer.reads_public:
        open_fields |= PUBLIC_READS
    if operation.operation is not OperationType.MUTATION and not fields <= open_fields:
        context.viewer.require_signed_in()


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[str]:
    """The names of the fields that an operation selects at its root."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    return _fields(operation.selection_set, fragments, set())


def _fields(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    """The names of the fields in a selection set, each fragment looked into once."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in seen and name in fragments:
                seen.add(name)
                yield from _fields(fragments[name].selection_set, fragments, seen)
        else:
            yield from _fields(selection.selection_set, fragments, seen)  # type: ignore[attr-defined]
