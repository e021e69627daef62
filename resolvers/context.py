"""What one request carries: its tenant, viewer and scope, and the engine that answers its fields."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLResolveInfo

from models.database import Database
from models.reference import Reference, ReferenceSource, UnknownReference
from policies.disclosure import DisclosureLog, Served
from policies.errors import Forbidden, Unauthenticated
from policies.identity import Viewer
from policies.limits import Limits
from policies.scope import Scope
from policies.scoping import Scopes
from resolvers.engine import Engine
from resolvers.engine.answers import Nodes
from resolvers.engine.arguments import present
from resolvers.engine.level import Run
from resolvers.engine.types import answer_of, needs_of, variables_of

WRITING = orjson.OPT_UTC_Z


class Tenant:
    """One tenant at run time: its database, reference data and engine, and how much an operation may ask of it."""

    def __init__(
        self, name: str, database: Database, key: str, disclosures: DisclosureLog, *, plans: int, limits: Limits
    ) -> None:
        self.name = name
        self.database = database
        self.key = key
        self.disclosures = disclosures
        self.reference = ReferenceSource(database)
        self.scopes = Scopes(database)
        self.limits = limits
        self.engine = Engine(database, key, plans=plans)

    async def context(self, viewer: Viewer | None) -> "Context":
        """The context of a request by `viewer` (None: without a token)."""
        reference = await self.reference.current()
        who = viewer or Viewer(tenant=self.name)
        return Context(self, who, await self.scopes.of(who, reference), reference)


@dataclass
class Context:
    """One request."""

    tenant: Tenant
    viewer: Viewer
    scope: Scope
    reference: Reference
    document: str = ""
    admitted: Any = None
    """What the schema found when it looked at the operation; None until then."""
    operation: str | None = None
    run: Run | None = None
    served: set[Served] = field(default_factory=set)
    """What has to be recorded before the answer leaves, of every run."""
    asked: set[str] = field(default_factory=set)
    """The root fields."""

    async def answer(self, info: GraphQLResolveInfo[Any]) -> Any:
        """The finished JSON of a root field, or None."""
        definition = info.parent_type.fields[info.field_name]
        self._permit(info.field_name, needs_of(definition))
        try:
            value = await self._value(info, answer_of(definition))
        except UnknownReference:
            self.reference = await self.tenant.reference.renew()
            self.scope = await self.tenant.scopes.of(self.viewer, self.reference)
            self.run = None
            value = await self._value(info, answer_of(definition))
        return None if value is None else orjson.Fragment(orjson.dumps(value, option=WRITING))

    async def change(self, info: GraphQLResolveInfo[Any], change: Callable[..., Awaitable[Any]], given: Any) -> Any:
        """The payload of a mutation: `await change(run, input)`."""
        self._permit(info.field_name, needs_of(info.parent_type.fields[info.field_name]))
        if self.reference.tenant.sandbox:
            raise Forbidden(f"{info.field_name}: the sandbox is shared by its visitors and cannot be changed yet.")
        return await change(self._running(info), given)

    async def node(self, info: GraphQLResolveInfo[Any], global_id: str | None) -> Any:
        """The finished JSON of a node that an ordinary object names."""
        if global_id is None:
            return None
        run = self._running(info)
        [value] = await self.tenant.engine.nodes(info, self.document, run, self.reference, [global_id])
        return None if value is None else orjson.Fragment(orjson.dumps(value, option=WRITING))

    async def disclose(self) -> None:
        """Record whose results the answer holds, durably. Raises Unavailable: then it must not leave."""
        if self.served:
            year = self.reference.tenant.school_year
            await self.tenant.disclosures.record(self.viewer, year, self.operation, self.document, self.served)

    def _running(self, info: GraphQLResolveInfo[Any]) -> Run:
        if self.run is None:
            self.operation = info.operation.name.value if info.operation.name else None
            self.run = self.tenant.engine.run(self.scope, variables_of(info), self.served)
        return self.run

    async def _value(self, info: GraphQLResolveInfo[Any], answer: Any) -> Any:
        engine = self.tenant.engine
        run = self._running(info)
        if not isinstance(answer, Nodes):
            return await engine.answer(info, self.document, run, self.reference)
        arguments = present(info.parent_type.fields[info.field_name], info.field_nodes[0])(run.variables)
        ids = arguments["ids"] if "ids" in arguments else [arguments["id"]]
        found = await engine.nodes(info, self.document, run, self.reference, ids)
        return found if "ids" in arguments else found[0]

    def _permit(self, field: str, needs: frozenset[Any] | None) -> None:
        """Signed in unless the field is public; some needed permission held somewhere; no SIS client."""
        if self.scope.imports_only:
            raise Forbidden(f"{field}: a SIS client imports groups, and nothing else.")
        self.asked.add(field)
        if needs is not None and not needs:
            return
        if self.viewer.login is None:
            raise Unauthenticated(f"{field}: sign in first.")
        if needs is not None and not self.scope.holds(needs):
            raise Forbidden(f"{field}: needs {' or '.join(sorted(needs))}.")
