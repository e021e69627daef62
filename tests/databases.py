"""Databases that tests write to: made with the schema, emptied in about a millisecond.

Deleting row by row beats truncating (1 ms to 18 ms here) and a fresh copy of a template (58 ms): tests store little.
"""

from models import Base
from models.database import Database

EMPTY = ";".join(f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables))


async def create_schema(url: str) -> None:
    """Create every table in an empty database."""
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
    finally:
        await database.close()


async def empty(database: Database) -> None:
    """Delete every row of every table; property tests call this between their worlds."""
    async with database.engine.begin() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        run = driver.executescript if database.kind == "sqlite" else driver.execute
        await run(EMPTY)
