"""What the schema says of its fields and types, read off the GraphQL schema: the engine's only view of Strawberry."""

from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo

from policies.permission import Permission
from resolvers.engine.answers import Answer, Column

REFERENCE = {
    "District": "districts",
    "School": "schools",
    "Assessment": "assessments",
    "Program": "programs",
    "Item": "items",
}
"""Types written from reference data: GraphQL name -> where `models.reference.Reference` has them by id."""


def answer_of(definition: GraphQLField) -> Answer:
    """How a field is answered: as the schema says, else by the column of its name."""
    field = definition.extensions["strawberry-definition"]
    answer: Answer | None = field.metadata.get("answer")
    return answer if answer is not None else Column(str(field.python_name))


def python_name_of(definition: GraphQLField, name: str) -> str:
    """The Python name of a field."""
    field: Any = definition.extensions.get("strawberry-definition")
    return str(field.python_name) if field is not None else name


def variables_of(info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    """The coerced variables of an operation (Strawberry hands resolvers the plain dictionary)."""
    variables: Any = info.variable_values
    return dict(variables)


def is_reference(type_: GraphQLObjectType) -> bool:
    """Whether nodes of this type are written from reference data."""
    return type_.name in REFERENCE


Needs = frozenset[Permission]
"""Any of these permissions, held anywhere. The empty set: nothing, not even to be signed in."""

PUBLIC: Needs = frozenset()


def needs_of(definition: GraphQLField) -> Needs | None:
    """What a root field needs; None: to be signed in."""
    needs: Needs | None = definition.extensions["strawberry-definition"].metadata.get("needs")
    return needs
