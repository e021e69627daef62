"""Brings a database to the present schema: `upgrade(url)`; `is_current(url)` says whether that is needed.

Trap: everything runs in one transaction under a lock, so a cut-off upgrade leaves the database as it was and two
processes starting together do not disturb each other. A revision must therefore never commit by itself.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.database import Database, with_driver

LOCK = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(72377)"}


async def upgrade(url: str) -> None:
    """Create or bring up to date every table; does nothing to a database that is up to date."""

    def run(connection: Connection) -> None:
        connection.exec_driver_sql(LOCK[connection.dialect.name])
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")

    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await database.close()


async def current(url: str) -> str | None:
    """The revision a database is at; None before the first."""
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await database.close()


async def is_current(url: str) -> bool:
    """Whether a database is there and has the schema this code is written for."""
    location = with_driver(url)
    if location.get_backend_name() == "sqlite" and not Path(location.database or "").exists():
        return False
    return await current(url) == newest()


def newest() -> str | None:
    """The revision this code is written for."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


async def create_file(path: Path, fill: Callable[[Session], object]) -> None:
    """Make a SQLite file with every table and what `fill` stores, or replace one; cut off, it changes nothing."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        await upgrade(f"sqlite:///{draft}")
        database = Database(f"sqlite:///{draft}")
        try:
            await database.run(fill)
            await database.analyze()
        finally:
            await database.close()
        _remove(*_logs(path))
        draft.replace(path)
    finally:
        _remove(draft, *_logs(draft))


def _logs(path: Path) -> list[Path]:
    """Where SQLite keeps what is not yet in the file itself."""
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return configuration
