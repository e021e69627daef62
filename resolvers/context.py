"""What one request carries: its tenant, viewer and scope, and the engine that answers its fields."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from graphql import GraphQLResolveInfo

from models.database import Database, Full, ReadOnly
from models.reference import Reference, ReferenceSource, UnknownReference
from policies.disclosure import DisclosureLog, Served
from policies.errors import Conflict, Forbidden, Unauthenticated
from policies.identity import Viewer
from policies.limits import Limits
from policies.scope import Scope
from policies.scoping import Scopes
from resolvers.engine import Engine
from resolvers.engine.answers import Nodes
from resolvers.engine.arguments import present
from resolvers.engine.level import Run
from resolvers.engine.types import answer_of, needs_of, variables_of
from resolvers.problem import Problem

WRITING = orjson.OPT_UTC_Z


class Tenant:
    """One tenant at run time: its database, reference data and engine, and how much an operation may ask of it.

    `disclosures`: None where servings are recorded nowhere, as in what all visitors of the sandbox share.
    `copy_of`: the tenant whose database this one's is a copy of.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        key: str,
        disclosures: DisclosureLog | None,
        *,
        plans: int,
        limits: Limits,
        copy_of: "Tenant | None" = None,
    ) -> None:
        self.name = name
        self.database = database
        self.key = key
        self.disclosures = disclosures
        self.reference: ReferenceSource = ReferenceSource(database, copy_of.reference.known if copy_of else None)
        self.scopes = Scopes(database)
        self.limits = limits
        self.engine: Engine = copy_of.engine.beside(database) if copy_of else Engine(database, key, plans=plans)

    @asynccontextmanager
    async def lent(self, _viewer: Viewer | None) -> AsyncIterator["Loan"]:
        """What a viewer's request works on while it lasts."""
        yield Loan(self)

    async def context(self, viewer: Viewer | None) -> "Context":
        """The context of a request by `viewer` (None: without a token)."""
        reference = await self.reference.current()
        who = viewer or Viewer(tenant=self.name)
        return Context(self, who, await self.scopes.of(who, reference), reference)


class Host(Protocol):
    """Has a tenant for whoever asks: a tenant itself, or the sandbox with its visitors' copies."""

    limits: Limits

    def lent(self, viewer: Viewer | None, /) -> AbstractAsyncContextManager["Loan"]:
        """What a viewer's request works on while it lasts."""


@dataclass(frozen=True, slots=True)
class Loan:
    """The tenant that a request works on, and where it goes on: `private` when it changes what is shared (the viewer's
    own copy), `put_back` when it gives up what the viewer changed. Both are the sandbox's only."""

    tenant: Tenant
    private: Callable[[], Awaitable[Tenant]] | None = None
    put_back: Callable[[], Awaitable[Tenant]] | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """What became of giving up changes."""

    done: bool
    errors: Sequence[Problem] = ()


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
    loan: Loan | None = None

    async def answer(self, info: GraphQLResolveInfo[Any]) -> Any:
        """The finished JSON of a root field, or None."""
        definition = info.parent_type.fields[info.field_name]
        self._permit(info.field_name, needs_of(definition))
        try:
            value = await self._value(info, answer_of(definition))
        except UnknownReference:
            await self.tenant.reference.renew()
            await self._go_on(self.tenant)
            value = await self._value(info, answer_of(definition))
        return None if value is None else orjson.Fragment(orjson.dumps(value, option=WRITING))

    async def change(self, info: GraphQLResolveInfo[Any], change: Callable[..., Awaitable[Any]], given: Any) -> Any:
        """The payload of a mutation: `await change(run, input)`."""
        self._permit(info.field_name, needs_of(info.parent_type.fields[info.field_name]))
        try:
            try:
                return await change(self._running(info), given)
            except ReadOnly:
                if self.loan is None or self.loan.private is None:
                    raise
                await self._go_on(await self.loan.private())
                return await change(self._running(info), given)
        except Full as error:
            raise Conflict(f"{info.field_name}: there is no room left for changes; put them back first.") from error

    async def put_back(self, info: GraphQLResolveInfo[Any]) -> "PutBack":
        """Give up what the viewer changed in the sandbox."""
        self._permit(info.field_name, needs_of(info.parent_type.fields[info.field_name]))
        if self.loan is None or self.loan.put_back is None:
            return PutBack(False, [Problem("FORBIDDEN", None, "only visitors of the sandbox put their changes back")])
        try:
            await self._go_on(await self.loan.put_back())
        except Forbidden as refusal:
            return PutBack(False, [Problem(refusal.code, None, str(refusal))])
        return PutBack(True)

    async def node(self, info: GraphQLResolveInfo[Any], global_id: str | None) -> Any:
        """The finished JSON of a node that an ordinary object names."""
        if global_id is None:
            return None
        run = self._running(info)
        [value] = await self.tenant.engine.nodes(info, self.document, run, self.reference, [global_id])
        return None if value is None else orjson.Fragment(orjson.dumps(value, option=WRITING))

    async def disclose(self) -> None:
        """Record whose results the answer holds, durably. Raises Unavailable: then it must not leave."""
        if self.served and self.tenant.disclosures is not None:
            year = self.reference.tenant.school_year
            await self.tenant.disclosures.record(self.viewer, year, self.operation, self.document, self.served)

    async def _go_on(self, tenant: Tenant) -> None:
        """Do the rest of the request with a tenant's present data."""
        self.tenant = tenant
        self.reference = await tenant.reference.current()
        self.scope = await tenant.scopes.of(self.viewer, self.reference)
        self.run = None

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
