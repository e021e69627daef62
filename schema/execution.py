"""Between Strawberry and the engine: finished JSON passes untouched, only what was admitted runs."""

from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from policies.errors import CersError
from schema.documents import MOST_ERRORS, discreet


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
        built = super().build(schema, document, root_value, context_value, *given, **named)
        return [discreet(error) for error in built[:MOST_ERRORS]] if isinstance(built, list) else built


async def executed(
    schema: GraphQLSchema, context: Any, operation: str | None, variables: dict[str, Any] | None
) -> ExecutionResult:
    """What comes of the operation that was admitted in a context."""
    result = execute(
        schema,
        context.admitted.document,
        context_value=context,
        variable_values=variables,
        operation_name=operation,
        executor_class=Executor,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        hide_suggestions=not context.tenant.limits.suggestions,
    )
    return result if isinstance(result, ExecutionResult) else await result


def error_code(error: GraphQLError) -> str:
    """The stable code of an error: a house error's own; BAD_INPUT for what the client wrote; else INTERNAL."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if isinstance(original, CersError):
        return original.code
    return "BAD_INPUT" if original is None else "INTERNAL"
