"""Migrations lead to exactly the schema that the models declare, on both databases."""

import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

import migrations
from models import Base, Subject
from models.database import Database

POSTGRES_SCHEMA = """
    SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  a.attcollation::regcollation)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
    UNION ALL
    SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT format('%s %s %s', relname, relrowsecurity, relacl)
      FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('%s %s %s %s', tablename, roles, cmd, qual) FROM pg_policies WHERE schemaname = 'public'
"""
SQLITE_SCHEMA = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"


async def read(url: str, question: Any) -> Any:
    database = Database(url)
    async with database.engine.connect() as connection:
        answer = await connection.run_sync(question)
    await database.close()
    return answer


def declared(connection: Connection) -> list[str]:
    """What the database says of its own schema, in an order and layout that do not matter."""
    query = SQLITE_SCHEMA if connection.dialect.name == "sqlite" else POSTGRES_SCHEMA
    lines = [re.sub(r"\s+", " ", line) for line in connection.scalars(text(query))]
    return sorted(" ".join(sorted(line.split(", "))) for line in lines if "alembic_version" not in line)


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), Base.metadata)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.sqlite3'}"
    return request.getfixturevalue("bare_postgres_url")


async def test_upgrading_makes_what_the_models_declare(bare_url: str, tmp_path: Path, request: Any) -> None:
    await migrations.upgrade(bare_url)
    assert await read(bare_url, differences) == []
    kind = "sqlite_url" if bare_url.startswith("sqlite") else "postgres_url"
    assert await read(bare_url, declared) == await read(request.getfixturevalue(kind), declared)


async def test_a_database_says_where_it_stands(bare_url: str) -> None:
    assert await migrations.current(bare_url) is None
    await migrations.upgrade(bare_url)
    await migrations.upgrade(bare_url)
    assert await migrations.current(bare_url) == migrations.newest()


async def test_an_upgrade_that_fails_changes_nothing(bare_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    create_table = op.create_table

    def fail_at_results(name: str, *columns: Any, **options: Any) -> None:
        if name == "result":
            raise RuntimeError("power cut")
        create_table(name, *columns, **options)

    monkeypatch.setattr(op, "create_table", fail_at_results)
    with pytest.raises(RuntimeError, match="power cut"):
        await migrations.upgrade(bare_url)
    assert await migrations.current(bare_url) is None
    assert await read(bare_url, declared) == []


async def test_a_new_file_replaces_the_old_one_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "made.sqlite3"

    def fail(_session: Session) -> None:
        raise RuntimeError("power cut")

    await migrations.create_file(path, lambda session: session.add(Subject(id=1, code="ELA", name="first")))
    with pytest.raises(RuntimeError, match="power cut"):
        await migrations.create_file(path, fail)
    assert await read(f"sqlite:///{path}", lambda connection: connection.scalar(select(Subject.name))) == "first"
    await migrations.create_file(path, lambda session: session.add(Subject(id=1, code="ELA", name="second")))
    assert await read(f"sqlite:///{path}", lambda connection: connection.scalar(select(Subject.name))) == "second"
    assert list(tmp_path.iterdir()) == [path]
