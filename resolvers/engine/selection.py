"""The fields an operation selects on a type: fragments opened, @include and @skip decided, equal names merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    SelectionSetNode,
    get_directive_values,
    is_abstract_type,
)
from graphql.execution.values import VariableValues


@dataclass(frozen=True, slots=True)
class Selected:
    """One field of the answer: its name there, its node, and all selection sets merged below it."""

    key: str
    node: FieldNode
    below: tuple[SelectionSetNode, ...]

    @property
    def name(self) -> str:
        return self.node.name.value


class Selector:
    """Collects fields for one operation and one set of variables."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self.schema = schema
        self._fragments = fragments
        self._variables = VariableValues({}, dict(variables))

    def fields(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> list[Selected]:
        """The fields selected on a concrete type, in the order of the answer."""
        nodes: dict[str, list[FieldNode]] = {}
        for selection_set in sets:
            self._collect(type_, selection_set, nodes)
        return [
            Selected(key, found[0], tuple(node.selection_set for node in found if node.selection_set))
            for key, found in nodes.items()
        ]

    def _collect(self, type_: GraphQLObjectType, sets: SelectionSetNode, nodes: dict[str, list[FieldNode]]) -> None:
        for selection in sets.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                nodes.setdefault(key, []).append(selection)
                continue
            fragment: Any = (
                self._fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
            )
            if self._applies(fragment.type_condition, type_):
                self._collect(type_, fragment.selection_set, nodes)

    def _applies(self, condition: Any, type_: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == type_.name:
            return True
        named = self.schema.type_map[condition.name.value]
        return is_abstract_type(named) and self.schema.is_sub_type(_abstract(named), type_)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (include and not include["if"])


def _abstract(named: Any) -> GraphQLAbstractType:
    abstract: GraphQLAbstractType = named
    return abstract
