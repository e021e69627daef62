"""A small sandbox served in process: North has the schools Oak and Elm, the teacher's group at Oak holds Ana."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database
from tests.sandbox.visitors import House
from tests.worlds import SmallWorld


@pytest.fixture
async def original(tmp_path: Path, _sqlite_template: Path) -> Path:
    """The sandbox's database as it was built."""
    path = tmp_path / "sandbox.sqlite3"
    shutil.copy(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    await SmallWorld(sandbox=True).stored_in(database)
    await database.close()
    return path


@pytest.fixture
async def house(original: Path) -> AsyncIterator[House]:
    house = House(original)
    yield house
    await house.close()
