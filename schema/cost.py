"""How many nodes an operation asks for: over its lists, the sum of the products of their sizes and those around them.

A page's size is its `first`, a list of ids is as long as it is, any other list as long as `list_sizes.csv` says. One
tree is made per operation and kept with its document; a request multiplies the numbers that its variables hold.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from policies.errors import BadInput
from resolvers.engine.answers import InProcess, Nodes, Page
from resolvers.engine.selection import Selected, Selector
from resolvers.engine.types import answer_of

Values = Mapping[str, Any]
Number = int | Callable[[Values], int]
"""A number, or how to find it in a request's variables."""

MOST_IDS = 200
ROWS = ("nodes", "edges", "pageInfo", "emptyReason")


@cache
def list_sizes() -> Mapping[str, int]:
    """`Type.field` of each list without `first` -> how long it is taken to be."""
    with (Path(__file__).parent / "list_sizes.csv").open(encoding="utf-8", newline="") as file:
        return {row["list"]: int(row["size"]) for row in csv.DictReader(file)}


def given_values(operation: OperationDefinitionNode, variables: Values) -> dict[str, Any]:
    """The variables of a request, and the defaults of those it leaves out; not yet checked against their types."""
    values = {
        node.variable.name.value: value_from_ast_untyped(node.default_value)
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }
    return {**values, **variables} if values else dict(variables)


class Costs:
    """Makes the numbers of one operation, for one choice of what its @include and @skip leave."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        choices: Mapping[str, bool],
    ) -> None:
        self._selector = Selector(schema, fragments, choices)
        self._schema = schema
        root = schema.get_root_type(operation.operation)
        assert root is not None
        self.roots: list[tuple[str, Number]] = [
            (selected.key, self._field(root, selected))
            for selected in self._selector.fields(root, [operation.selection_set])
        ]
        """Each field of the operation itself with its nodes."""

    def _field(self, type_: GraphQLObjectType, selected: Selected) -> Number:
        if selected.name.startswith("__"):
            return 0
        definition, coordinate = type_.fields[selected.name], f"{type_.name}.{selected.name}"
        if "first" in definition.args:
            return self._page(definition, selected, coordinate)
        below = self._below(get_named_type(definition.type), selected.below)
        if isinstance(answer_of(definition), Nodes):
            return _times(_ids(selected.node), below) if "ids" in definition.args else below
        if selected.below and is_list_type(get_nullable_type(definition.type)):
            return _times(list_sizes()[coordinate], below)
        return below

    def _below(self, type_: Any, sets: Sequence[SelectionSetNode]) -> Number:
        """What the fields of an object hold; of an interface, the most that one of its types does."""
        if isinstance(type_, GraphQLInterfaceType):
            kinds = self._schema.get_possible_types(type_)
            return _most([self._below(kind, sets) for kind in kinds])
        if not isinstance(type_, GraphQLObjectType):
            return 0
        return _sum([self._field(type_, selected) for selected in self._selector.fields(type_, sets)])

    def _page(self, definition: GraphQLField, selected: Selected, coordinate: str) -> Number:
        """`first` rows with what hangs under each; one where only `totalCount` is asked for."""
        connection: Any = get_named_type(definition.type)
        first = _first(definition, selected.node, coordinate)
        rows: list[Number] = []
        asked = False
        for part in self._selector.fields(connection, selected.below):
            asked = asked or part.name in ROWS
            below = connection.fields.get(part.name)
            if part.name == "nodes":
                rows.append(self._below(get_named_type(below.type), part.below))
            elif part.name == "edges":
                edge: Any = get_named_type(below.type)
                rows += [
                    self._below(get_named_type(edge.fields["node"].type), node.below)
                    for node in self._selector.fields(edge, part.below)
                    if node.name == "node"
                ]
        return _times(first, _sum(rows)) if asked else _one(first)


def _first(definition: GraphQLField, node: FieldNode, coordinate: str) -> Number:
    """The page's size. Raises BadInput (at once or in a request) where it is not one that pages have."""
    answer = answer_of(definition)
    assert isinstance(answer, Page | InProcess)
    most = answer.maximum

    def checked(value: Any) -> int:
        if not isinstance(value, int) or not 0 <= value <= most:
            raise BadInput(f"{coordinate}(first:): expected a number from 0 to {most}.")
        return value

    given = _argument(node, "first")
    default = definition.args["first"].default_value
    if isinstance(given, VariableNode):
        name = given.name.value
        return lambda values: checked(_whole(values.get(name, default)))
    return checked(int(given.value) if isinstance(given, IntValueNode) else default)


def _ids(node: FieldNode) -> Number:
    given = _argument(node, "ids")

    def length(ids: Any) -> int:
        count = len(ids) if isinstance(ids, list | tuple) else 1
        if count > MOST_IDS:
            raise BadInput(f"ids: at most {MOST_IDS}.")
        return count

    if isinstance(given, VariableNode):
        name = given.name.value
        return lambda values: length(values.get(name))
    return length(given.values if isinstance(given, ListValueNode) else None)


def _argument(node: FieldNode, name: str) -> Any:
    return next((argument.value for argument in node.arguments or () if argument.name.value == name), None)


def _whole(value: Any) -> Any:
    """A JSON number without a fraction as GraphQL takes it; a value of another kind is refused with the variables."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0 if value is not None else None


def _times(size: Number, below: Number) -> Number:
    """`size` nodes, each with what is below it."""
    if isinstance(size, int) and isinstance(below, int):
        return size * (1 + below)
    return lambda values: value_of(size, values) * (1 + value_of(below, values))


def _sum(numbers: Sequence[Number]) -> Number:
    fixed = sum(number for number in numbers if isinstance(number, int))
    found = [number for number in numbers if not isinstance(number, int)]
    if not found:
        return fixed
    return lambda values: fixed + sum(find(values) for find in found)


def _most(numbers: Sequence[Number]) -> Number:
    if all(isinstance(number, int) for number in numbers):
        return max((number for number in numbers if isinstance(number, int)), default=0)
    return lambda values: max(value_of(number, values) for number in numbers)


def _one(first: Number) -> Number:
    """One node, for a page without rows; its `first` has to be good all the same."""
    return 1 if isinstance(first, int) else lambda values: 1 if first(values) >= 0 else 0


def value_of(number: Number, values: Values) -> int:
    """A number in a request."""
    return number if isinstance(number, int) else number(values)
