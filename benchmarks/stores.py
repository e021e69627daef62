"""The measured world in a database: SQLite kept under var/ by a hash of what it is made of, PostgreSQL made per run."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from rich.progress import Progress
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks import places, world
from benchmarks.places import Size
from models import Base
from models.database import Database
from tests import postgres

KEPT = Path("var/benchmarks")
BATCH = 5_000
SETTINGS = {"shared_buffers": "512MB", "random_page_cost": "1.1"}
"""Of PostgreSQL, for everybody: the world fits into memory, and the planner is told that its disk is no turning one."""


def sqlite(size: Size, progress: Progress) -> str:
    """The URL of the SQLite world, built where it is not there yet."""
    path = (KEPT / f"world-{size.districts}-{_made_of(size)}.sqlite3").resolve()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        for outdated in path.parent.glob(f"world-{size.districts}-*"):
            outdated.unlink()
        unfinished = path.with_suffix(".unfinished")
        asyncio.run(_fill(f"sqlite:///{unfinished}", size, progress, "SQLite"))
        unfinished.rename(path)
    return f"sqlite:///{path}"


@contextmanager
def postgresql(size: Size, progress: Progress) -> Iterator[str]:
    """The URL of the PostgreSQL world, for as long as the block lasts."""
    postgres.SETTINGS.update(SETTINGS)
    server = postgres.Server()
    try:
        url = server.start()
        asyncio.run(_fill(url, size, progress, "PostgreSQL"))
        yield url
    finally:
        server.stop()


async def _fill(url: str, size: Size, progress: Progress, name: str) -> None:
    """Create every table, insert every row, and make the planner's statistics."""
    database = Database(url)
    tables = list(world.tables(size))
    task = progress.add_task(f"{name}: building the world", total=sum(count for _, count, _ in tables))
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            for model, _, rows in tables:
                pending = iter(rows)
                while batch := list(islice(pending, BATCH)):
                    await _insert(connection, model.__table__, batch)
                    progress.advance(task, len(batch))
        async with database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))
    finally:
        await database.close()


async def _insert(connection: AsyncConnection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert a batch; PostgreSQL takes it by COPY, in a fifth of the time."""
    if connection.dialect.name == "sqlite":
        await connection.execute(insert(table), rows)
        return
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    names = [column.key for column in table.columns if column.key in rows[0]]
    records = [[_plain(row[name]) for name in names] for row in rows]
    await driver.copy_records_to_table(table.name, records=records, columns=names)


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _made_of(size: Size) -> str:
    tables = [str(CreateTable(table)) for table in Base.metadata.sorted_tables]
    indexes = sorted(str(CreateIndex(index)) for table in Base.metadata.sorted_tables for index in table.indexes)
    code = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in (places, world)]
    return sha256("\n".join([*tables, *indexes, *code, str(size)]).encode()).hexdigest()[:16]
