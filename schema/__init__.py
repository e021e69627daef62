"""The GraphQL contract: names, types, arguments, descriptions. No SQL, no rules."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.execution import Documents, Executor
from schema.mutation import Mutation
from schema.organization import District, School, State
from schema.query import Query
from schema.scalars import SCALARS


class Contract(strawberry.Schema):
    """Strawberry's schema, except that errors are logged where they are masked (`schema/http.py`), nowhere else."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Leave errors to the endpoint: their tracebacks may hold student data."""


schema = Contract(
    query=Query,
    mutation=Mutation,
    types=[District, School, State],
    extensions=[Documents],
    execution_context_class=Executor,
    config=StrawberryConfig(scalar_map=SCALARS),
)

__all__ = ["schema"]
