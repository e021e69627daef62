"""Between Strawberry and the engine: finished JSON passes untouched, documents are parsed and validated once."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from policies.errors import CersError


class Executor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, for which a finished fragment of JSON is complete."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


@lru_cache(maxsize=512)
def _checked(schema: GraphQLSchema, text: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    document = parse(text)
    return document, tuple(validate(schema, document))


class Documents(SchemaExtension):
    """Parses and validates a document once, by its text."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        try:
            document, self._errors = _checked(context.schema._schema, context.query or "")
            context.graphql_document = document
        except GraphQLError:
            pass
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        context.pre_execution_errors = [*self._errors, *_ambiguity(context)]
        yield


def _ambiguity(context: ExecutionContext) -> list[GraphQLError]:
    """Of several operations one has to be named: which is run is never a guess."""
    definitions = context.graphql_document.definitions if context.graphql_document else ()
    operations = sum(isinstance(definition, OperationDefinitionNode) for definition in definitions)
    if operations < 2 or context._provided_operation_name is not None:
        return []
    return [GraphQLError("operationName: the document has several operations; name one.")]


def error_code(error: GraphQLError) -> str:
    """The stable code of an error: a house error's own; BAD_INPUT for what the client wrote; else INTERNAL."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if isinstance(original, CersError):
        return original.code
    return "BAD_INPUT" if original is None else "INTERNAL"
