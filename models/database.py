"""One tenant's database: the engine that writes and migrates, and the reader that only the gate may use.

Reads run compiled SQL on the driver: asyncpg on PostgreSQL; on SQLite the synchronous module, since a short
indexed read costs less than a hop to a thread (reference/prototype.md). Long reads ask for the thread.
A read whose task is cancelled ends in the database, too, and leaves nothing to the next.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, TypeVar, cast

import asyncpg
from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from models.wall import READER, Opening

Row = Sequence[Any]
T = TypeVar("T")
SHORT_SECONDS = 0.25
"""How long one read may hold up the loop."""

TURN_SECONDS = 0.02
"""After a read as long as this, others have their turn before the next."""

STEPS = 200_000
"""Steps of SQLite's machine between two looks at whether a read has to end: about ten milliseconds."""

LETTING_GO_SECONDS = 5.0
"""How long PostgreSQL may take to confirm that a read was cancelled, before its connection is dropped."""


class Reader(Protocol):
    """Runs one SELECT: SQL text in the database's own parameter style, values in order; on PostgreSQL it reads what
    the second wall opens to the viewer."""

    async def fetch(
        self, sql: str, values: Sequence[Any], opening: Opening, *, long: bool = False
    ) -> Sequence[Row]: ...

    async def close(self) -> None: ...


Watched = Callable[[Reader], Reader]
"""Puts something that watches before a reader."""


class ReadOnly(Exception):
    """A change of a database that is not to be changed; nothing of it was made."""


class Full(Exception):
    """A change for which a database has no room left; nothing of it was made."""


REFUSED = {sqlite3.SQLITE_READONLY: ReadOnly, sqlite3.SQLITE_FULL: Full}


class Database:
    """A tenant's database by URL: `sqlite:///path` or `postgresql://user@host/name`; `for_reading`: the same
    PostgreSQL database for the login that reads; `access`: how a SQLite file may be used."""

    def __init__(
        self, url: str, for_reading: str | None = None, watched: Watched | None = None, access: "Access | None" = None
    ) -> None:
        self.url = with_driver(url)
        self.kind = self.url.get_backend_name()
        self._reader_url = with_driver(for_reading or url)
        self.engine = engine_for(self.url, access or Access())
        self._reader: Reader | None = None
        self._watched = watched

    @property
    def reader(self) -> Reader:
        """The read path (only `policies/gate.py` asks for it)."""
        if self._reader is None:
            reader = SqliteReader(self.path) if self.kind == "sqlite" else PostgresReader(self._reader_url)
            self._reader = self._watched(reader) if self._watched else reader
        return self._reader

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    async def run(self, work: Callable[[Session], T]) -> T:
        """Do `work` in one transaction: all of it is stored, or nothing if it raises. Raises ReadOnly or Full where a
        file's access does not permit it."""

        def in_session(connection: Connection) -> T:
            with Session(connection, expire_on_commit=False) as session:
                answer = work(session)
                session.flush()
                return answer

        try:
            async with self.engine.begin() as connection:
                return await connection.run_sync(in_session)
        except OperationalError as error:
            refused = REFUSED.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
            if refused is None:
                raise
            raise refused from error

    async def analyze(self) -> None:
        """Let the database count its rows again, after much was loaded: it plans reads by these counts."""
        async with self.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))

    async def close(self) -> None:
        """Close both paths."""
        if self._reader is not None:
            await self._reader.close()
            self._reader = None
        await self.engine.dispose()


