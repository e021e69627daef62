"""A request is worked on until its time is up or its client has gone, and no longer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from models import Disclosure, Group
from models.database import Database
from models.wall import Opening
from policies.identity import Viewer
from tests.models.test_cancelled_reads import ENDLESS, PATIENCE, eventually
from tests.schema.asking import Service, bearer, codes
from tests.worlds import TEACHER, SmallWorld

RESULTS = "{ students { nodes { id ssid results { nodes { score { value } } } } } }"
CHANGE = 'mutation($ids: [ID!]!) { createCustomGroup(input: {name: "Mine", studentIds: $ids}) { group { id } } }'
LITTLE, MUCH = 0.3, 3600.0


@dataclass
class Slow:
    """In place of a tenant's reader: while `endless`, so is every read."""

    reader: Any
    kind: str
    endless: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0

    async def fetch(self, sql: str, values: Sequence[Any], opening: Opening, *, long: bool = False) -> Any:
        if not self.endless:
            return await self.reader.fetch(sql, values, opening, long=long)
        self.begun.set()
        self.running += 1
        try:
            return await self.reader.fetch(ENDLESS[self.kind], (), opening, long=long)
        finally:
            self.running -= 1

    async def at_rest(self) -> bool:
        """Whether every read has ended: cancelled side by side, they end one after the other."""
        return self.running == 0


@dataclass(frozen=True)
class Waiting:
    """A service whose reads may be slow, and who waits for its answers."""

    service: Service
    slow: Slow

    def give(self, seconds: float) -> None:
        """Let the service work that long on a request."""
        self.service.app.state.application.graphql._seconds = seconds

    async def students(self) -> list[dict[str, Any]]:
        """What the teacher sees."""
        response = await self.service.ask(self.service.world.teacher(), RESULTS)
        nodes: list[dict[str, Any]] = response.json()["data"]["students"]["nodes"]
        return nodes

    async def leave(self, who: Viewer, query: str, begun: asyncio.Event, **variables: Any) -> int:
        """Ask, and hang up once the work has begun; the status that nobody reads."""
        body, statuses = orjson.dumps({"query": query, "variables": variables}), []
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            statuses.append(message.get("status"))

        headers = {"content-type": "application/json", "content-length": str(len(body)), **bearer(who)}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        async with asyncio.timeout(PATIENCE):
            await self.service.app(scope, receive, send)
        status: int = statuses[0]
        return status


@pytest.fixture
async def waiting(database: Database) -> AsyncIterator[Waiting]:
    world = SmallWorld()
    await world.stored_in(database)
    service = Service(database, world, request_seconds=MUCH)
    gate = service.app.state.application.tenants["test"].engine.gate
    gate._reader = slow = Slow(gate._reader, database.kind)
    yield Waiting(service, slow)
    await service.close()


@pytest.mark.parametrize("query", [RESULTS, "{ a: students { totalCount } b: results(filter: {}) { totalCount } }"])
async def test_what_takes_too_long_is_unavailable_and_leaves_nothing_behind(
    waiting: Waiting, database: Database, query: str
) -> None:
    service = waiting.service
    waiting.slow.endless = True
    waiting.give(LITTLE)
    response = await service.ask(service.world.coordinator(), query)
    assert (response.status_code, codes(response)) == (503, ["UNAVAILABLE"])
    assert "0.3 seconds" in response.json()["errors"][0]["message"]
    await eventually(waiting.slow.at_rest)
    waiting.slow.endless = False
    waiting.give(MUCH)
    assert [student["ssid"] for student in await waiting.students()] == [service.world.ana.ssid]
    await service.app.state.application.tenants["test"].disclosures.settle()
    recorded = await database.run(lambda session: session.scalars(select(Disclosure.login)).all())
    assert recorded == [TEACHER]


async def test_a_body_that_does_not_come_is_not_waited_for(waiting: Waiting) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(PATIENCE)

    waiting.give(LITTLE)
    response = await waiting.service.send(content=stuck(), headers={"content-type": "application/json"})
    assert (response.status_code, codes(response)) == (503, ["UNAVAILABLE"])


async def test_what_nobody_waits_for_any_more_is_given_up(waiting: Waiting) -> None:
    waiting.slow.endless = True
    assert await waiting.leave(waiting.service.world.teacher(), RESULTS, waiting.slow.begun) == 503
    assert waiting.slow.begun.is_set()
    await eventually(waiting.slow.at_rest)


async def test_a_change_that_is_given_up_is_not_made(
    waiting: Waiting, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cut off when everything is stored and nothing committed."""
    teacher, ids = waiting.service.world.teacher(), [student["id"] for student in await waiting.students()]
    tenant, stored = waiting.service.app.state.application.tenants["test"], asyncio.Event()

    async def run_and_wait(work: Any) -> Any:
        def held(session: Session) -> None:
            work(session)
            session.flush()
            if session.scalar(select(func.count()).select_from(Group)) == 2:
                stored.set()
            await_only(asyncio.sleep(PATIENCE))

        await Database.run(tenant.database, held)

    with monkeypatch.context() as patch:
        patch.setattr(tenant.database, "run", run_and_wait)
        assert await waiting.leave(teacher, CHANGE, stored, ids=ids) == 503
    assert stored.is_set()
    assert await database.run(lambda session: session.scalar(select(func.count()).select_from(Group))) == 1
    made = await waiting.service.ask(teacher, CHANGE, ids=ids)
    assert made.json()["data"]["createCustomGroup"]["group"]["id"]
