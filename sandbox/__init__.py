"""The sandbox and its visitors: sessions without a credential, private copies, training rooms.

Visitors read the sandbox's database as it was built, which nobody can change. The first change gives a visitor a
private copy; the participants of a training room share the room's. docs/sandbox.md says what is kept where.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from models.database import Access, Database, Watched
from models.reference import Reference
from policies.disclosure import DisclosureLog
from policies.errors import Conflict, Forbidden, Unavailable
from policies.identity import Viewer
from policies.limits import Limits
from policies.sandbox import SANDBOX
from resolvers.context import Loan, Tenant
from sandbox.copies import LOST, Copies, Most
from sandbox.files import CopyFiles, Held
from sandbox.opened import Gone, OpenCopies
from sandbox.registry import Registry
from sandbox.rooms import Rooms
from sandbox.visits import Present, VisitSessions

LOOKING_SECONDS = 5.0
CLEANING_SECONDS = 60.0
PAGE_BYTES = 4096
TRIES = 5
log = structlog.get_logger("cers.sandbox")


@dataclass(frozen=True, slots=True)
class Terms:
    """How the sandbox is open to visitors. `idle`: how long a session lives unused; `absolute`: in any case;
    `room`: how long a training room is open; `open_copies`: how many copies a process keeps open."""

    idle: timedelta
    absolute: timedelta
    room: timedelta
    most: Most
    open_copies: int
    plans: int


class Sandbox:
    """The sandbox as one process serves it. `path`: its database, `key`: its own."""

    def __init__(self, path: Path, key: str, limits: Limits, terms: Terms, watched: Watched | None = None) -> None:
        self.terms = terms
        self.limits = limits
        self._key = key
        self._watched = watched
        database = Database(f"sqlite:///{path.resolve()}", watched=watched, access=Access(writable=False))
        self.original = Tenant(SANDBOX, database, key, None, plans=terms.plans, limits=limits)
        folder = path.with_suffix(".visitors")
        self.registry = Registry(folder)
        self.files = CopyFiles(folder / "copies", path)
        self.opened = OpenCopies(self.files, self._tenant_of, most=terms.open_copies)
        self.visits = VisitSessions(self.registry, key, idle=terms.idle, absolute=terms.absolute)
        self.copies = Copies(self.registry, self.files, self.opened, terms.most, self.visits.idle)
        self.rooms = Rooms(self.registry, self.copies, self.visits, key, terms.most, terms.room)
        self.copies.drop_those_of_other_data()
        self._keeping: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def lent(self, viewer: Viewer | None) -> AsyncIterator[Loan]:
        """What a visitor's request works on: the room's copy, the private one, or what everybody shares."""
        if viewer is None:
            yield Loan(self.original)
            return
        async with AsyncExitStack() as stack:

            async def private() -> Tenant:
                await self.copies.private(viewer.session or "")
                return await self._tenant(viewer, stack)

            async def put_back() -> Tenant:
                if (await self.visits.found(viewer)).room is not None:
                    raise Forbidden("in a training room, the trainer resets what everybody shares")
                await self.copies.put_back(viewer.session or "")
                return self.original

            yield Loan(await self._tenant(viewer, stack), private, put_back)

    async def reference(self) -> Reference:
        """The reference data of every copy, read once: nobody changes the original."""
        return self.original.reference.known or await self.original.reference.current()

    def start(self) -> None:
        """Begin to look after sessions, rooms and copies, first those that earlier processes left."""
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Let go of everything; sessions, rooms and copies stay for the next start."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        await asyncio.to_thread(self.copies.close)
        await self.opened.close()
        await self.original.database.close()
        await self.registry.close()
        self.files.close()

    async def _tenant(self, viewer: Viewer, stack: AsyncExitStack) -> Tenant:
        for _ in range(TRIES):
            present = await self.visits.found(viewer)
            if present.lost is not None:
                await self.copies.told(viewer.session or "")
                raise Conflict(LOST[present.lost])
            if present.copy is None and present.room is None:
                return self.original
            if present.copy is None:
                await self.rooms.copied(present.room or "")
                continue
            await self.reference()
            with suppress(Gone):
                return await stack.enter_async_context(self.opened.lent(present.copy))
            await self._look_again(viewer, present)
        raise Unavailable("The sandbox is being reset over and over. Try again.")

    async def _look_again(self, viewer: Viewer, before: Present) -> None:
        """A copy is gone: somebody else is led to another one by now, or its file was deleted."""
        self.visits.forget(viewer)
        if before.copy is not None and (await self.visits.found(viewer)).copy == before.copy:
            await self.copies.missing(before.copy)

    def _tenant_of(self, held: Held) -> Tenant:
        access = Access(durable=False, most_pages=self.files.largest // PAGE_BYTES)
        database = Database(f"sqlite:///{held.path.resolve()}", watched=self._watched, access=access)
        disclosures = DisclosureLog(database, None, days=1)
        name, key, plans = SANDBOX, self._key, self.terms.plans
        return Tenant(name, database, key, disclosures, plans=plans, limits=self.limits, copy_of=self.original)

    async def _keep(self) -> None:
        mark, cleaned_at = b"", 0.0
        while True:
            seen, now = self.registry.signal.now(), self.registry.now()
            if seen != mark or now - cleaned_at >= CLEANING_SECONDS:
                mark, cleaned_at = seen, now
                await self._attempt(self.copies.clean_up)
            await self._attempt(self.opened.settle)
            await asyncio.sleep(LOOKING_SECONDS)

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            log.error("the sandbox could not be looked after", error=type(error).__name__)
