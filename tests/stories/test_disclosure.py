"""An answer with results is in the disclosure log, even when the server is killed right after it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
from sqlalchemy import select

from models import Disclosure, DisclosureStudent
from models.database import Database
from tests.house.tree import ROOT
from tests.schema.asking import bearer
from tests.worlds import KEY, TEACHER, SmallWorld

RESULTS = "query Page { students { nodes { results { nodes { score { value } } } } } }"
PATIENCE = 30.0


@contextmanager
def served(
    database: Database, journals: Path, *options: str, log: Path | None = None, **more: str
) -> Iterator[tuple[subprocess.Popen[bytes], httpx2.Client]]:
    """`cers serve` over the tenant `test`, killed at the end with its workers. `log`: where it logs to."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = database.url.set(drivername=database.kind).render_as_string(hide_password=False)
    settings = {
        "CERS_PORT": str(port),
        "CERS_SANDBOX": "false",
        "CERS_TENANTS__TEST__DATABASE": url,
        "CERS_TENANTS__TEST__KEY": KEY,
        "CERS_DISCLOSURE_JOURNALS": str(journals),
        "CERS_LOG_LEVEL": "info" if log else "error",
        **more,
    }
    command = [sys.executable, ROOT / "cli.py", "serve", *options]
    said = log.open("wb") if log else None
    process = subprocess.Popen(
        command, env={**os.environ, **settings}, cwd=journals.parent, stdout=said or subprocess.DEVNULL, stderr=said
    )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            eventually(lambda: answers(client))
            yield process, client
    finally:
        _killed(process)
        if said:
            said.close()


def _killed(process: subprocess.Popen[bytes]) -> None:
    with suppress(psutil.NoSuchProcess):
        for worker in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                worker.kill()
    process.kill()
    process.wait()


def answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx2.ConnectError:
        return False


def eventually(happened: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


async def test_an_answer_is_in_the_log_though_its_server_was_killed(database: Database, tmp_path: Path) -> None:
    world, journals = SmallWorld(), tmp_path / "journals"
    await world.stored_in(database)
    with served(database, journals) as (process, client):
        answer = client.post("/graphql", json={"query": RESULTS}, headers=bearer(world.teacher()))
        process.send_signal(signal.SIGKILL)
    assert "value" in answer.text
    with served(database, journals):
        eventually(lambda: not list(journals.rglob("*.journal")))
    assert await logged(database) == [(TEACHER, "Page", world.north.id, world.ana.id)]


async def test_an_orderly_end_leaves_no_journal_behind(sqlite_url: str, tmp_path: Path) -> None:
    database, world, journals = Database(sqlite_url), SmallWorld(), tmp_path / "journals"
    await world.stored_in(database)
    with served(database, journals) as (process, client):
        client.post("/graphql", json={"query": RESULTS}, headers=bearer(world.teacher()))
        process.terminate()
        process.wait(PATIENCE)
    assert list(journals.rglob("*.journal")) == []
    assert await logged(database) == [(TEACHER, "Page", world.north.id, world.ana.id)]
    await database.close()


async def logged(database: Database) -> list[tuple[Any, ...]]:
    """Every line of the log: login, operation, district, student."""
    listed = (Disclosure.list_id == DisclosureStudent.list_id) & (
        Disclosure.district_id == DisclosureStudent.district_id
    )
    lines = select(Disclosure.login, Disclosure.operation, Disclosure.district_id, DisclosureStudent.student_id)
    return await database.run(
        lambda session: [tuple(row) for row in session.execute(lines.join(DisclosureStudent, listed))]
    )
