"""The door of every operation: a document is parsed, counted and validated once, its operation weighed per request.

Nothing is read from a database here: what is over a limit is refused before any statement is sent.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)

from policies.errors import BadInput, CersError, TooCostly
from policies.limits import Limits
from schema.cost import Costs, Number, given_values, value_of
from schema.limits import Counter, Counts, camel_case, check_operation, check_variables, within

MOST_DOCUMENTS = 512
MOST_TOKENS = 200_000
"""Of all documents kept: an upper bound of about 120 MB."""
MOST_ERRORS = 10
MOST_COMPARISONS = 30_000
GAVE_UP = "Validation aborted."
MOST_CHOICES = 16
REPORTED = ("nodes", "depth", "fields", "root_fields", "aliases", "directives", "tokens")
LONGEST_MESSAGE = 300
REPEATED = (
    (re.compile(r"(cannot represent .*?value): .*", re.DOTALL), r"\1."),
    (re.compile(r"(?:, but encountered error|,? \b[Ff]ound:) .*", re.DOTALL), "."),
    (re.compile(r"\bValue '.*' does not exist in", re.DOTALL), "A value does not exist in"),
    (re.compile(r"^(Syntax Error: .*?\b(?:String|BlockString|Int|Float|Name)) ['\"].*", re.DOTALL), r"\1."),
)
"""How graphql-core repeats what a client sent, and what is left of that."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of a request's operation: errors, or the document to run and what it costs."""

    document: DocumentNode | None = None
    kind: OperationType | None = None
    nodes: int = 0
    characters: int = 0
    """Of a document that was not known and had to be read."""
    cost: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[GraphQLError] = ()


class _Overlapping(OverlappingFieldsCanBeMergedRule):
    """The one rule whose work grows with the square of the document, within a budget."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MOST_COMPARISONS


RULES = (
    *(_Overlapping if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    MaxIntrospectionDepthRule,
)


@dataclass
class _Operation:
    """An operation of a kept document."""

    node: OperationDefinitionNode
    shown: Mapping[str, int]
    costs: dict[tuple[bool, ...], Sequence[tuple[str, Number]]] = field(default_factory=dict)


@dataclass
class _Document:
    """A document that may be run."""

    parsed: DocumentNode
    tokens: int
    fragments: Mapping[str, FragmentDefinitionNode]
    operations: Mapping[str | None, _Operation]
    choices: Sequence[str]
    """The variables that decide what @include and @skip leave."""

    def choose(self, name: str | None) -> _Operation:
        """The operation to run; of several one has to be named. Raises BadInput."""
        if name is None and len(self.operations) > 1:
            raise BadInput("operationName: the document has several operations; name one.")
        found = next(iter(self.operations.values()), None) if name is None else self.operations.get(name)
        if found is None:
            raise BadInput("operationName: the document has no such operation.")
        return found


class Documents:
    """The documents of one schema under one set of limits."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._shown_limits = {camel_case(name): getattr(limits, name) for name in REPORTED}
        self._kept: OrderedDict[str, _Document] = OrderedDict()
        self._tokens = 0

    def admit(self, text: str, name: str | None, variables: Mapping[str, Any]) -> Admitted:
        """Look at an operation before anything is read for it."""
        known = self._kept.get(text)
        characters = 0 if known else min(len(text), self._limits.characters)
        try:
            if known is None:
                known, errors = self._made(text)
                if errors:
                    return Admitted(kind=known.choose(name).node.operation, characters=characters, errors=errors)
                self._keep(text, known)
            self._kept.move_to_end(text)
            operation = known.choose(name)
            check_variables(variables, self._limits)
            nodes = self._nodes(known, operation, variables)
        except CersError as error:
            return Admitted(characters=characters, errors=(GraphQLError(str(error), original_error=error),))
        except GraphQLError as error:
            return Admitted(characters=characters, errors=(discreet(error),))
        cost = {"nodes": nodes, **operation.shown, "limits": self._shown_limits}
        return Admitted(known.parsed, operation.node.operation, nodes, characters, cost)

    def _made(self, text: str) -> tuple[_Document, Sequence[GraphQLError]]:
        limits = self._limits
        within(limits, "characters", len(text))
        try:
            parsed = parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
        except GraphQLSyntaxError as error:
            if "Parsing aborted" in error.message:
                raise TooCostly(f"tokens: {_reason(error)}; at most {limits.tokens} tokens are read.") from error
            raise
        fragments = {node.name.value: node for node in parsed.definitions if isinstance(node, FragmentDefinitionNode)}
        counter, operations = Counter(fragments), {}
        for node in parsed.definitions:
            if isinstance(node, OperationDefinitionNode):
                shown = _shown(check_operation(counter, node, limits), parsed.token_count)
                operations[node.name.value if node.name else None] = _Operation(node, shown)
        errors = validate(self._schema, parsed, RULES, max_errors=MOST_ERRORS, hide_suggestions=not limits.suggestions)
        if errors and errors[-1].message == GAVE_UP:
            raise TooCostly("fields: too many of the same name, or too many fragments, to compare with each other.")
        document = _Document(parsed, parsed.token_count, fragments, operations, sorted(counter.choices))
        return document, [discreet(error) for error in errors]

    def _keep(self, text: str, document: _Document) -> None:
        self._kept[text] = document
        self._tokens += document.tokens
        while len(self._kept) > MOST_DOCUMENTS or self._tokens > MOST_TOKENS:
            _, forgotten = self._kept.popitem(last=False)
            self._tokens -= forgotten.tokens

    def _nodes(self, document: _Document, operation: _Operation, variables: Mapping[str, Any]) -> int:
        values = given_values(operation.node, variables)
        key = tuple(values.get(name) is True for name in document.choices)
        roots = operation.costs.get(key)
        if roots is None:
            if len(operation.costs) >= MOST_CHOICES:
                operation.costs.clear()
            choices = dict(zip(document.choices, key, strict=True))
            roots = Costs(self._schema, document.fragments, operation.node, choices).roots
            operation.costs[key] = roots
        nodes = sum(value_of(number, values) for _, number in roots)
        if nodes > self._limits.nodes:
            costs = {name: value_of(number, values) for name, number in roots}
            most = max(costs, key=costs.__getitem__)
            raise TooCostly(
                f"{most}: {costs[most]} of the {nodes} nodes that the operation asks for; "
                f"at most {self._limits.nodes} are answered."
            )
        return nodes


@lru_cache(maxsize=16)
def documents(schema: GraphQLSchema, limits: Limits) -> Documents:
    """The one `Documents` of a schema and limits."""
    return Documents(schema, limits)


def _shown(counts: Counts, tokens: int) -> dict[str, int]:
    found = {camel_case(name): getattr(counts, name) for name in REPORTED if hasattr(counts, name)}
    return {**found, "tokens": tokens}


def _reason(error: GraphQLSyntaxError) -> str:
    return "too deeply nested" if "nested" in error.message else "too long"


def discreet(error: GraphQLError) -> GraphQLError:
    """An error of graphql-core about what a client sent, without the values it repeats: they may be a student's."""
    message = error.message
    for repeated, left in REPEATED:
        message = repeated.sub(left, message)
    message = message[:LONGEST_MESSAGE]
    if message == error.message:
        return error
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path)
