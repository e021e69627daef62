"""The whole sandbox, built once for all tests that look at it."""

import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Select

from models.database import Database
from seeds.sandbox import build

Heard = dict[str, list[tuple[int, int]]]
Ask = Callable[[Select[Any]], Awaitable[list[Row[Any]]]]


@pytest.fixture(scope="session")
def heard() -> Heard:
    """What the build of `sandbox` said of its progress, by stage."""
    return defaultdict(list)


@pytest.fixture(scope="session")
async def sandbox(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, heard: Heard
) -> AsyncIterator[Database]:
    path = shutil.copy(_sqlite_template, tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3")
    database = Database(f"sqlite:///{path}")
    await database.run(lambda session: build(session, progress=lambda stage, *steps: heard[stage].append(steps)))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def ask(sandbox: Database) -> Ask:
    """Runs one statement on the sandbox."""

    async def rows(statement: Select[Any]) -> list[Row[Any]]:
        return await sandbox.run(lambda session: list(session.execute(statement).all()))

    return rows
