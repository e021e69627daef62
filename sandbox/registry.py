"""The registry of the sandbox's visitors: a small file beside the sandbox that all its processes share.

One thread talks to it. A change that others must see moves the signal, after it is stored.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time
from typing import Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from sandbox.signal import Signal
from sandbox.tables import LAYOUT, Base

WAITING_SECONDS = 10
"""How long one writer waits for another."""
T = TypeVar("T")


class Registry:
    """The sessions and rooms, as one process sees them. `folder`: the visitors' own, beside the sandbox's database."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"registry-{LAYOUT}.sqlite3"
        path.touch(mode=0o600)
        self.signal = Signal(folder / "signal")
        self.now: Callable[[], float] = time
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-registry")
        self._engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": WAITING_SECONDS, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        Base.metadata.create_all(self._engine)

    async def run(self, work: Callable[[Session], T], *, tell: bool = False) -> T:
        """Do `work` in one transaction that no other writer interrupts; `tell`: others must look again."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self.run_now(work, tell=tell))

    def run_now(self, work: Callable[[Session], T], *, tell: bool = False) -> T:
        """The same before anything else is done, at the start of a process."""
        with Session(self._engine, expire_on_commit=False) as session:
            with session.begin():
                answer = work(session)
            if tell:
                self.signal.move()
            return answer

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()
        self.signal.close()


def _configure(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """What a transaction reads stays true until it writes."""
    connection.connection.execute("BEGIN IMMEDIATE")
