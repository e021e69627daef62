"""A slow, obvious interpreter of GraphQL operations over a world's rows: what the engine's answers are compared with.

Cursors are written as "cursor" (they are compared by following them); `after` is not understood.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
    parse,
)

from tests.resolvers.conditions import DEMOGRAPHICS, matches, ordered
from tests.resolvers.emptiness import reason_of_nothing
from tests.resolvers.meaning import FIELDS, PREFIXES, Listing, Thing, global_id
from tests.resolvers.visibility import Eyes

INTERFACES = {
    "Node": {"Student", "Result", "Group", "School", "District", "Assessment"},
    "Organization": {"School", "District"},
}
NEEDS: dict[str, tuple[str, ...]] = {
    "student": ("INDIVIDUAL_PII_READ", "GROUP_PII_READ"),
    "students": ("INDIVIDUAL_PII_READ", "GROUP_PII_READ"),
    "results": ("INDIVIDUAL_PII_READ", "GROUP_PII_READ"),
    "groups": ("INDIVIDUAL_PII_READ", "GROUP_PII_READ", "GROUP_WRITE", "CUSTOM_GROUP_WRITE"),
}
PUBLIC = {"viewer", "programs", "assessments"}
NEVER_NULL = {"viewer", "nodes", "districts", "schools", "programs", "assessments"}
ABSENT = object()


class Refused(Exception):
    """A root field that does not answer, with its code."""


class Interpreter:
    """Answers one operation for one viewer."""

    def __init__(self, eyes: Eyes, document: str, variables: dict[str, Any]) -> None:
        self.eyes = eyes
        self.variables = variables
        parsed: DocumentNode = parse(document)
        self.fragments = {d.name.value: d for d in parsed.definitions if isinstance(d, FragmentDefinitionNode)}
        (self.operation,) = (d for d in parsed.definitions if isinstance(d, OperationDefinitionNode))
        self.errors: dict[str, str] = {}

    def answer(self) -> Any:
        """The data; `errors` then has the codes of root fields that were refused."""
        data: dict[str, Any] | None = {}
        for key, nodes in self.fields("Query", [self.operation.selection_set]).items():
            try:
                value = self.root(nodes)
            except Refused as refusal:
                self.errors[key] = str(refusal)
                value = None
                if nodes[0].name.value in NEVER_NULL:
                    data = None
            if data is not None:
                data[key] = value
        return data

    def root(self, nodes: Sequence[FieldNode]) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return "Query"
        if name not in PUBLIC and self.eyes.viewer.login is None:
            raise Refused("UNAUTHENTICATED")
        if self.eyes.imports_only:
            raise Refused("FORBIDDEN")
        if name in NEEDS and not self.eyes.holds(*NEEDS[name]):
            raise Refused("FORBIDDEN")
        given = self.arguments(nodes[0])
        types = {prefix: type_ for type_, prefix in PREFIXES.items()}
        for named in given.get("ids", [given.get("id")]):
            self.refuse_withheld(nodes, types[named.split("_")[0]] if named else None)
        return self.field("Query", None, nodes)

    def refuse_withheld(self, nodes: Sequence[FieldNode], type_: str | None) -> None:
        """A filter that names a field which the viewer sees nowhere is refused, also where there are no rows."""
        for node in nodes:
            self.refuse_names(self.arguments(node).get("filter"))
            for selection in self.flat([node.selection_set] if node.selection_set else [], type_):
                self.refuse_withheld([selection], None)

    def refuse_names(self, given: dict[str, Any] | None) -> None:
        for name, value in (given or {}).items():
            if value is None:
                continue
            if name in DEMOGRAPHICS and not self.eyes.may_use(DEMOGRAPHICS[name]):
                raise Refused("FORBIDDEN")
            for part in [value] if name == "not" else value if name in ("and", "or") else []:
                self.refuse_names(part)

    def object(self, thing: Thing, sets: Sequence[SelectionSetNode]) -> dict[str, Any]:
        return {key: self.field(thing.type, thing.value, nodes) for key, nodes in self.fields(thing.type, sets).items()}

    def field(self, type_: str, value: Any, nodes: Sequence[FieldNode]) -> Any:
        name, given = nodes[0].name.value, self.arguments(nodes[0])
        if name == "__typename":
            return type_
        if name == "id":
            return global_id(type_, value)
        found = FIELDS[type_][name](self.eyes, value, given)
        return self.complete(found, [node.selection_set for node in nodes if node.selection_set], given)

    def complete(self, found: Any, sets: Sequence[SelectionSetNode], given: dict[str, Any]) -> Any:
        if isinstance(found, Thing):
            return self.object(found, sets)
        if isinstance(found, Listing):
            return self.connection(found, sets, given)
        if isinstance(found, list):
            return [self.complete(one, sets, {}) for one in found]
        return found

    def connection(self, listing: Listing, sets: Sequence[SelectionSetNode], given: dict[str, Any]) -> dict[str, Any]:
        matching = [row for row in listing.rows if matches(self.eyes, listing.type, row, given.get("filter")) is True]
        rows = ordered(self.eyes, listing.type, matching, given.get("orderBy"))
        page = [Thing(listing.type, row) for row in rows[: given.get("first", 50)]]
        ends = {
            "hasNextPage": len(rows) > len(page),
            "hasPreviousPage": False,
            "startCursor": "cursor" if page else None,
            "endCursor": "cursor" if page else None,
            "__typename": "PageInfo",
        }
        answer: dict[str, Any] = {}
        for key, nodes in self.fields(f"{listing.type}Connection", sets).items():
            below = [node.selection_set for node in nodes if node.selection_set]
            name = nodes[0].name.value
            if name == "nodes":
                answer[key] = [self.object(thing, below) for thing in page]
            elif name == "edges":
                answer[key] = [self.edge(thing, below) for thing in page]
            elif name == "pageInfo":
                answer[key] = {k: ends[n[0].name.value] for k, n in self.fields("PageInfo", below).items()}
            elif name == "emptyReason":
                answer[key] = None if rows else reason_of_nothing(self.eyes, listing.kind, given.get("filter"))
            else:
                answer[key] = len(rows) if name == "totalCount" else f"{listing.type}Connection"
        return answer

    def edge(self, thing: Thing, sets: Sequence[SelectionSetNode]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for key, nodes in self.fields(f"{thing.type}Edge", sets).items():
            below = [node.selection_set for node in nodes if node.selection_set]
            named = {"cursor": "cursor", "__typename": f"{thing.type}Edge"}
            answer[key] = named.get(nodes[0].name.value) or self.object(thing, below)
        return answer

    def fields(self, type_: str, sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields selected on a type, by their names in the answer."""
        found: dict[str, list[FieldNode]] = {}
        for node in self.flat(sets, type_):
            found.setdefault((node.alias or node.name).value, []).append(node)
        return found

    def flat(self, sets: Sequence[SelectionSetNode], type_: str | None) -> Iterator[FieldNode]:
        for selection in (selection for one in sets for selection in one.selections):
            if not self.included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
                continue
            fragment: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
            condition = fragment.type_condition and fragment.type_condition.name.value
            if type_ is None or condition in (None, type_) or type_ in INTERFACES.get(condition, ()):
                yield from self.flat([fragment.selection_set], type_)

    def included(self, selection: Any) -> bool:
        """As @include and @skip say."""
        said = {d.name.value: self.value(d.arguments[0].value) for d in selection.directives or ()}
        return said.get("include", True) and not said.get("skip", False)

    def arguments(self, node: FieldNode) -> dict[str, Any]:
        given = {argument.name.value: self.value(argument.value) for argument in node.arguments or ()}
        return {name: value for name, value in given.items() if value is not ABSENT}

    def value(self, node: Any) -> Any:
        """A value as written, with variables put in; a variable that was not given is absent."""
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value, ABSENT)
        if isinstance(node, ObjectValueNode):
            parts = {field.name.value: self.value(field.value) for field in node.fields}
            return {name: value for name, value in parts.items() if value is not ABSENT}
        if isinstance(node, ListValueNode):
            return [self.value(part) for part in node.values]
        if isinstance(node, NullValueNode):
            return None
        if isinstance(node, IntValueNode):
            return int(node.value)
        assert isinstance(node, StringValueNode | EnumValueNode | BooleanValueNode)
        return node.value
