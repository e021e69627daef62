"""How long a request is worked on: until its time is up or its client has gone. Then what it runs is cancelled."""

import asyncio
from contextlib import suppress
from types import TracebackType

from starlette.types import Receive

from policies.errors import CersError, Unavailable

WATCHED_AFTER = 0.05
"""Seconds after which the client is watched: most answers have left by then, and cost no watching."""


class Patience:
    """Cancels its body after `seconds`, or when the client hangs up. Raises Unavailable then.

    Trap: `watch` reads what comes from the client, so the request's body has to be read before.
    """

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._timeout = asyncio.timeout(seconds)
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Patience":
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as late:
            raise Unavailable(
                f"The answer took longer than {self._seconds:g} seconds and was given up. Ask for less at once, or try "
                "again later; look whether a change was made before you repeat it."
            ) from late

    def watch(self) -> None:
        """Begin to notice that the client hangs up."""
        self._timer = asyncio.get_running_loop().call_later(WATCHED_AFTER, self._begin)

    def _begin(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._until_gone())

    async def _until_gone(self) -> None:
        with suppress(CersError):
            while (await self._receive())["type"] != "http.disconnect":
                pass
        self._timeout.reschedule(asyncio.get_running_loop().time())
