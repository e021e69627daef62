"""Operations that hypothesis draws from the schema itself: any field, with arguments, fragments and directives."""

import json
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from resolvers.engine.answers import Page
from resolvers.engine.types import answer_of
from schema import schema
from tests.resolvers.drawn_worlds import Chance, DrawnWorld
from tests.resolvers.meaning import FIELDS, PREFIXES, global_id

GRAPHQL = schema._schema
DEEPEST = 5


class DrawnOperation:
    """One operation over a world: `document` and `variables`."""

    def __init__(self, chance: Chance, world: DrawnWorld) -> None:
        self.chance = chance
        self.world = world
        self.variables: dict[str, Any] = {}
        self._declared: list[str] = []
        self._fragments: list[str] = []
        self._names = 0
        self._rename_all = False
        fields = " ".join(self._root() for _ in range(chance.pick((1, 1, 2))))
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        self.document = f"query Drawn{declared} {{ {fields} }} {' '.join(self._fragments)}"

    def _name(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def _root(self) -> str:
        query: Any = GRAPHQL.type_map["Query"]
        name = self.chance.pick([field for field in FIELDS["Query"] if field in query.fields])
        if name in ("node", "nodes"):
            return self._nodes(query.fields[name], name)
        return self._field("Query", name, query.fields[name], depth=0, in_process=name in ("viewer", "programs"))

    def _nodes(self, definition: Any, name: str) -> str:
        ids = [self._id() for _ in range(1 if name == "node" else self.chance.number(0, 3))]
        given = self._written(
            ids[0] if name == "node" else ids, definition.args["id" if name == "node" else "ids"].type
        )
        below = ["__typename id"]
        self._rename_all = True
        for type_ in self.chance.some(list(PREFIXES), most=3):
            below.append(f"... on {type_} {self._selection(type_, depth=1)}")
        self._rename_all = False
        if self.chance.yes(30):
            below.append("... on Organization { name naturalId }")
        return f"{self._name('n')}: {name}({'id' if name == 'node' else 'ids'}: {given}) {{ {' '.join(below)} }}"

    def _id(self) -> str:
        rows = [row for row in self.world.rows if type(row).__name__ in PREFIXES]
        row = self.chance.pick(rows)
        return global_id(type(row).__name__, row) if self.chance.yes(90) else "stu_1"

    def _selection(self, type_: str, depth: int, *, in_process: bool = False) -> str:
        """A selection set of a type; a leaf at least."""
        definition: Any = GRAPHQL.type_map[type_]
        names = [name for name in definition.fields if name in FIELDS[type_] or (name == "id" and type_ != "Query")]
        if in_process:
            names = [name for name in names if not is_page(definition.fields[name])]
        if depth >= DEEPEST:
            names = [name for name in names if is_leaf_type(get_named_type(definition.fields[name].type))]
        parts = [
            self._field(type_, name, definition.fields[name], depth, in_process=in_process)
            for name in self.chance.some(names, most=4)
        ]
        return "{ " + " ".join([*(self._wrapped(type_, part) for part in parts), "__typename"]) + " }"

    def _wrapped(self, type_: str, part: str) -> str:
        """A part as it is, in a fragment, or with a condition."""
        way = self.chance.number(0, 11)
        if way == 8:
            return f"... on {type_} {{ {part} }}"
        if way == 9:
            name = self._name("f")
            self._fragments.append(f"fragment {name} on {type_} {{ {part} }}")
            return f"...{name}"
        if way == 10:
            kind = self.chance.pick(("include", "skip"))
            return f"... @{kind}(if: {self._written(self.chance.yes(), GraphQLNonNull(BOOLEAN))}) {{ {part} }}"
        if way == 11 and type_ in ("School", "District") and part in ("name", "naturalId"):
            return f"... on Organization {{ {part} }}"
        return part

    def _field(self, type_: str, name: str, definition: Any, depth: int, *, in_process: bool) -> str:
        arguments = self._arguments(name, definition)
        named = get_named_type(definition.type)
        below = ""
        if isinstance(named, GraphQLObjectType):
            inside = in_process or (type_, name) == ("School", "district")
            below = (
                self._connection(named, depth)
                if is_page(definition)
                else self._selection(named.name, depth + 1, in_process=inside)
            )
        alias = (
            f"{self._name('a')}: "
            if arguments or is_page(definition) or self._rename_all or self.chance.yes(10)
            else ""
        )
        return f"{alias}{name}{arguments} {below}".strip()

    def _connection(self, type_: GraphQLObjectType, depth: int) -> str:
        row = get_named_type(type_.fields["nodes"].type).name
        parts = []
        if self.chance.yes(80):
            parts.append(f"nodes {self._selection(row, depth + 1)}")
        if self.chance.yes(20):
            parts.append(f"edges {{ cursor node {self._selection(row, depth + 2)} }}")
        if self.chance.yes(30):
            parts.append("pageInfo { hasNextPage hasPreviousPage startCursor endCursor }")
        if self.chance.yes(20):
            parts.append("emptyReason")
        if self.chance.yes(40) or not parts:
            parts.append("totalCount")
        return "{ " + " ".join(parts) + " }"

    def _arguments(self, name: str, definition: Any) -> str:
        given = []
        for argument, made in definition.args.items():
            if argument == "after":
                continue
            if argument == "first":
                given.append(f"first: {self._written(self.chance.number(0, 3), made.type)}")
            elif isinstance(made.type, GraphQLNonNull) or self.chance.yes(40):
                given.append(f"{argument}: {self._written(self._value(argument, made.type, 0), made.type)}")
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, type_: Any, depth: int) -> Any:
        """A value of an input type, as JSON. `name`: the argument or input field it is for."""
        type_ = get_nullable_type(type_)
        if isinstance(type_, GraphQLList):
            return [self._value(name, type_.of_type, depth) for _ in range(self.chance.number(0, 2))]
        if isinstance(type_, GraphQLEnumType):
            return self.chance.pick(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(name, type_, depth)
        return self.chance.pick(self._pool(name, type_.name))

    def _object(self, name: str, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if type_.name.endswith("Order"):
            order = {"field": self._value("field", type_.fields["field"].type, depth)}
            return order | ({"direction": self.chance.pick(("ASC", "DESC"))} if self.chance.yes(70) else {})
        names = [n for n in type_.fields if depth < 2 or n not in ("and", "or", "not")]
        context = name if type_.name.endswith("Condition") else ""
        return {
            n: self._value(context or n, type_.fields[n].type, depth + (n in ("and", "or", "not")))
            for n in self.chance.some(names, most=2)
        }

    def _pool(self, name: str, scalar: str) -> tuple[Any, ...]:
        world = self.world
        strings = {
            "name": ("", "o", "AÑ", "ng", "b g", '"', "%", "oak"),
            "program": ("SUM", "ICA", "none"),
            "assessment": (world.assessments[0].natural_id, world.assessments[-1].natural_id, "none"),
            "naturalId": (world.assessments[0].natural_id, "none"),
            "session": ("s1", "S-2", "none"),
            "primaryLanguage": ("eng", "spa"),
        }
        pools: dict[str, tuple[Any, ...]] = {
            "SSID": (*(student.ssid for student in world.students), "1"),
            "CDSCode": (*(school.natural_id for school in world.schools), world.districts[0].natural_id, "1"),
            "SchoolYear": (2025, 2026),
            "SubjectCode": ("ELA", "MATH", "none"),
            "Grade": ("03", "04", "HS", "10"),
            "Date": ("2017-03-14", "2016-06-01"),
            "DateTime": ("2026-05-12T17:03:00Z", "2026-05-11T10:03:00-07:00", "2025-05-12T00:00:00Z"),
            "Boolean": (True, False),
            "Int": (1, 2, 3, 2401, 2402) if name == "scaleScore" else (1, 2, 3),
        }
        return pools.get(scalar) or strings[name]

    def _written(self, value: Any, type_: Any) -> str:
        """A value as a literal or as a variable, at any depth."""
        if self.chance.yes(35):
            name = self._name("v")
            self.variables[name] = value
            self._declared.append(f"${name}: {type_}")
            return f"${name}"
        bare = get_nullable_type(type_)
        if isinstance(value, dict):
            parts = (f"{n}: {self._written(part, bare.fields[n].type)}" for n, part in value.items())
            return "{" + ", ".join(parts) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self._written(part, bare.of_type) for part in value) + "]"
        if isinstance(bare, GraphQLEnumType):
            return str(value)
        return json.dumps(value, ensure_ascii=False)


def is_page(definition: Any) -> bool:
    """Whether a field is a connection."""
    return isinstance(answer_of(definition), Page)


BOOLEAN: Any = GRAPHQL.type_map["Boolean"]
