"""A session goes on while it is used, ends on time whatever happens, and is known by a hash only."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import event, func, select

import models
from models.database import Database
from policies import sessions as module
from policies.claims import Person
from policies.sessions import Sessions

START = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
ANA = Person("ana@example.org", "Ana", (("TEACHER", "SCHOOL", "99900010000011"),))


def open_sessions(database: Database) -> Sessions:
    """As one process has them."""
    return Sessions(database, idle=timedelta(minutes=30), absolute=timedelta(hours=12))


def after(**time: float) -> datetime:
    return START + timedelta(**time)


async def stored(database: Database) -> int | None:
    """How many sessions there are."""
    count = select(func.count()).select_from(models.SignOnSession)
    return await database.run(lambda session: session.scalar(count))


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return open_sessions(database)


async def test_a_session_is_its_person_in_every_process(database: Database, sessions: Sessions) -> None:
    for person in (ANA, Person("ben@example.org", None, None)):
        secret = await sessions.begin(person, 2026, "", START)
        for process in (sessions, open_sessions(database)):
            found = await process.find(secret, START)
            assert found is not None
            assert (found.person, found.school_year, found.ends_at) == (person, 2026, after(hours=12))


async def test_secrets_are_not_stored(database: Database, sessions: Sessions) -> None:
    secret = await sessions.begin(ANA, 2026, "", START)
    stored = await database.run(lambda session: session.scalars(select(models.SignOnSession.secret_hash)).one())
    assert stored == sha256(secret.encode()).hexdigest()
    assert await sessions.find(stored, START) is None
    assert len(secret) >= 43


async def test_a_session_ends_when_it_is_not_used(sessions: Sessions) -> None:
    secret = await sessions.begin(ANA, 2026, "", START)
    assert await sessions.find(secret, after(minutes=29, seconds=59)) is not None
    assert await sessions.find(secret, after(minutes=59, seconds=58)) is not None
    assert await sessions.find(secret, after(minutes=89, seconds=58)) is None
    assert await sessions.find(secret, after(minutes=89, seconds=59)) is None


async def test_a_session_ends_however_much_it_is_used(sessions: Sessions) -> None:
    secret = await sessions.begin(ANA, 2026, "", START)
    used = [await sessions.find(secret, after(minutes=minutes)) for minutes in range(0, 720, 20)]
    assert None not in used
    assert await sessions.find(secret, after(hours=12)) is None


async def test_an_ended_session_is_found_nowhere(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = open_sessions(database), open_sessions(database)
    secret = await here.begin(ANA, 2026, "the ID token", START)
    assert await elsewhere.find(secret, START) is not None
    assert await here.end(secret) == "the ID token"
    assert await here.find(secret, START) is None
    monkeypatch.setattr(module, "KEPT_SECONDS", 0)
    assert await elsewhere.find(secret, START) is None
    assert await here.end(secret) is None


async def test_a_use_brings_no_ended_session_back(database: Database) -> None:
    here, elsewhere = open_sessions(database), open_sessions(database)
    secret = await here.begin(ANA, 2026, "", START)
    await elsewhere.find(secret, START)
    await here.end(secret)
    await elsewhere.find(secret, after(minutes=5))
    assert await stored(database) == 0


async def test_a_session_in_use_is_looked_up_and_written_rarely(database: Database, sessions: Sessions) -> None:
    secret = await sessions.begin(ANA, 2026, "", START)
    await sessions.find(secret, START)
    statements: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    for second in range(59):
        await sessions.find(secret, after(seconds=second))
    assert statements == []
    await sessions.find(secret, after(seconds=60))
    assert [statement.split()[0] for statement in statements] == ["UPDATE"]


async def test_sessions_that_are_over_are_forgotten_at_the_next_sign_in(database: Database, sessions: Sessions) -> None:
    for _ in range(3):
        await sessions.begin(ANA, 2026, "", START)
    await sessions.begin(ANA, 2026, "", after(hours=13))
    assert await stored(database) == 1
