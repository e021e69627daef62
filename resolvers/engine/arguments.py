"""Arguments of a plan: variables become bind parameters, and their values are found again on every request.

A plan is made for one *shape* of the variables: which are null, what objects and lists of objects hold, and the values
of enums and booleans. Scalars and lists of scalars are parameters, so their values never change a statement's text
(but an empty list does).
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_argument_values,
)
from graphql.execution.values import VariableValues
from sqlalchemy import BindParameter, bindparam

Variables = Mapping[str, Any]
Getter = Callable[[Variables], Any]


def shape(value: Any) -> Any:
    """What a plan depends on in a variable's value."""
    if value is None or isinstance(value, bool | Enum):
        return value
    if isinstance(value, dict):
        return tuple((key, shape(part)) for key, part in value.items())
    if isinstance(value, list):
        return tuple(shape(part) for part in value) if _is_built_in(value) else list
    return ...


class Tracer:
    """Stands bind parameters in for the scalars of variables, and knows how to find each one's value."""

    def __init__(self, variables: Variables) -> None:
        self.getters: dict[str, Getter] = {}
        self._traced = {name: self._trace(value, (name,)) for name, value in variables.items()}

    def arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """The field's arguments by Python name; scalars of variables as parameters, inputs as their classes."""
        given = get_argument_values(field, node, VariableValues({}, self._traced))
        return {
            python_name(field.args[name], name): _as_input(value, field.args[name].type)
            for name, value in given.items()
        }

    def getter(self, value: Any) -> Getter:
        """How to find an argument's value in a request."""
        if isinstance(value, BindParameter):
            return self.getters[str(value.key)]
        return lambda _variables: value

    def _trace(self, value: Any, path: tuple[str | int, ...]) -> Any:
        if value is None or isinstance(value, bool | Enum):
            return value
        if isinstance(value, dict):
            return {key: self._trace(part, (*path, key)) for key, part in value.items()}
        if isinstance(value, list) and _is_built_in(value):
            return [self._trace(part, (*path, place)) for place, part in enumerate(value)]
        name = f"argument_{len(self.getters)}"
        self.getters[name] = _follow(path)
        return bindparam(name)


class Baker:
    """Gives in-process fields their arguments' present values, and remembers which variables' values it used."""

    def __init__(self, tracer: Tracer, variables: Variables) -> None:
        self._tracer = tracer
        self._variables = variables
        self.used: list[Getter] = []

    def arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """The field's arguments by Python name, as plain values."""
        return {name: self._bake(value) for name, value in self._tracer.arguments(field, node).items()}

    def _bake(self, value: Any) -> Any:
        if isinstance(value, BindParameter):
            getter = self._tracer.getter(value)
            self.used.append(getter)
            return getter(self._variables)
        if isinstance(value, list):
            return [self._bake(item) for item in value]
        if hasattr(value, "__strawberry_definition__") and not isinstance(value, Enum):
            return type(value)(**{name: self._bake(part) for name, part in vars(value).items()})
        return value


def present(field: GraphQLField, node: FieldNode) -> Callable[[Variables], dict[str, Any]]:
    """How to find a field's arguments in a request, as plain values by Python name."""

    def arguments(variables: Variables) -> dict[str, Any]:
        given = get_argument_values(field, node, VariableValues({}, dict(variables)))
        return {
            python_name(field.args[name], name): _as_input(value, field.args[name].type)
            for name, value in given.items()
        }

    return arguments


def python_name(definition: Any, name: str) -> str:
    """The Python name of a GraphQL argument or input field."""
    found = definition.extensions.get("strawberry-definition")
    return str(found.python_name) if found is not None else name


def _is_built_in(values: list[Any]) -> bool:
    """Whether the list's parts decide a statement's text; the empty list does, as it may be one of objects or enums."""
    return not values or isinstance(values[0], dict | Enum | list)


def _follow(path: tuple[str | int, ...]) -> Getter:
    if len(path) == 1:
        only = path[0]
        return lambda variables: variables[only]  # type: ignore[index]

    def get(variables: Any) -> Any:
        for step in path:
            variables = variables[step]
        return variables

    return get


def _as_input(value: Any, type_: GraphQLInputType) -> Any:
    """Input objects as instances of their classes; everything else as it is."""
    if isinstance(type_, GraphQLNonNull):
        return _as_input(value, type_.of_type)
    if value is None or value is Undefined or isinstance(type_, GraphQLEnumType):
        return value
    if isinstance(type_, GraphQLList):
        return [_as_input(item, type_.of_type) for item in value] if isinstance(value, list) else value
    if isinstance(type_, GraphQLInputObjectType):
        definition = type_.extensions["strawberry-definition"]
        return definition.origin(
            **{python_name(f, name): _as_input(value.get(name), f.type) for name, f in type_.fields.items()}
        )
    return value
