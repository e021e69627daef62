"""The sessions of the sandbox's visitors: begun without any credential, ended by leaving, time, or the trainer.

What is known of a session is kept in memory until the signal moves. Its last use is written at most once a minute, so a
session may end up to a minute sooner than it should.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from policies.errors import Unauthenticated
from policies.identity import Viewer, issue_token
from sandbox.registry import Registry
from sandbox.tables import Room, Visit

LATEST_SECONDS = 60.0
"""How late the last use of a session is written down."""
MOST_KEPT = 10_000
ENDED = "The sandbox session has ended: it was left, or not used for {idle} minutes. Enter again."
CLOSED = {
    "CLOSED": "The trainer has closed the training room.",
    "UNUSED": "The training room was closed: it was not used, and there was no other room for a new one.",
}
OVER = "The training room's time is over."


@dataclass(slots=True)
class Present:
    """A session that goes on. `copy`: the file of its own or of its room; None: what everybody shares."""

    viewer: Viewer
    seen_at: float
    ends_at: float
    room: str | None
    copy: str | None
    lost: str | None


class VisitSessions:
    """The sessions as one process sees them. `key`: the sandbox's own; `idle`: how long one lives unused; `absolute`:
    however much it is used."""

    def __init__(self, registry: Registry, key: str, *, idle: timedelta, absolute: timedelta) -> None:
        self._registry = registry
        self._key = key
        self.idle = idle.total_seconds()
        self._absolute = absolute
        self._latest = min(LATEST_SECONDS, self.idle / 10)
        self._kept: OrderedDict[str, Present] = OrderedDict()
        self._mark = b""

    async def begin(
        self, viewer: Viewer, place: Callable[[Session, float], Room] | None = None, nickname: str | None = None
    ) -> tuple[str, Viewer]:
        """A token for a new session, and its viewer. `place` looks for the room it is in, in the same transaction."""
        id_, now = token_urlsafe(16), self._registry.now()
        token, ends_at = issue_token(replace(viewer, session=id_), self._key, self._absolute)
        [grant] = viewer.grants or ()

        def store(session: Session) -> float:
            room = place(session, now) if place else None
            end = now + self._absolute.total_seconds()
            session.add(
                Visit(
                    id=id_,
                    role=grant.role,
                    school=grant.organization if grant.level == "SCHOOL" else None,
                    room_id=room.id if room else None,
                    nickname=nickname,
                    began_at=now,
                    seen_at=now,
                    ends_at=end,
                )
            )
            return min(now + self.idle, end, room.ends_at if room else end)

        expires = min(_moment(await self._registry.run(store)), ends_at)
        return token, replace(viewer, session=id_, expires_at=expires)

    async def present(self, viewer: Viewer) -> Viewer:
        """The viewer, as long as the session goes on; that counts as a use of it. Raises Unauthenticated."""
        return (await self.found(viewer)).viewer

    async def found(self, viewer: Viewer) -> Present:
        """What is known of a viewer's session, as long as it goes on. Raises Unauthenticated."""
        now = self._registry.now()
        known = self._known(viewer.session or "")
        if known is None or now >= self._end(known):
            known = await self._load(viewer)
        if now >= self._end(known):
            raise self._ended()
        if now - known.seen_at >= self._latest:
            known.seen_at = now
            known.viewer = replace(viewer, expires_at=_moment(self._end(known)))
            await self._registry.run(lambda session: _seen(session, viewer.session or "", now))
        return known

    def forget(self, viewer: Viewer) -> None:
        """Look at the registry again before the session's next use."""
        self._kept.pop(viewer.session or "", None)

    async def end(self, viewer: Viewer) -> None:
        """End a session. Whoever cleans up removes its copy."""
        await self._registry.run(
            lambda session: session.execute(delete(Visit).where(Visit.id == viewer.session)), tell=True
        )

    def _known(self, id_: str) -> Present | None:
        mark = self._registry.signal.now()
        if mark != self._mark:
            self._mark = mark
            self._kept.clear()
        return self._kept.get(id_)

    async def _load(self, viewer: Viewer) -> Present:
        """Look at the registry. What it says is kept only where nothing has moved since before the look."""
        mark, id_ = self._mark, viewer.session or ""

        def look(session: Session) -> tuple[Visit | None, Room | None]:
            visit = session.get(Visit, id_)
            return visit, session.get(Room, visit.room_id) if visit and visit.room_id else None

        visit, room = await self._registry.run(look)
        if visit is None:
            raise self._ended()
        if room is not None:
            _admit(room, self._registry.now())
        ends_at = min(visit.ends_at, room.ends_at) if room else visit.ends_at
        known = Present(viewer, visit.seen_at, ends_at, visit.room_id, room.copy if room else visit.copy, visit.lost)
        known.viewer = replace(viewer, expires_at=_moment(self._end(known)))
        if mark == self._mark:
            self._kept[id_] = known
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return known

    def _end(self, known: Present) -> float:
        return min(known.seen_at + self.idle, known.ends_at)

    def _ended(self) -> Unauthenticated:
        return Unauthenticated(ENDED.format(idle=f"{self.idle / 60:g}"))


def _admit(room: Room, now: float) -> None:
    if room.closed is not None:
        raise Unauthenticated(CLOSED[room.closed])
    if now >= room.ends_at:
        raise Unauthenticated(OVER)


def _seen(session: Session, id_: str, now: float) -> None:
    session.execute(update(Visit).where(Visit.id == id_, Visit.seen_at < now).values(seen_at=now))
    room = select(Visit.room_id).where(Visit.id == id_).scalar_subquery()
    session.execute(update(Room).where(Room.id == room, Room.used_at < now).values(used_at=now))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
