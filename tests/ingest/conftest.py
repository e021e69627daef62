"""A tenant that input can be loaded into, and one that already knows organizations, a subject and assessments."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ingest.access import set_tenant
from ingest.load import LoadReport, load
from models.database import Database
from tests.ingest import documents

Loading = Callable[..., Awaitable[LoadReport]]


@pytest.fixture
async def tenant(database: Database) -> Database:
    """A tenant of school year 2019 without any data."""
    await database.run(lambda session: set_tenant(session, school_year=2019))
    return database


@pytest.fixture
def loading(tenant: Database, tmp_path: Path) -> Loading:
    """Writes the files given (content, or name=content) to a folder of their own and loads it."""
    folders = 0

    async def load_files(*contents: bytes, dry_run: bool = False, **named: bytes) -> LoadReport:
        nonlocal folders
        folders += 1
        folder = tmp_path / f"input-{folders}"
        folder.mkdir()
        for name, content in ({f"file-{place}": one for place, one in enumerate(contents)} | named).items():
            (folder / name).write_bytes(content)
        return await load(tenant, [folder], dry_run=dry_run)

    return load_files


@pytest.fixture
async def known(tenant: Database, loading: Loading) -> Database:
    """A tenant with two districts, a subject and two assessments."""
    report = await loading(documents.organizations(), documents.subject(), documents.packages())
    assert report.problems == []
    return tenant
