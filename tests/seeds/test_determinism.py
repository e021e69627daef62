"""The sandbox is the same every time: in every process, on every database.

Trap: emptying a PostgreSQL database of so many rows takes minutes, so this one is dropped instead.
"""

import hashlib
import os
import subprocess
import sys

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Base
from models.database import Database
from seeds.sandbox import build
from tests.databases import create_schema

BUILD = """
import asyncio, sys
from models.database import Database
from seeds.sandbox import build
from tests.databases import create_schema
asyncio.run(Database(sys.argv[1]).run(build))
"""


LEFT_BEHIND = {"disclosure", "disclosure_student"}
"""What other tests' visitors of the same sandbox leave in it."""


def digest(session: Session) -> dict[str, str]:
    """A fingerprint of the rows of each table that a build fills."""
    found = {}
    for table in (table for table in Base.metadata.sorted_tables if table.name not in LEFT_BEHIND):
        rows = hashlib.sha256()
        for row in session.execute(select(table).order_by(*table.primary_key)):
            rows.update(repr(tuple(row)).encode())
        found[table.name] = rows.hexdigest()
    return found


async def test_the_same_seed_gives_the_same_rows_on_postgresql(sandbox: Database, bare_postgres_url: str) -> None:
    await create_schema(bare_postgres_url)
    other = Database(bare_postgres_url)
    await other.run(build)
    assert await other.run(digest) == await sandbox.run(digest)
    await other.close()


@pytest.mark.prove
async def test_the_same_seed_gives_the_same_rows_in_a_process_that_hashes_otherwise(
    sandbox: Database, sqlite_url: str
) -> None:
    subprocess.run([sys.executable, "-c", BUILD, sqlite_url], env=os.environ | {"PYTHONHASHSEED": "7"}, check=True)
    other = Database(sqlite_url)
    assert await other.run(digest) == await sandbox.run(digest)
    await other.close()
