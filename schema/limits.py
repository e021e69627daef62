"""What an operation holds, counted before it is validated: each count is at most the tenant's limit, or TOO_COSTLY.

Fragments count wherever they are spread, so nothing grows behind them. A fragment that holds itself counts once;
validation refuses it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from policies.errors import Forbidden, TooCostly
from policies.limits import Limits

INTROSPECTION = ("__schema", "__type")
NOUNS: Mapping[str, str] = {
    "depth": "levels of fields",
    "fields": "fields",
    "root_fields": "fields of the operation itself",
    "aliases": "aliases",
    "directives": "directives",
    "tokens": "tokens",
    "characters": "characters of the document",
    "input_depth": "levels of lists and objects in an argument or variable",
    "input_values": "values in the variables",
}
MOST_SHOWN = 1_000_000
COUNTED = ("depth", "fields", "root_fields", "aliases", "directives", "input_depth")
"""What is counted of each operation, in the order refusals name it."""


def within(limits: Limits, name: str, count: int) -> None:
    """Raise TooCostly, naming the element, the count and the limit, where there is more than is answered."""
    most = getattr(limits, name)
    if count > most:
        shown = count if count < MOST_SHOWN else f"more than {MOST_SHOWN}"
        raise TooCostly(f"{camel_case(name)}: {shown} {NOUNS[name]}; at most {most} are answered.")


def camel_case(name: str) -> str:
    """A Python name as clients write it."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


@dataclass(slots=True)
class Counts:
    """What a selection set holds, fragments opened."""

    depth: int = 0
    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    input_depth: int = 0
    introspection: bool = False

    def include(self, other: "Counts", *, below: bool = False) -> None:
        """Add what a fragment holds, or (`below`) what is selected under a field."""
        self.depth = max(self.depth, other.depth + below)
        self.fields += other.fields
        self.root_fields += 0 if below else other.root_fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.input_depth = max(self.input_depth, other.input_depth)
        self.introspection = self.introspection or other.introspection


@dataclass
class Counter:
    """Counts the operations of one document, each fragment once."""

    fragments: Mapping[str, FragmentDefinitionNode]
    choices: set[str] = field(default_factory=set)
    """The variables that directives take."""
    _known: dict[str, Counts] = field(default_factory=dict)

    def operation(self, node: OperationDefinitionNode) -> Counts:
        counts = self._selections(node.selection_set)
        counts.directives += len(node.directives or ())
        for variable in node.variable_definitions or ():
            counts.directives += len(variable.directives or ())
            counts.input_depth = max(counts.input_depth, _nesting([variable.default_value]))
        return counts

    def _selections(self, selections: SelectionSetNode) -> Counts:
        counts = Counts()
        for node in selections.selections:
            for directive in node.directives or ():
                counts.directives += 1
                given = (argument.value for argument in directive.arguments or ())
                self.choices.update(value.name.value for value in given if isinstance(value, VariableNode))
            if isinstance(node, FieldNode):
                self._field(node, counts)
            elif isinstance(node, InlineFragmentNode):
                counts.include(self._selections(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                counts.include(self._fragment(node.name.value))
        return counts

    def _field(self, node: FieldNode, counts: Counts) -> None:
        counts.fields += 1
        counts.root_fields += 1
        counts.aliases += node.alias is not None
        counts.input_depth = max(counts.input_depth, _nesting(argument.value for argument in node.arguments or ()))
        below = self._selections(node.selection_set) if node.selection_set else Counts()
        if node.name.value in INTROSPECTION:
            counts.introspection, below.depth = True, 0
        counts.include(below, below=True)
        counts.depth = max(counts.depth, 1)

    def _fragment(self, name: str) -> Counts:
        known = self._known.get(name)
        if known is None:
            self._known[name] = Counts()
            definition = self.fragments.get(name)
            known = self._selections(definition.selection_set) if definition else Counts()
            self._known[name] = known
        return known


def _nesting(values: Iterable[Any]) -> int:
    """How deep lists and objects of literals are in each other."""
    depth, level = 0, list(values)
    while level := [value for value in level if isinstance(value, ObjectValueNode | ListValueNode)]:
        depth += 1
        level = [
            part
            for value in level
            for part in (
                value.values if isinstance(value, ListValueNode) else (member.value for member in value.fields)
            )
        ]
    return depth


def check_operation(counter: Counter, node: OperationDefinitionNode, limits: Limits) -> Counts:
    """The counts of an operation. Raises TooCostly or Forbidden for what is over a limit."""
    try:
        counts = counter.operation(node)
    except RecursionError:
        raise TooCostly(f"depth: fragments in fragments; at most {limits.depth} levels are answered.") from None
    for name in COUNTED:
        within(limits, name, getattr(counts, name))
    if counts.introspection and not limits.introspection:
        raise Forbidden("introspection: not answered here; the contract is at /schema.graphql.")
    return counts


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Raise TooCostly where the values of variables are too many or lie too deep in each other."""
    count, depth = len(variables), 0
    level = [value for value in variables.values() if isinstance(value, dict | list)]
    while level:
        depth += 1
        within(limits, "input_depth", depth)
        count += sum(map(len, level))
        within(limits, "input_values", count)
        level = [
            part
            for value in level
            for part in (value.values() if isinstance(value, dict) else value)
            if isinstance(part, dict | list)
        ]
    within(limits, "input_values", count)
