"""A read whose task is cancelled ends in the database, too, and leaves nothing to the next one."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from models.database import SHORT_SECONDS, Database, Reader
from models.wall import Opening
from seeds.factories import store
from tests.worlds import SmallWorld

ENDLESS = {
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "postgresql": "SELECT count(*) FROM generate_series(1, 1000000000000) AS x",
}
"""Statements that are busy for longer than anybody waits."""

PATIENCE = 30.0


async def eventually(happened: Any) -> None:
    """Wait until it is so; fail when it is not for too long."""
    async with asyncio.timeout(PATIENCE):
        while not await happened():
            await asyncio.sleep(0.01)


@pytest.fixture
async def reader(database: Database) -> Reader:
    world = SmallWorld()
    await database.run(lambda session: store(session, *world.rows))
    return database.reader


@pytest.mark.parametrize("long", [False, True])
async def test_a_cancelled_read_ends_and_the_next_one_is_answered(
    database: Database, reader: Reader, long: bool
) -> None:
    connections = 8 if database.kind == "postgresql" else 1
    for _ in range(connections + 1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await reader.fetch(ENDLESS[database.kind], (), Opening(), long=long)
    async with asyncio.timeout(PATIENCE):
        for each in (False, True):
            rows = await reader.fetch("SELECT count(*) FROM school", (), Opening(), long=each)
            assert rows[0][0] == 3


async def test_a_read_that_waits_for_the_long_one_can_be_cancelled_too(database: Database, reader: Reader) -> None:
    first = asyncio.create_task(reader.fetch(ENDLESS[database.kind], (), Opening(), long=True))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await reader.fetch(ENDLESS[database.kind], (), Opening(), long=True)
    assert not first.done()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_read_that_turns_out_long_leaves_the_loop_to_others(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    reading = asyncio.create_task(database.reader.fetch(ENDLESS["sqlite"], (), Opening()))
    begun = time.monotonic()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert SHORT_SECONDS <= time.monotonic() - begun < PATIENCE
    rows = await database.reader.fetch("SELECT 7", (), Opening())
    assert [tuple(row) for row in rows] == [(7,)]
    assert not reading.done()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await database.close()


async def test_a_read_that_was_moved_to_the_thread_answers_the_same(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.SHORT_SECONDS", -1.0)
    database = Database(sqlite_url)
    counted = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ?) SELECT count(*) FROM c"
    assert [tuple(row) for row in await database.reader.fetch(counted, (300_000,), Opening())] == [(300_000,)]
    await database.close()


async def test_the_backend_of_a_cancelled_read_is_idle(postgres_url: str) -> None:
    database = Database(postgres_url)
    watching = await asyncpg.connect(postgres_url)
    busy = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = $1"

    async def is_busy() -> bool:
        return bool(await watching.fetchval(busy, ENDLESS["postgresql"]))

    async def is_idle() -> bool:
        return not await is_busy()

    reading = asyncio.create_task(database.reader.fetch(ENDLESS["postgresql"], (), Opening(), long=True))
    await eventually(is_busy)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await eventually(is_idle)
    await watching.close()
    await database.close()


async def test_the_reader_after_a_cancelled_one_sees_its_own_districts_only(postgres_url: str) -> None:
    database, world = Database(postgres_url), SmallWorld()
    await database.run(lambda session: store(session, *world.rows))
    districts = "SELECT DISTINCT district_id FROM result"
    north, south = (Opening(districts=(district.id,)) for district in (world.north, world.south))
    for opening, district in ((north, world.north), (south, world.south), (north, world.north)):
        assert [row[0] for row in await database.reader.fetch(districts, (), opening)] == [district.id]
        for other in (south, north):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await database.reader.fetch(ENDLESS["postgresql"], (), other)
        assert [row[0] for row in await database.reader.fetch(districts, (), opening)] == [district.id]
    assert await database.reader.fetch(districts, (), Opening()) == []
    await database.close()
