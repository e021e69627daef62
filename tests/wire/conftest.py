"""What tests of the wire may ask for: a small world served in process, to be asked by HTTP."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database
from tests.schema.asking import Service
from tests.worlds import SmallWorld


@pytest.fixture(scope="module")
async def wire(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> AsyncIterator[Service]:
    """A small world served for a whole module of tests that change nothing."""
    path = shutil.copy(_sqlite_template, tmp_path_factory.mktemp("wire") / "tenant.sqlite3")
    database, world = Database(f"sqlite:///{path}"), SmallWorld()
    await world.stored_in(database)
    service = Service(database, world, request_bytes=4096, cors_origins=["https://reports.example.org"])
    yield service
    await service.close()
    await database.close()