class SqliteReader:
    """Read-only connections to one SQLite file: one for short reads in the loop, one in a thread for long ones.

    A read that turns out not to be short begins anew in the thread: there it holds up nobody and can be cancelled.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._short = self._connect()
        self._short_until = 0.0
        self._short.set_progress_handler(lambda: monotonic() > self._short_until, STEPS)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="long-read")
        self._long: sqlite3.Connection | None = None

    def _connect(self) -> sqlite3.Connection:
        uri = f"{self._path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, cached_statements=1024, check_same_thread=False
        )
        connection.execute("PRAGMA mmap_size = 268435456")
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    async def fetch(self, sql: str, values: Sequence[Any], opening: Opening, *, long: bool = False) -> Sequence[Row]:
        if not long:
            begun = monotonic()
            self._short_until = begun + SHORT_SECONDS
            try:
                rows = self._short.execute(sql, values).fetchall()
                if monotonic() - begun > TURN_SECONDS:
                    await asyncio.sleep(0)
                return rows
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
        given_up = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._fetch_long, sql, values, given_up
            )
        except asyncio.CancelledError:
            given_up.set()
            raise

    def _fetch_long(self, sql: str, values: Sequence[Any], given_up: threading.Event) -> list[Row]:
        if self._long is None:
            self._long = self._connect()
        self._long.set_progress_handler(given_up.is_set, STEPS)
        return self._long.execute(sql, values).fetchall()

    async def close(self) -> None:
        self._thread.shutdown()
        self._short.close()
        if self._long is not None:
            self._long.close()


class PostgresReader:
    """A pool of asyncpg connections behind the second wall; statements are prepared once per connection.

    Short reads keep one plan per statement: planning would cost more than reading.
    """

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._making = asyncio.Lock()

    async def _open(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._making:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=1,
                    max_size=8,
                    statement_cache_size=1024,
                    server_settings={
                        "jit": "off",
                        "default_transaction_read_only": "on",
                        "plan_cache_mode": "force_generic_plan",
                    },
                    connection_class=Walled,
                    init=_step_behind_the_wall,
                    reset=_nothing_to_reset,
                )
            return self._pool

    async def fetch(self, sql: str, values: Sequence[Any], opening: Opening, *, long: bool = False) -> Sequence[Row]:
        pool = self._pool or await self._open()
        settings = f"{opening.settings}; {'SET plan_cache_mode = auto' if long else 'RESET plan_cache_mode'}"
        connection = await pool.acquire()
        try:
            await cast(Walled, connection).be_set(settings)
            return cast(Sequence[Row], await connection.fetch(sql, *values))
        finally:
            with suppress(TimeoutError):
                await pool.release(connection, timeout=LETTING_GO_SECONDS)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


class Walled(asyncpg.Connection):
    """A connection that keeps a viewer's opening until a read comes with another one: to set it and to take it back
    for every statement would cost more than the wall itself (docs/decisions/0007-second-wall.md).

    Trap: what is not certain to be set is set again, so a read that is cut off leaves nothing to the next.
    """

    _settings = ""

    async def be_set(self, settings: str) -> None:
        """Have these settings, and no others of the kind."""
        if self._settings != settings:
            self._settings = ""
            await self.execute(settings)
            self._settings = settings


async def _step_behind_the_wall(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Become the role that reads, for as long as the connection lasts."""
    await connection.execute(f"SELECT set_config('role', ({READER}), false)")
    if not await connection.fetchval("SELECT row_security_active('result')"):
        raise RuntimeError("the database has no second wall: migrate it")


async def _nothing_to_reset(_connection: "asyncpg.Connection[asyncpg.Record]") -> None: ...


def with_driver(url: str) -> URL:
    """The URL with the asynchronous driver this project uses for its database."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    if parsed.get_backend_name() not in drivers:
        raise ValueError(f"database URL: {parsed.get_backend_name()!r} is neither sqlite nor postgresql")
    return parsed.set(drivername=drivers[parsed.get_backend_name()])


@dataclass(frozen=True, slots=True)
class Access:
    """How a SQLite file may be used. `durable`: what is stored survives a power cut, not only the process's end.
    `most_pages`: how far it may grow."""

    writable: bool = True
    durable: bool = True
    most_pages: int | None = None

    @property
    def pragmas(self) -> Sequence[str]:
        """What a connection that writes has to be told."""
        if not self.writable:
            return ()
        limit = () if self.most_pages is None else (f"max_page_count = {self.most_pages}",)
        return (
            "foreign_keys = ON",
            "journal_mode = WAL",
            f"synchronous = {'FULL' if self.durable else 'NORMAL'}",
            *limit,
        )


def engine_for(url: URL, access: Access) -> AsyncEngine:
    """The writing engine; on SQLite with foreign keys on, write-ahead log and one writer waiting for another."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_size=4)
    path = Path(url.database or "")
    if access.writable:
        path.parent.mkdir(parents=True, exist_ok=True)
    else:
        url = url.set(database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": 30})

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in access.pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
