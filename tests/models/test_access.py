"""A SQLite file is used as its access says, and what it refuses has a name of its own."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select

import models
from models.database import Access, Database, Full, ReadOnly
from tests.models.test_databases import store_a_student


async def test_a_file_opened_for_reading_is_read_and_never_written(sqlite_url: str) -> None:
    writer = Database(sqlite_url)
    await writer.run(store_a_student)
    await writer.close()
    before = writer.path.read_bytes()
    reader = Database(sqlite_url, access=Access(writable=False))
    assert await reader.run(lambda session: session.scalars(select(models.Student.ssid)).all()) == ["9990000001"]
    for change in (lambda session: session.execute(delete(models.Student)), store_a_student):
        with pytest.raises(ReadOnly):
            await reader.run(change)
    await reader.close()
    assert writer.path.read_bytes() == before


async def test_a_file_that_is_not_there_is_not_made_by_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite3"
    reader = Database(f"sqlite:///{path}", access=Access(writable=False))
    with pytest.raises(Exception, match="unable to open"):
        await reader.run(lambda session: session.scalars(select(models.Student)).all())
    assert not path.exists()


async def test_a_file_grows_as_far_as_it_may_and_keeps_what_it_has(sqlite_url: str) -> None:
    small = Database(
        sqlite_url, access=Access(durable=False, most_pages=Database(sqlite_url).path.stat().st_size // 4096)
    )
    await small.run(store_a_student)

    def fill(session: object) -> None:
        rows = [models.Tenant(name=f"{number:0>5000}", school_year=2026) for number in range(200)]
        session.add_all(rows)  # type: ignore[attr-defined]

    with pytest.raises(Full):
        await small.run(fill)
    assert await small.run(lambda session: session.scalars(select(models.Student.ssid)).all()) == ["9990000001"]
    await small.close()
