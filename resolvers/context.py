"""What one request carries: its tenant, viewer and scope, and the engine that answers its fields."""

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLResolveInfo

from models.database import Database
from models.reference import Reference, ReferenceSource, UnknownReference
from policies.errors import BadInput, Forbidden, Unauthenticated
from policies.identity import Viewer
from policies.scope import Scope
from policies.scoping import Scopes
from resolvers.engine import Engine
from resolvers.engine.answers import Nodes
from resolvers.engine.arguments import present
from resolvers.engine.level import Run
from resolvers.engine.types import answer_of, needs_of, variables_of

WRITING = orjson.OPT_UTC_Z
MOST_IDS = 200


class Tenant:
    """One tenant at run time: its database, reference data, gate and engine."""

    def __init__(self, name: str, database: Database, key: str, *, plans: int, max_nodes: int) -> None:
        self.name = name
        self.database = database
        self.key = key
        self.reference = ReferenceSource(database)
        self.scopes = Scopes(database)
        self.engine = Engine(database, key, plans=plans, max_nodes=max_nodes)

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
    run: Run | None = None

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

    async def _value(self, info: GraphQLResolveInfo[Any], answer: Any) -> Any:
        engine = self.tenant.engine
        if self.run is None:
            self.run = engine.run(self.scope, variables_of(info))
        if not isinstance(answer, Nodes):
            return await engine.answer(info, self.document, self.run, self.reference)
        arguments = present(info.parent_type.fields[info.field_name], info.field_nodes[0])(self.run.variables)
        if "id" in arguments:
            found = await engine.nodes(info, self.document, self.run, self.reference, [arguments["id"]])
            return found[0]
        if len(arguments["ids"]) > MOST_IDS:
            raise BadInput(f"ids: at most {MOST_IDS}.")
        return await engine.nodes(info, self.document, self.run, self.reference, arguments["ids"])

    def _permit(self, field: str, needs: frozenset[Any] | None) -> None:
        """Signed in unless the field is public; some needed permission held somewhere."""
        if needs is not None and not needs:
            return
        if self.viewer.login is None:
            raise Unauthenticated(f"{field}: sign in first.")
        if needs is not None and not self.scope.holds(needs):
            raise Forbidden(f"{field}: needs {' or '.join(sorted(needs))}.")
