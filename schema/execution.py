"""Between Strawberry and the engine: finished JSON passes untouched, only what was admitted runs."""

from collections.abc import Iterator
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from policies.errors import CersError
from schema.documents import MOST_ERRORS, Admitted, discreet


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

    @classmethod
    def build(  # type: ignore[override]
        cls, schema: Any, document: Any, root_value: Any, context_value: Any, *given: Any, **named: Any
    ) -> Any:
        """An executor, or the errors of the variables: few, and without the values they are about."""
        named["hide_suggestions"] = not context_value.tenant.limits.suggestions
        built = super().build(schema, document, root_value, context_value, *given, **named)
        return [discreet(error) for error in built[:MOST_ERRORS]] if isinstance(built, list) else built


class Admission(SchemaExtension):
    """Runs the document that was admitted, and tells what it costs."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self._admitted.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield

    def get_results(self) -> dict[str, Any]:
        return {"cost": self._admitted.cost}

    @property
    def _admitted(self) -> Admitted:
        admitted: Admitted = self.execution_context.context.admitted
        return admitted


def error_code(error: GraphQLError) -> str:
    """The stable code of an error: a house error's own; BAD_INPUT for what the client wrote; else INTERNAL."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if isinstance(original, CersError):
        return original.code
    return "BAD_INPUT" if original is None else "INTERNAL"
