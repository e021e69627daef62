"""Several workers of one server know the same sessions, rooms and copies, at once, and clean up after one that died."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx2
import pytest

import migrations
from models.database import Database
from seeds.factories import store
from tests.sandbox.visitors import COUNT, Trainer, Visitor
from tests.stories.test_disclosure import served
from tests.worlds import SmallWorld

RESETS = 12


@pytest.fixture
async def built(tmp_path: Path) -> Path:
    """A sandbox as `cers serve` finds it: migrated, up to date."""
    path = tmp_path / "sandbox.sqlite3"
    world = SmallWorld(sandbox=True)
    await migrations.create_file(path, lambda session: store(session, *world.rows))
    return path


@pytest.fixture
def addresses(built: Path, sqlite_url: str) -> Iterator[list[str]]:
    """Two servers over one sandbox: processes that share what workers share, each with an address of its own."""
    settings = {"CERS_SANDBOX": "true", "CERS_SANDBOX_PATH": str(built), "CERS_RATE": ""}
    with ExitStack() as stack:
        production = Database(sqlite_url)
        servers = [stack.enter_context(served(production, built.parent / "journals", **settings)) for _ in range(2)]
        yield [str(client.base_url) for _, client in servers]


@pytest.fixture
async def clients(addresses: list[str]) -> AsyncIterator[list[httpx2.AsyncClient]]:
    async with AsyncExitStack() as stack:
        opened = [httpx2.AsyncClient(base_url=address, timeout=60) for address in addresses]
        yield [await stack.enter_async_context(client) for client in opened]


async def entered(client: httpx2.AsyncClient) -> Visitor:
    return Visitor(client, (await client.post("/sandbox/sessions", json={"role": "TEACHER"})).json())


async def test_workers_see_the_same_copies_and_every_end_at_once(clients: list[httpx2.AsyncClient]) -> None:
    here, there = clients
    visitor = await entered(here)
    also = Visitor(there, visitor.entered)
    assert await also.groups() == {"Owls"}
    await visitor.make("Mine")
    assert await also.groups() == {"Owls", "Mine"}
    await also.make("Mine too")
    assert await visitor.groups() == {"Owls", "Mine", "Mine too"}
    await also.leave()
    assert (await visitor.refused(COUNT))[0] == ["UNAUTHENTICATED"]
    trainer = Trainer(there, (await here.post("/sandbox/rooms", json={})).json())
    ada = await trainer.join("Ada")
    assert (await Trainer(here, trainer.opened).show())["participants"][0]["nickname"] == "Ada"
    await trainer.close()
    assert (await Visitor(here, ada.entered).refused(COUNT))[0] == ["UNAUTHENTICATED"]


async def test_a_reset_in_one_worker_is_seen_by_the_others_at_their_next_request(
    clients: list[httpx2.AsyncClient], built: Path
) -> None:
    here, there = clients
    trainer = Trainer(here, (await here.post("/sandbox/rooms", json={})).json())
    ada = await trainer.join("Ada")
    bob = Visitor(there, (await trainer.join("Bob")).entered)
    ended = asyncio.Event()

    async def read(who: Visitor) -> int:
        turns = 0
        while not ended.is_set():
            assert "Owls" in await who.groups()
            turns += 1
        return turns

    reading = [asyncio.create_task(read(who)) for who in (ada, bob)]
    for turn in range(RESETS):
        await (ada, bob)[turn % 2].make("Mine")
        assert "Mine" in await (bob, ada)[turn % 2].groups()
        await trainer.reset()
        assert await ada.groups() == await bob.groups() == {"Owls"}
    ended.set()
    assert all(await asyncio.gather(*reading))
    copies = built.with_suffix(".visitors") / "copies"
    the_rooms_and_a_spare = 2
    for _ in range(300):
        if len(list(copies.glob("*.sqlite3"))) == the_rooms_and_a_spare:
            break
        await asyncio.sleep(0.1)
    assert len(list(copies.glob("*.sqlite3"))) == the_rooms_and_a_spare


@pytest.mark.prove
async def test_workers_that_start_together_and_die_leave_nothing_behind(built: Path, sqlite_url: str) -> None:
    settings = {"CERS_SANDBOX": "true", "CERS_SANDBOX_PATH": str(built), "CERS_RATE": ""}
    copies = built.with_suffix(".visitors") / "copies"
    sessions = []
    for _ in range(2):
        with served(Database(sqlite_url), built.parent / "journals", "--workers", "3", **settings) as (
            _process,
            client,
        ):
            async with httpx2.AsyncClient(base_url=str(client.base_url), timeout=60) as opened:
                for known in sessions:
                    assert await Visitor(opened, known.entered).groups() == {"Owls", "Mine"}
                for _ in range(4):
                    visitor = await entered(opened)
                    await visitor.make("Mine")
                    sessions.append(visitor)
                await sessions.pop().leave()
    assert len(list(copies.glob("*.sqlite3"))) <= 2 * 4
