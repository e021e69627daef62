"""Training rooms: a trainer opens one, participants join with its code and share its copy of the sandbox.

Neither the code nor the trainer's token is stored: the registry has what tells whether one is right.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b, sha256
from secrets import choice, compare_digest, token_urlsafe
from unicodedata import category, normalize

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from policies.errors import BadInput, Conflict, NotFound, Unauthenticated, Unavailable
from policies.identity import Viewer
from sandbox.copies import Copies, Most, Placed
from sandbox.registry import Registry
from sandbox.tables import Room, Visit
from sandbox.visits import VisitSessions

LETTERS = "ACDEFGHJKMNPQRTVWXY34679"
"""No two of them look alike on a wall."""
CODE_LENGTH = 8
LONGEST_NAME = 80
LONGEST_NICKNAME = 40
MOST_PARTICIPANTS = 200
NO_ROOM = "code: no training room has this code now."
NOT_THE_TRAINER = "Authorization: expected the trainer's token of an open training room with this code."


@dataclass(frozen=True, slots=True)
class Opened:
    """A new room, and what only its trainer is told."""

    code: str
    trainer_token: str
    name: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class Joined:
    """A participant's session, with what the participant is told of the room."""

    token: str
    viewer: Viewer
    name: str
    ends_at: float
    nickname: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A room as its trainer sees it, with who is in it, first come first."""

    name: str
    ends_at: float
    reset_at: float | None
    participants: list[Visit]


class Rooms:
    """The training rooms as one process sees them. `key`: the sandbox's own; `lasting`: how long one is open."""

    def __init__(
        self, registry: Registry, copies: Copies, visits: VisitSessions, key: str, most: Most, lasting: timedelta
    ) -> None:
        self._registry = registry
        self._copies = copies
        self._visits = visits
        self._key = sha256(b"cers room\0" + key.encode()).digest()
        self._most = most
        self._lasting = lasting.total_seconds()

    async def open(self, name: str) -> Opened:
        """A new room with a copy of its own. Raises BadInput, or Unavailable where there is no room for it."""
        name = cleaned("name", name, LONGEST_NAME)
        code, token = "".join(choice(LETTERS) for _ in range(CODE_LENGTH)), token_urlsafe(32)
        now = self._registry.now()
        room = {"id": self._id(code), "name": name, "trainer": _hash(token), "opened_at": now, "used_at": now}
        room["ends_at"] = now + self._lasting
        unused = await self._registry.run(lambda session: self._make_room(session, now), tell=True)
        for copy in unused:
            self._copies.give_up(copy)

        def place(session: Session, copy: str, now: float) -> Placed:
            if _count(session, now) >= self._most.rooms:
                raise Unavailable(_full(self._most))
            session.add(Room(**room, copy=copy))
            return Placed(True)

        await self._copies.place(place)
        return Opened(code, token, name, now + self._lasting)

    async def join(self, code: str, viewer: Viewer, nickname: str) -> Joined:
        """A participant's session. Raises NotFound, BadInput, Conflict."""
        nickname = cleaned("nickname", nickname, LONGEST_NICKNAME)
        if not nickname:
            raise BadInput("nickname: missing.")
        found: list[Room] = []

        def place(session: Session, now: float) -> Room:
            room = self._there(session, code, now)
            if len(_participants(session, room, now - self._visits.idle)) >= MOST_PARTICIPANTS:
                raise Conflict(f"The training room is full: it has {MOST_PARTICIPANTS} participants.")
            room.used_at = now
            found.append(room)
            return room

        token, present = await self._visits.begin(viewer, place, nickname)
        [room] = found
        return Joined(token, present, room.name, room.ends_at, nickname)

    async def look(self, code: str) -> None:
        """Raises NotFound where no open room has the code."""
        await self._registry.run(lambda session: self._there(session, code, self._registry.now()))

    async def show(self, code: str, token: str) -> Shown:
        """The room, for its trainer. Raises Unauthenticated for anybody else, whether or not there is such a room."""

        def show(session: Session) -> Shown:
            return self._shown(session, self._of_trainer(session, code, token))

        return await self._registry.run(show)

    async def reset(self, code: str, token: str) -> Shown:
        """Give the room a new copy. Requests under way finish on the old one."""
        shown: list[Shown] = []

        def place(session: Session, copy: str, now: float) -> Placed:
            room = self._of_trainer(session, code, token)
            old, room.copy, room.reset_at = room.copy, copy, now
            shown.append(self._shown(session, room))
            return Placed(True, old)

        await self._copies.place(place, lambda session: self._of_trainer(session, code, token))
        return shown[0]

    async def close(self, code: str, token: str) -> None:
        """End the room and its participants' sessions."""

        def close(session: Session) -> str | None:
            room = self._of_trainer(session, code, token)
            copy, room.copy, room.closed = room.copy, None, "CLOSED"
            return copy

        copy = await self._registry.run(close, tell=True)
        if copy is not None:
            self._copies.give_up(copy)

    async def copied(self, id_: str) -> None:
        """Give a room a copy that has none, since the sandbox was built anew."""

        def place(session: Session, copy: str, _now: float) -> Placed:
            given = update(Room).where(Room.id == id_, Room.copy.is_(None), Room.closed.is_(None)).values(copy=copy)
            return Placed(bool(session.execute(given).rowcount))  # type: ignore[attr-defined]

        await self._copies.place(place)

    def _id(self, code: str) -> str:
        return blake2b(as_written(code).encode(), key=self._key, digest_size=16).hexdigest()

    def _there(self, session: Session, code: str, now: float) -> Room:
        room = session.get(Room, self._id(code))
        if room is None or room.closed is not None or room.ends_at <= now:
            raise NotFound(NO_ROOM)
        return room

    def _of_trainer(self, session: Session, code: str, token: str) -> Room:
        try:
            room = self._there(session, code, self._registry.now())
        except NotFound as error:
            raise Unauthenticated(NOT_THE_TRAINER) from error
        if not compare_digest(room.trainer, _hash(token)):
            raise Unauthenticated(NOT_THE_TRAINER)
        return room

    def _shown(self, session: Session, room: Room) -> Shown:
        room.used_at = self._registry.now()
        participants = _participants(session, room, room.used_at - self._visits.idle)
        return Shown(room.name, room.ends_at, room.reset_at, participants)

    def _make_room(self, session: Session, now: float) -> list[str]:
        """The copies of rooms that make way for another one: nobody used them for as long as a session lives unused."""
        too_many = _count(session, now) + 1 - self._most.rooms
        unused = (Room.closed.is_(None), Room.ends_at > now, Room.used_at < now - self._visits.idle)
        given_up = session.scalars(select(Room).where(*unused).order_by(Room.used_at).limit(max(too_many, 0))).all()
        if len(given_up) < too_many:
            raise Unavailable(_full(self._most))
        copies = [room.copy for room in given_up if room.copy is not None]
        for room in given_up:
            room.copy, room.closed = None, "UNUSED"
        return copies


def cleaned(element: str, text: str, longest: int) -> str:
    """A text that people read, without what cannot be seen. Raises BadInput naming the element."""
    seen = "".join(each if category(each)[0] not in "CZ" else " " for each in normalize("NFC", text))
    text = " ".join(seen.split())
    if len(text) > longest:
        raise BadInput(f"{element}: longer than {longest} characters.")
    return text


def as_written(code: str) -> str:
    """A code as it was given out, however somebody types it."""
    return "".join(each for each in code.upper() if each not in " -")


def _full(most: Most) -> str:
    return f"All {most.rooms} training rooms are in use. Try again later."


def _count(session: Session, now: float) -> int:
    open_now = select(func.count()).select_from(Room).where(Room.closed.is_(None), Room.ends_at > now)
    return session.scalar(open_now) or 0


def _participants(session: Session, room: Room, since: float) -> list[Visit]:
    there = select(Visit).where(Visit.room_id == room.id, Visit.seen_at > since)
    return list(session.scalars(there.order_by(Visit.began_at, Visit.id)))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
