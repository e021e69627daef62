"""Which copy a visitor works on: a private one from the first change on, a room's own from its opening on.

The registry says whose a copy is. A new file is made first and then registered, so nobody is led to half a copy; where
somebody else was faster, the new file is thrown away.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from policies.errors import Unavailable
from sandbox.files import CopyFiles, Held
from sandbox.opened import OpenCopies
from sandbox.registry import Registry
from sandbox.spare import Spare
from sandbox.tables import Original, Room, Visit

log = structlog.get_logger("cers.sandbox")
IN_USE_SECONDS = 300.0
"""A private copy that was used so lately is not given up for another."""
FULL = "The sandbox has as many copies now as it can hold. Try again in a few minutes."
LOST = {
    "UNUSED": "Your changes were given up: your copy was not used, and there was no other room for a new one.",
    "REBUILT": "Your changes were given up: the sandbox's data was built anew.",
    "MISSING": "Your changes were lost.",
}
"""Why a private copy is no more, as its visitor is told once."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Whether a copy is in the registry now, and the one that it replaced there."""

    there: bool
    instead_of: str | None = None


Place = Callable[[Session, str, float], Placed]
"""Puts a copy into the registry, by its name, now."""


Check = Callable[[Session], object]


@dataclass(frozen=True, slots=True)
class Most:
    """How much visitors may take: private copies, training rooms, and bytes of both on disk."""

    copies: int
    rooms: int
    bytes: int


