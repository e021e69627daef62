"""One transaction, tried again if another writer was in the way."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.database import Database

ATTEMPTS = 3
PAUSE_SECONDS = 0.05
T = TypeVar("T")


async def attempt(database: Database, work: Callable[[Session], T]) -> T:
    """Do `work` in one transaction. Raises what the last attempt raised."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await database.run(work)
        except DBAPIError:
            await asyncio.sleep(PAUSE_SECONDS)
    return await database.run(work)
