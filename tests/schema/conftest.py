"""What tests of the contract may ask for: a served small world."""

from collections.abc import AsyncIterator

import pytest

from models.database import Database
from tests.schema.asking import Service
from tests.worlds import SmallWorld


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Service]:
    """A small world served from either database."""
    world = SmallWorld()
    await world.stored_in(database)
    service = Service(database, world)
    yield service
    await service.close()


@pytest.fixture
async def sqlite_service(sqlite_url: str) -> AsyncIterator[Service]:
    """A small world served from SQLite, for what no database has a part in."""
    database, world = Database(sqlite_url), SmallWorld()
    await world.stored_in(database)
    service = Service(database, world)
    yield service
    await service.close()
    await database.close()
