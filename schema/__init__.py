"""The GraphQL contract: names, types, arguments, descriptions. No SQL, no rules."""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult

from policies.limits import Limits
from schema.documents import Admitted, documents
from schema.execution import Admission, Executor
from schema.mutation import Mutation
from schema.organization import District, School, State
from schema.query import Query
from schema.scalars import SCALARS


class Contract(strawberry.Schema):
    """Strawberry's schema, except that it runs only what was admitted, and that errors are logged where they are
    masked (`schema/http.py`), nowhere else."""

    def admit(self, document: str, name: str | None, variables: Mapping[str, Any], limits: Limits) -> Admitted:
        """Look at an operation before anything is read for it."""
        return documents(self._schema, limits).admit(document, name, variables)

    async def execute(self, query: str | None, *given: Any, **named: Any) -> ExecutionResult:
        """Run an operation, which is admitted now unless its context says that it was."""
        context = named["context_value"]
        if context.admitted is None:
            variables = named.get("variable_values") or {}
            context.admitted = self.admit(query or "", named.get("operation_name"), variables, context.tenant.limits)
        if context.admitted.errors:
            return ExecutionResult(data=None, errors=list(context.admitted.errors))
        return await super().execute(query, *given, **named)

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Leave errors to the endpoint: their tracebacks may hold student data."""


schema = Contract(
    query=Query,
    mutation=Mutation,
    types=[District, School, State],
    extensions=[Admission],
    execution_context_class=Executor,
    config=StrawberryConfig(scalar_map=SCALARS),
)

__all__ = ["schema"]
