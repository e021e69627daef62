"""Who is measured: each an ASGI application in a uvicorn process of its own, with what its CPU time and memory are."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import psutil
from sqlalchemy import true
from starlette.applications import Starlette

TENANT = "bench"
KEY = token_urlsafe(48)
STARTING_SECONDS = 60
JOURNALS = Path("var/benchmarks/journals").resolve()
ENTRIES = {
    "ours": "server:create_app",
    "ours, no access control": "benchmarks.contenders:unguarded",
    "ours, no disclosure log": "benchmarks.contenders:unrecorded",
    "baseline": "benchmarks.baseline:create_app",
}


def unguarded() -> Starlette:
    """Ours with every row rule replaced by TRUE and no second wall, in this process only: what access control costs is
    the difference."""
    import server
    from models import database
    from policies import rows

    rows.ROW_RULES.update({table: lambda _rules, _row: true() for table in rows.ROW_RULES})
    database._step_behind_the_wall = _stay_the_owner  # type: ignore[assignment]
    database.PostgresReader.fetch = _fetch  # type: ignore[assignment, method-assign]
    return server.create_app()


async def _stay_the_owner(_connection: Any) -> None: ...


async def _fetch(reader: Any, sql: str, values: Sequence[Any], *_opening: Any, **_how: Any) -> Any:
    pool = reader._pool or await reader._open()
    async with pool.acquire() as connection:
        return await connection.fetch(sql, *values)


def unrecorded() -> Starlette:
    """Ours with nothing to record, in this process only: what the disclosure log costs is the difference."""
    from policies import disclosure
    from server import create_app

    disclosure.RECORDED.clear()
    return create_app()


@dataclass(frozen=True, slots=True)
class Contender:
    """A running server."""

    name: str
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """User and system time of the process and its children so far."""
        return _cpu_seconds(self.process)

    def rss(self) -> int:
        """Resident memory in bytes."""
        return int(self.process.memory_info().rss)


@contextmanager
def running(name: str, database: str) -> Iterator[Contender]:
    """A contender over a database, for as long as the block lasts."""
    port = _free_port()
    command = [
        sys.executable, "-m", "uvicorn", "--factory", ENTRIES[name], "--host", "127.0.0.1", "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "CERS_SANDBOX": "false",
        "CERS_DISCLOSURE_JOURNALS": str(JOURNALS),
        f"CERS_TENANTS__{TENANT}__DATABASE": database,
        f"CERS_TENANTS__{TENANT}__KEY": KEY,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port, process)
        yield Contender(name, port, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class PostgresTree:
    """The processes of a PostgreSQL server, found from its postmaster."""

    def __init__(self, port: int) -> None:
        (self._postmaster,) = {
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        }

    def cpu_seconds(self) -> float:
        """User and system time of every process, ended ones included."""
        return _cpu_seconds(psutil.Process(self._postmaster))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    total: float = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        try:
            spent = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
    return total


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"a contender ended with {process.returncode} before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("a contender did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