class Copies:
    """The copies as one process makes, finds and gives them up."""

    def __init__(self, registry: Registry, files: CopyFiles, opened: OpenCopies, most: Most, idle: float) -> None:
        self._registry = registry
        self._files = files
        self._opened = opened
        self._most = most
        self._idle = idle
        self.spare = Spare(files)
        self._makers = {True: ThreadPoolExecutor(1, "private-copy"), False: ThreadPoolExecutor(2, "copy-of-room")}
        """Trainers do not wait for visitors."""

    async def private(self, visit: str) -> str:
        """A visitor's own copy, made where there is none. Raises Unavailable where there is no room."""

        def of_visit(session: Session) -> str | None:
            return session.scalar(select(Visit.copy).where(Visit.id == visit))

        def place(session: Session, name: str, now: float) -> Placed:
            given = update(Visit).where(Visit.id == visit, Visit.copy.is_(None))
            given = given.values(copy=name, lost=None, seen_at=now)
            placed = bool(session.execute(given).rowcount)  # type: ignore[attr-defined]
            if placed and _count(session) > self._most.copies:
                raise Unavailable(FULL)
            return Placed(placed)

        known = await self._registry.run(of_visit)
        if known is None:
            known = await self.place(place, private=True) or await self._registry.run(of_visit)
        if known is None:
            raise Unavailable("The session ended meanwhile.")
        return known

    async def put_back(self, visit: str) -> None:
        """Give up a visitor's own copy."""

        def take(session: Session) -> str | None:
            name = session.scalar(select(Visit.copy).where(Visit.id == visit))
            session.execute(update(Visit).where(Visit.id == visit).values(copy=None))
            return name

        name = await self._registry.run(take, tell=True)
        if name is not None:
            self._opened.give_up(name)

    async def place(self, place: Place, check: Check | None = None, *, private: bool = False) -> str | None:
        """A new copy that `place` puts into the registry; None where somebody was faster, and then nothing is left of
        it. Nothing is made where `check` raises. Raises Unavailable where there is no room."""
        making = asyncio.get_running_loop().run_in_executor(
            self._makers[private], self._place, place, check or _unchecked, private
        )
        name, given_up = await asyncio.shield(making)  # what is in the making is finished whoever gives up waiting
        for each in given_up:
            self._opened.give_up(each)
        return name

    def give_up(self, name: str) -> None:
        """Let go of a copy that nobody is led to any more."""
        self._opened.give_up(name)

    async def missing(self, name: str) -> None:
        """A copy whose file is gone although somebody is led to it."""

        def forget(session: Session) -> None:
            session.execute(update(Visit).where(Visit.copy == name).values(copy=None, lost="MISSING"))
            session.execute(update(Room).where(Room.copy == name).values(copy=None))

        await self._registry.run(forget, tell=True)

    async def told(self, visit: str) -> None:
        """A visitor was told that the copy is no more."""
        forget = update(Visit).where(Visit.id == visit).values(lost=None)
        await self._registry.run(lambda session: session.execute(forget), tell=True)

    def drop_those_of_other_data(self) -> None:
        """Give up every copy where the sandbox was built anew since: before anybody is led to one."""
        version = self._files.version

        def compare(session: Session) -> None:
            if session.scalars(select(Original.version)).all() == [version]:
                return
            session.execute(update(Visit).where(Visit.copy.is_not(None)).values(copy=None, lost="REBUILT"))
            session.execute(update(Room).values(copy=None))
            session.execute(delete(Original))
            session.add(Original(version=version))

        self._registry.run_now(compare, tell=True)

    async def clean_up(self) -> None:
        """Forget sessions and rooms that are over, let go of copies that nobody is led to, and remove what is left of
        them on disk unless another process uses it still."""
        before = self._opened.names()
        names = await self._registry.run(self._clean_up)
        for name in before - names:
            self._opened.give_up(name)

    def close(self) -> None:
        for maker in self._makers.values():
            maker.shutdown()
        self.spare.close()

    def _clean_up(self, session: Session) -> set[str]:
        """Trap: files are removed inside the transaction. Whoever makes one holds it until it is registered, so what is
        neither held nor registered now never will be."""
        names = _swept(session, self._registry.now(), self._idle)
        if session.scalar(select(Room.id).where(Room.copy.is_not(None)).limit(1)) is None:
            self.spare.drop()
        for name in self._files.names() - names:
            self._files.remove(name)
        return names

    def _place(self, place: Place, check: Check, private: bool) -> tuple[str | None, list[str]]:
        """All of it in one thread: where many requests wait, each return to the loop waits for them."""

        def prepare(session: Session) -> list[str]:
            check(session)
            return self._given_up(session, private=private)

        given_up = self._registry.run_now(prepare)
        if given_up:
            self._registry.signal.move()
        held, now, placed = self._made(private), self._registry.now(), Placed(False)
        try:
            placed = self._registry.run_now(lambda session: place(session, held.name, now), tell=True)
        finally:
            held.let_go()
            if not placed.there:
                self._files.remove(held.name)
            if not private:
                self.spare.prepare()
        if placed.instead_of is not None:
            given_up.append(placed.instead_of)
        return held.name if placed.there else None, given_up

    def _made(self, private: bool) -> Held:
        try:
            return self._files.make() if private else self.spare.take()
        except OSError as error:
            log.error("a copy of the sandbox cannot be made", error=error.strerror)
            raise Unavailable(FULL) from error

    def _given_up(self, session: Session, *, private: bool) -> list[str]:
        """Private copies that make way for another copy, the least recently used first."""
        too_many = _count(session) + 1 - self._most.copies if private else 0
        taken = self._taken(_names(session))
        if too_many <= 0 and taken <= self._most.bytes:
            return []
        unused = Visit.seen_at < self._registry.now() - min(IN_USE_SECONDS, self._idle)
        given_up: list[str] = []
        for visit in session.scalars(select(Visit).where(Visit.copy.is_not(None), unused).order_by(Visit.seen_at)):
            name, visit.copy, visit.lost = visit.copy or "", None, "UNUSED"
            given_up.append(name)
            too_many -= 1
            taken -= self._files.size(name)
            if too_many <= 0 and taken <= self._most.bytes:
                return given_up
        raise Unavailable(FULL)

    def _taken(self, names: set[str]) -> int:
        """The bytes on disk with one more copy. Files are looked at only where their sum may matter: each look waits
        for the requests under way."""
        largest = (len(names) + 1) * self._files.largest
        if largest <= self._most.bytes:
            return largest
        return sum(map(self._files.size, names)) + self._files.original_size


def _unchecked(_session: Session) -> None: ...


def _count(session: Session) -> int:
    """How many visitors have a private copy."""
    return session.scalar(select(func.count()).select_from(Visit).where(Visit.copy.is_not(None))) or 0


def _swept(session: Session, now: float, idle: float) -> set[str]:
    """The copies that somebody is led to, once what is over is forgotten: sessions, and rooms without any."""
    session.execute(delete(Visit).where((Visit.ends_at <= now) | (Visit.seen_at <= now - idle)))
    session.execute(update(Room).where(Room.ends_at <= now).values(copy=None))
    over = (Room.ends_at <= now) | Room.closed.is_not(None)
    session.execute(delete(Room).where(over, ~exists().where(Visit.room_id == Room.id)))
    return _names(session)


def _names(session: Session) -> set[str]:
    """Every copy that somebody is led to."""
    of_visitors = select(Visit.copy).where(Visit.copy.is_not(None))
    of_rooms = select(Room.copy).where(Room.copy.is_not(None))
    return {name for name in session.scalars(of_visitors.union_all(of_rooms)) if name is not None}
