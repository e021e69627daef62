"""The copies that this process has open: each a tenant of its own, lent to requests and closed when nobody has it.

Opening one takes a moment only, since it shares plans and reference data with the original; beyond a number the least
recently used are closed. One that was given up is closed, and its file removed, when the last request that has it ends.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from resolvers.context import Tenant
from sandbox.files import CopyFiles, Held

log = structlog.get_logger("cers.sandbox")


class Gone(Exception):
    """The copy was given up meanwhile."""


@dataclass(slots=True)
class Opened:
    """An open copy and how many requests have it."""

    held: Held
    tenant: Tenant
    lent: int = 0
    given_up: bool = False


class OpenCopies:
    """The open copies of one process. `tenant_of`: a tenant over a copy's file."""

    def __init__(self, files: CopyFiles, tenant_of: Callable[[Held], Tenant], *, most: int) -> None:
        self._files = files
        self._tenant_of = tenant_of
        self._most = most
        self._open: OrderedDict[str, Opened] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lent(self, name: str) -> AsyncIterator[Tenant]:
        """A copy's tenant for as long as a request lasts. Raises Gone."""
        opened = self._open.get(name) or self._opened(name)
        self._open.move_to_end(name)
        opened.lent += 1
        try:
            yield opened.tenant
        finally:
            opened.lent -= 1
            if opened.given_up and not opened.lent:
                self._close(opened)

    def give_up(self, name: str) -> None:
        """Let go of a copy that nobody is led to any more, and have its file removed."""
        opened = self._open.pop(name, None)
        if opened is None:
            self._run(self._remove(name))
            return
        opened.given_up = True
        if not opened.lent:
            self._close(opened)

    def names(self) -> set[str]:
        """The copies that are open now."""
        return set(self._open)

    async def settle(self) -> None:
        """Store what waits to be stored in open copies."""
        for name in list(self._open):
            try:
                async with self.lent(name) as tenant:
                    if tenant.disclosures is not None:
                        await tenant.disclosures.settle()
            except Gone:
                continue
            except Exception as error:
                log.error("what a copy has disclosed is not stored yet", error=type(error).__name__)

    async def close(self) -> None:
        """Close every copy; their files stay for the next start."""
        for opened in self._open.values():
            self._close(opened)
        self._open.clear()
        await self.closed()

    async def closed(self) -> None:
        """Wait until whatever is being closed is closed."""
        while self._closing:
            await asyncio.gather(*self._closing)

    def _opened(self, name: str) -> Opened:
        held = self._files.take(name)
        if held is None:
            raise Gone(name)
        try:
            opened = self._open[name] = Opened(held, self._tenant_of(held))
        except BaseException:
            held.let_go()
            raise
        unused = [each for each, of in self._open.items() if not of.lent and each != name]
        for each in unused[: max(len(self._open) - self._most, 0)]:
            self._close(self._open.pop(each))
        return opened

    def _close(self, opened: Opened) -> None:
        self._run(self._end(opened))

    async def _end(self, opened: Opened) -> None:
        if opened.tenant.disclosures is not None:
            if opened.given_up:
                await opened.tenant.disclosures.journal.close()
            else:
                await opened.tenant.disclosures.stop()
        await opened.tenant.database.close()
        opened.held.let_go()
        if opened.given_up:
            await self._remove(opened.held.name)

    async def _remove(self, name: str) -> None:
        await asyncio.to_thread(self._files.remove, name)

    def _run(self, closing: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
