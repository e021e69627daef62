"""The engine: answers a field by a plan, made once per (document, field, shapes) and kept, then bound and run."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo

import models
from models.database import Database
from models.reference import Reference
from policies.disclosure import Served
from policies.errors import BadInput
from policies.gate import Admitted, Gate
from policies.scope import Scope
from resolvers.engine.arguments import Baker, Getter, Tracer, Variables, shape
from resolvers.engine.compile import Compiler
from resolvers.engine.cursors import Cursors
from resolvers.engine.ids import read_id
from resolvers.engine.level import Level, Run
from resolvers.engine.selection import Selected, Selector

NODES: Mapping[str, type[Any]] = {
    "Student": models.Student,
    "Result": models.Result,
    "Group": models.Group,
    "School": models.School,
    "District": models.District,
    "Assessment": models.Assessment,
    "Disclosure": models.Disclosure,
}
"""Types that `node` finds: GraphQL name -> table."""


MOST_KEPT = 1000
"""How many statements made outside plans are kept at most."""


@dataclass(frozen=True)
class Plan:
    """A made plan. `baked`: the variables whose very values it was made for."""

    level: Level
    baked: tuple[Getter, ...]


class Engine:
    """Answers fields for one tenant."""

    def __init__(self, database: Database, cursor_key: str, *, plans: int) -> None:
        self.database = database
        self.gate = Gate(database)
        self._kept: dict[Any, Admitted] = {}
        self.cursors = Cursors(cursor_key)
        self._plans = PlanCache(plans)

    def beside(self, database: Database) -> Self:
        """An engine for a copy of the database: plans and statements are of a kind of database and its reference data,
        so the two share them; rows come through the gate, and each has its own."""
        if database.kind != self.database.kind:
            raise ValueError(f"a copy of a {self.database.kind} database is no {database.kind} database")
        other = copy(self)
        other.database, other.gate = database, Gate(database)
        return other

    def run(self, scope: Scope, variables: Variables, served: set[Served]) -> Run:
        """A run for one request, which gathers in `served` what has to be recorded."""
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        return Run(self.gate, scope, variables, self.cursors, self.database, self._kept, served)

    async def answer(self, info: GraphQLResolveInfo[Any], document: str, run: Run, reference: Reference) -> Any:
        """The value of a root field."""
        plan = self._plan(info, document, run, reference)
        return (await plan.level.values(run, None))[0]

    async def nodes(
        self, info: GraphQLResolveInfo[Any], document: str, run: Run, reference: Reference, ids: Sequence[str]
    ) -> list[Any]:
        """The nodes of global ids, null where there is none for this viewer: one statement per type."""
        found: dict[str, dict[tuple[int, ...], Any]] = {}
        wanted = [read_id(value) for value in ids]
        for type_name in dict.fromkeys(name for name, _ in wanted):
            if type_name not in NODES:
                raise BadInput(f"id: {type_name} is not found by id.")
            keys = list(dict.fromkeys(key for name, key in wanted if name == type_name))
            plan = self._plan(info, document, run, reference, type_name)
            values = await plan.level.values(run, [key[0] if len(key) == 1 else key for key in keys])
            found[type_name] = dict(zip(keys, values, strict=True))
        return [found[name][key] for name, key in wanted]

    def _plan(
        self, info: GraphQLResolveInfo[Any], document: str, run: Run, reference: Reference, node_type: str = ""
    ) -> Plan:
        key = (
            document,
            info.operation.name.value if info.operation.name else None,
            tuple(info.path.as_list()),
            node_type,
            shape(dict(run.variables)),
            run.scope.shape,
            reference,
        )
        plan = self._plans.find(key, run.variables)
        if plan is None:
            plan = self._make(info, run, reference, node_type)
            self._plans.keep(key, plan, run.variables)
        return plan

    def _make(self, info: GraphQLResolveInfo[Any], run: Run, reference: Reference, node_type: str) -> Plan:
        tracer = Tracer(run.variables)
        baker = Baker(tracer, run.variables)
        fragments: Any = {name: getattr(f, "definition", f) for name, f in info.fragments.items()}
        selector = Selector(info.schema, fragments, run.variables)
        compiler = Compiler(self.gate, run.scope, reference, selector, tracer, baker)
        nodes: Sequence[FieldNode] = info.field_nodes
        below = tuple(node.selection_set for node in nodes if node.selection_set)
        if node_type:
            type_ = info.schema.type_map[node_type]
            assert isinstance(type_, GraphQLObjectType)
            return Plan(compiler.node(type_, NODES[node_type], below), tuple(baker.used))
        selected = Selected(str(info.path.key), nodes[0], below)
        definition = info.parent_type.fields[info.field_name]
        level = compiler.root(definition, selected, f"{info.parent_type.name}.{info.field_name}")
        return Plan(level, tuple(baker.used))


class PlanCache:
    """Plans by key, the least recently used forgotten first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._baked: OrderedDict[Any, tuple[Getter, ...]] = OrderedDict()

    def find(self, key: Any, variables: Variables) -> Plan | None:
        baked = self._baked.get(key)
        if baked is None:
            return None
        whole = (key, *(repr(get(variables)) for get in baked)) if baked else key
        plan = self._plans.get(whole)
        if plan is not None:
            self._plans.move_to_end(whole)
            self._baked.move_to_end(key)
        return plan

    def keep(self, key: Any, plan: Plan, variables: Variables) -> None:
        self._baked[key] = plan.baked
        self._baked.move_to_end(key)
        whole = (key, *(repr(get(variables)) for get in plan.baked)) if plan.baked else key
        self._plans[whole] = plan
        while len(self._plans) > self._limit:
            self._plans.popitem(last=False)
        while len(self._baked) > self._limit:
            self._baked.popitem(last=False)
