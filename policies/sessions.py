"""Sessions of browsers: begun at sign-in, found by their secret, ended by sign-out, time or the next school year.

What is found is remembered for two seconds, so a sign-out in one process is seen in the others within that.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

import models
from models.database import Database
from policies.claims import Person

KEPT_SECONDS = 2.0
MOST_KEPT = 10_000
LATEST = timedelta(minutes=1)
"""How late the last use of a session is stored: it is not written for every request."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session as it was when looked at."""

    person: Person
    school_year: int
    seen_at: datetime
    ends_at: datetime


class Sessions:
    """The sessions of one tenant. `idle`: how long one lives unused; `absolute`: however much it is used."""

    def __init__(self, database: Database, *, idle: timedelta, absolute: timedelta) -> None:
        self._database = database
        self._idle = idle
        self._absolute = absolute
        self._latest = min(LATEST, idle / 10)
        self._kept: OrderedDict[str, tuple[Found, float]] = OrderedDict()

    async def begin(self, person: Person, school_year: int, id_token: str, now: datetime) -> str:
        """A new session; its secret is known to nobody else. Forgets those that are over."""
        secret = token_urlsafe(32)
        row = models.SignOnSession(
            secret_hash=_hash(secret),
            login=person.login,
            display_name=person.display_name,
            grants=None if person.grants is None else [list(grant) for grant in person.grants],
            school_year=school_year,
            id_token=id_token,
            seen_at=now,
            ends_at=now + self._absolute,
        )

        def store(session: Session) -> None:
            session.execute(delete(models.SignOnSession).where(models.SignOnSession.ends_at < now))
            session.add(row)

        await self._database.run(store)
        return secret

    async def find(self, secret: str, now: datetime) -> Found | None:
        """The session, if it goes on; that counts as a use of it."""
        key = _hash(secret)
        found = await self._looked_up(key)
        if found is None or now >= found.ends_at or now - found.seen_at >= self._idle:
            return None
        if now - found.seen_at >= self._latest:
            await self._seen(key, now)
        return found

    async def end(self, secret: str) -> str | None:
        """End a session: its ID token, or None where there is none."""
        key = _hash(secret)
        self._kept.pop(key, None)

        def take(session: Session) -> str | None:
            ended = delete(models.SignOnSession).where(models.SignOnSession.secret_hash == key)
            return session.scalar(ended.returning(models.SignOnSession.id_token))

        return await self._database.run(take)

    async def _looked_up(self, key: str) -> Found | None:
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[1] < KEPT_SECONDS:
            self._kept.move_to_end(key)
            return kept[0]
        row = await self._database.run(lambda session: session.get(models.SignOnSession, key))
        if row is None:
            self._kept.pop(key, None)
            return None
        grants = None if row.grants is None else tuple((role, level, place) for role, level, place in row.grants)
        found = Found(Person(row.login, row.display_name, grants), row.school_year, row.seen_at, row.ends_at)
        self._keep(key, found)
        return found

    async def _seen(self, key: str, now: datetime) -> None:
        mine = (models.SignOnSession.secret_hash == key, models.SignOnSession.seen_at < now)
        await self._database.run(
            lambda session: session.execute(update(models.SignOnSession).where(*mine).values(seen_at=now))
        )
        self._kept.pop(key, None)

    def _keep(self, key: str, found: Found) -> None:
        self._kept[key] = (found, time.monotonic())
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
