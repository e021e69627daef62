"""Who was shown whose results: recorded durably before the answer leaves (product.md: Visibility, Disclosure).

It is a policy: no record, no answer. The journal (`models/journal.py`) makes an entry durable; a worker of this process
moves entries into the tables and forgets what is older than the tenant has to keep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import monotonic

import structlog

from models.database import Database
from models.disclosure import Entry, forget, list_key, store
from models.ids import first_id_at, new_id
from models.journal import Journal, Unwritten
from policies.errors import Unavailable
from policies.identity import Viewer

RECORDED: dict[str, str | None] = {"result": "student_id", "disclosure": None}
"""Tables whose rows are not shown without a record -> the column that says whose row it is; None: reading the log."""

STORING_SECONDS = 5.0
RETRYING_SECONDS = 10.0
FORGETTING_SECONDS = 3600.0
MOST_LISTS = 20_000
REUSED = timedelta(hours=12)
"""How long a list serves for later answers: less than the least time that the log is kept."""
Served = tuple[int, int | None]
"""(district of a result, its student); (district, None) for what the log says of the district."""
log = structlog.get_logger("cers.disclosure")


class DisclosureLog:
    """The disclosure log of one tenant as one process writes it. `folder`: of this tenant's journals only; None where
    everybody is fictitious and a record may be lost with its process."""

    def __init__(self, database: Database, folder: Path | None, *, days: int) -> None:
        self.journal: Journal | Unwritten = Unwritten() if folder is None else Journal(folder)
        self._database = database
        self._kept = timedelta(days=days)
        self._stopping = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._forgotten_at = float("-inf")
        self._lists: dict[bytes, int] = {}
        """Lists on disk, by whom they list: an answer with the same students names one, so a page shown again is a
        short entry and a single row."""

    async def record(
        self,
        viewer: Viewer,
        school_year: int,
        operation: str | None,
        document: str,
        served: Iterable[Served],
        list_id: int | None = None,
    ) -> int:
        """Record one answer durably; the id of the disclosure. Raises Unavailable when it cannot be.

        A bulk output has a `list_id` of its own (`models.ids.new_id`), under which its students are listed once: served
        again, it names its districts only, as (district, None).
        """
        students: dict[int, list[int]] = {}
        of_log = False
        for district, student in served:
            listed = students.setdefault(district, [])
            if student is not None:
                listed.append(student)
            elif list_id is None:
                of_log = True
        id_, now = new_id(), datetime.now(UTC)
        key = list_key(students)
        if list_id is None:
            known = self._lists.get(key, 0)
            if known >= first_id_at(now - REUSED):
                list_id, students = known, {district: [] for district in students}
        entry = Entry(
            id=id_,
            served_at=now,
            school_year=school_year,
            login=viewer.login or "",
            operation=operation,
            document=digest(document),
            students=students,
            of_log=of_log,
            list_id=list_id,
        )
        try:
            await self.journal.append(entry.written())
        except OSError as error:
            log.error("the disclosure journal cannot be written: results are withheld", error=error.strerror)
            raise Unavailable("The answer is withheld: it cannot be recorded now. Try again later.") from error
        if list_id is None:
            self._know(key, id_)
        return id_

    def _know(self, key: bytes, list_id: int) -> None:
        if len(self._lists) >= MOST_LISTS:
            self._lists.clear()
        self._lists[key] = list_id

    async def settle(self) -> None:
        """Move what is on disk into the tables."""
        await self.journal.drain(self._store)

    def start(self) -> None:
        """Begin to move entries into the tables, first those that earlier processes left."""
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Store what there is and let go of the files."""
        self._stopping.set()
        if self._worker is not None:
            await self._worker
        await self._attempt(self.settle)
        await self.journal.close()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            done = await self._attempt(self.settle) and await self._attempt(self._forget_old)
            with suppress(TimeoutError):
                async with asyncio.timeout(STORING_SECONDS if done else RETRYING_SECONDS):
                    await self._stopping.wait()

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether the database took it. Where it does not, answers go on: their record is on disk."""
        try:
            await work()
        except Exception as error:
            log.error("the disclosure log cannot be stored: it waits on disk", error=type(error).__name__)
            return False
        return True

    async def _store(self, written: Sequence[bytes]) -> None:
        entries = [Entry.read(each) for each in written]
        await self._database.run(lambda session: store(session, entries))

    async def _forget_old(self) -> None:
        if monotonic() - self._forgotten_at < FORGETTING_SECONDS:
            return
        await self._database.run(lambda session: forget(session, datetime.now(UTC) - self._kept))
        self._forgotten_at = monotonic()


@lru_cache(maxsize=512)
def digest(document: str) -> str:
    """What a document is known by where its text must not be: SHA-256, in hexadecimal."""
    return sha256(document.encode()).hexdigest()
