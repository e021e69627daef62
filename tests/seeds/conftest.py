"""The whole sandbox, built once for all tests that look at it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Row, Select

from models.database import Database

Ask = Callable[[Select[Any]], Awaitable[list[Row[Any]]]]


@pytest.fixture(scope="session")
def ask(sandbox: Database) -> Ask:
    """Runs one statement on the sandbox."""

    async def rows(statement: Select[Any]) -> list[Row[Any]]:
        return await sandbox.run(lambda session: list(session.execute(statement).all()))

    return rows
