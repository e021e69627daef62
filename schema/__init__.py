"""The GraphQL contract: names, types, arguments, descriptions. No SQL, no rules."""

from collections.abc import Mapping
from typing import Any, Self

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult

from policies.limits import Limits
from schema.documents import Admitted, documents
from schema.execution import executed
from schema.fields import by_the_engine
from schema.mutation import Mutation
from schema.organization import District, School, State
from schema.query import Query
from schema.scalars import SCALARS


class Contract(strawberry.Schema):
    """Strawberry's schema, except that it runs only what was admitted, and that straight away: Strawberry would parse
    and validate once more, and log errors with what they say, which may be student data."""

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
        found = await executed(self._schema, context, named.get("operation_name"), named.get("variable_values"))
        return ExecutionResult(found.data, found.errors, {"cost": context.admitted.cost})

    def answer(self) -> Self:
        """Let the engine answer every field of a query straight away."""
        assert self._schema.query_type is not None
        for field in self._schema.query_type.fields.values():
            field.resolve = by_the_engine
        return self


schema = Contract(
    query=Query,
    mutation=Mutation,
    types=[District, School, State],
    config=StrawberryConfig(scalar_map=SCALARS),
).answer()

__all__ = ["schema"]
