"""The fixture `database` without PostgreSQL, for trials of mutants: a few hundred runs of the same tests."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database

TEMPLATE = Path()
"""A SQLite file with every table and no rows; set before the tests run."""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(TEMPLATE, tmp_path / 'tenant.sqlite3')}"


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()
