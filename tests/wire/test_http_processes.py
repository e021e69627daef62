"""Servers as operators run them: they finish what is under way, stop what nobody waits for, and replace who dies."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx2
import orjson
import psutil
import pytest

from benchmarks.client import request
from models.database import Database
from tests.models.test_cancelled_reads import eventually
from tests.schema.asking import bearer
from tests.stories.test_disclosure import PATIENCE, RESULTS, answers, logged, served
from tests.stories.test_disclosure import eventually as in_time
from tests.worlds import TEACHER, SmallWorld


@asynccontextmanager
async def results_locked(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Nobody reads results meanwhile: who does, waits."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE result IN ACCESS EXCLUSIVE MODE")
            yield connection
    finally:
        await connection.close()


async def waiting(connection: asyncpg.Connection) -> bool:
    """Whether somebody waits for the results."""
    return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_what_is_under_way_is_finished_before_the_end(postgres_url: str, tmp_path: Path) -> None:
    database, world, journals = Database(postgres_url), SmallWorld(), tmp_path / "journals"
    await world.stored_in(database)
    with served(database, journals) as (process, client):

        def ask() -> httpx2.Response:
            return client.post("/graphql", json={"query": RESULTS}, headers=bearer(world.teacher()))

        async def closed() -> bool:
            with httpx2.Client(base_url=client.base_url, timeout=1) as another:
                return not answers(another)

        async with results_locked(postgres_url) as holder:
            asking = asyncio.create_task(asyncio.to_thread(ask))
            await eventually(lambda: waiting(holder))
            process.terminate()
            await eventually(closed)
            assert process.poll() is None
        answer = await asking
        assert "value" in answer.text
        assert process.wait(PATIENCE) == 0
    assert list(journals.rglob("*.journal")) == []
    assert await logged(database) == [(TEACHER, "Page", world.north.id, world.ana.id)]
    await database.close()


async def test_a_client_that_hangs_up_ends_its_read(postgres_url: str, tmp_path: Path) -> None:
    database, world = Database(postgres_url), SmallWorld()
    await world.stored_in(database)
    with served(database, tmp_path / "journals") as (_process, client):
        address = urlsplit(str(client.base_url))
        token = bearer(world.teacher())["authorization"].removeprefix("Bearer ")
        async with results_locked(postgres_url) as holder:
            with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
                connection.sendall(request(orjson.dumps({"query": RESULTS}), token))
                await eventually(lambda: waiting(holder))

            async def given_up() -> bool:
                return not await waiting(holder)

            await eventually(given_up)
        answer = client.post("/graphql", json={"query": RESULTS}, headers=bearer(world.teacher()))
        assert "value" in answer.text
    await database.close()


@pytest.mark.prove
async def test_several_workers_share_the_port_and_one_that_dies_is_replaced(database: Database, tmp_path: Path) -> None:
    world, journals = SmallWorld(), tmp_path / "journals"
    await world.stored_in(database)
    with served(database, journals, "--workers", "2") as (process, client):

        def workers() -> set[int]:
            children = psutil.Process(process.pid).children()
            return {child.pid for child in children if child.num_threads() > 1 and child.status() != "zombie"}

        in_time(lambda: len(workers()) == 2)
        first = workers()
        psutil.Process(min(first)).kill()
        in_time(lambda: len(workers()) == 2 and workers() != first)
        headers = {**bearer(world.teacher()), "connection": "close"}
        for _ in range(20):
            assert "value" in client.post("/graphql", json={"query": RESULTS}, headers=headers).text
        last = workers()
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert not any(psutil.pid_exists(worker) for worker in last)
    assert list(journals.rglob("*.journal")) == []
    assert await logged(database) == [(TEACHER, "Page", world.north.id, world.ana.id)] * 20
