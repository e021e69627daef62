"""What every test may ask for: a tenant's database, the same on SQLite and on PostgreSQL.

One PostgreSQL serves the whole run. The process that pytest was called in starts it and tells the xdist workers by
environment; CERS_TEST_POSTGRES_URL names one that is already there (its user must be allowed to create databases).
"""

import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from models.database import Database
from seeds.sandbox import build
from tests.databases import EMPTY, create_schema
from tests.postgres import Server, create_database, drop_database, execute, wait

Heard = list[tuple[float, int]]
SERVER = "CERS_TEST_POSTGRES_URL"
TEMPLATE = "CERS_TEST_POSTGRES_TEMPLATE"


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once per run, with a template database that has the schema."""
    if hasattr(config, "workerinput") or config.option.collectonly or config.option.help:
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if SERVER not in os.environ:
        server = Server()
        config.add_cleanup(lambda: os.environ.pop(SERVER))
        config.add_cleanup(server.stop)
        os.environ[SERVER] = server.start()
    name = os.environ[TEMPLATE] = f"cers_test_{uuid4().hex[:12]}"
    wait(create_schema(create_database(os.environ[SERVER], name)))
    config.add_cleanup(lambda: drop_database(os.environ[SERVER], name))


@pytest.fixture(scope="session", autouse=True)
def _disclosure_journals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Servers of this run keep their journals in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CERS_DISCLOSURE_JOURNALS", str(tmp_path_factory.mktemp("journals")))
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A tenant's database with every table and no rows."""
    kind = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    database = Database(request.getfixturevalue(kind))
    yield database
    await database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """The URL of a SQLite database of this test's own, with every table and no rows."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'tenant.sqlite3')}"


@pytest.fixture
def postgres_url(_worker_postgres: str) -> str:
    """The URL of a PostgreSQL database that no other running test uses, with every table and no rows."""
    wait(execute(_worker_postgres, EMPTY))
    return _worker_postgres


@pytest.fixture
def bare_postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL database of this test's own, without tables."""
    name = f"{os.environ[TEMPLATE]}_{uuid4().hex[:12]}"
    yield create_database(os.environ[SERVER], name)
    drop_database(os.environ[SERVER], name)


@pytest.fixture(scope="session")
def heard() -> Heard:
    """What the build of `sandbox` said of its progress: share and rows."""
    return []


@pytest.fixture(scope="session")
async def sandbox(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, heard: Heard
) -> AsyncIterator[Database]:
    path = shutil.copy(_sqlite_template, tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3")
    database = Database(f"sqlite:///{path}")
    await database.run(lambda session: build(session, progress=lambda *step: heard.append(step)))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "tenant.sqlite3"
    wait(create_schema(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def _worker_postgres() -> Iterator[str]:
    name = f"{os.environ[TEMPLATE]}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    yield create_database(os.environ[SERVER], name, template=os.environ[TEMPLATE])
    drop_database(os.environ[SERVER], name)
