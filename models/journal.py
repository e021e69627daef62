"""Append-only files that keep entries until they are stored elsewhere: on disk before `append` returns.

Each process appends to a file of its own, locked as long as the process lives; one sync serves every entry that waits.
A frame is the entry's length, its CRC-32 and the entry; what follows the last whole frame was never confirmed.
Trap: after a failed write nobody knows what a file holds behind its last good frame, so the next entry starts another.
"""

import asyncio
import fcntl
import os
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from struct import Struct
from zlib import crc32

from models.ids import new_id

FRAME = Struct("<II")
SUFFIX = ".journal"
MOST_AT_ONCE = 1000
MOST_WAITING = 10_000
Waiting = tuple[bytes, asyncio.Future[None]]
_sync = getattr(os, "fdatasync", os.fsync)


class Journal:
    """The entries of one process, and of processes that ended, which are not stored elsewhere yet.

    A thread of its own writes. It tells the loop once per sync: a hand-over costs as much CPU as a sync.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: JournalFile | None = None
        self._full: list[JournalFile] = []
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._draining = asyncio.Lock()
        self._waiting: list[Waiting] = []
        self._writing = False
        self.syncs = 0

    async def append(self, entry: bytes) -> None:
        """Return when the entry is on disk. Raises OSError when it cannot be written."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((FRAME.pack(len(entry), crc32(entry)) + entry, done))
        if not self._writing:
            self._writing = True
            loop.call_soon(self._hand_over, loop)
        await done

    async def drain(self, store: Callable[[Sequence[bytes]], Awaitable[None]]) -> int:
        """Hand every entry that is on disk to `store`, then forget it; how many there were.

        A file whose entries `store` fails to take stays, and is handed over again: `store` may meet an entry twice.
        """
        count = 0
        async with self._draining:
            if self._file is not None and not self._full:
                await asyncio.get_running_loop().run_in_executor(self._writer, self._set_aside)
            self._full += _left_behind(self._folder)
            while self._full:
                for entries in _batches(self._full[0].entries()):
                    await store(entries)
                    count += len(entries)
                await asyncio.to_thread(self._full.pop(0).remove)
        return count

    async def close(self) -> None:
        """Let go of the files; what they still hold is for the next start."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._set_aside)
        while self._full:
            self._full.pop().close()

    def _hand_over(self, loop: AbstractEventLoop) -> None:
        """In the loop: give what waits to the writer."""
        batch, self._waiting = self._waiting, []
        self._writer.submit(self._write_all, batch, loop)

    def _write_all(self, batch: Sequence[Waiting], loop: AbstractEventLoop) -> None:
        try:
            self._write(b"".join(frame for frame, _ in batch))
        except Exception as error:
            loop.call_soon_threadsafe(self._tell, batch, error, loop)
        else:
            loop.call_soon_threadsafe(self._tell, batch, None, loop)

    def _write(self, frames: bytes) -> None:
        try:
            if self._file is None:
                self._file = JournalFile.create(self._folder)
            self._file.append(frames)
            self.syncs += 1
        except OSError:
            self._set_aside()
            raise

    def _set_aside(self) -> None:
        """By the writer: the next entry starts another file."""
        if self._file is not None:
            self._full.append(self._file)
            self._file = None

    def _tell(self, batch: Iterable[Waiting], error: Exception | None, loop: AbstractEventLoop) -> None:
        """In the loop: wake who waited, once the writer has what came meanwhile."""
        if self._waiting:
            self._hand_over(loop)
        else:
            self._writing = False
        for _, done in batch:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)


class Unwritten:
    """Entries that wait in memory: of what need not outlive its process. Beyond `MOST_WAITING` the oldest are lost."""

    def __init__(self) -> None:
        self._entries: deque[bytes] = deque(maxlen=MOST_WAITING)

    async def append(self, entry: bytes) -> None:
        """Keep an entry."""
        self._entries.append(entry)

    async def drain(self, store: Callable[[Sequence[bytes]], Awaitable[None]]) -> int:
        """Hand every entry to `store`, then forget it; how many there were."""
        entries = list(self._entries)
        if entries:
            await store(entries)
        for _ in entries:
            self._entries.popleft()
        return len(entries)

    async def close(self) -> None:
        """Forget what is left."""
        self._entries.clear()


class JournalFile:
    """One file, locked as long as it is open here: no other process takes it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def create(cls, folder: Path) -> "JournalFile":
        """A new file, on disk with its folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path = folder / f"{new_id():x}{SUFFIX}"
            made = cls(path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600))
            try:
                fcntl.flock(made._descriptor, fcntl.LOCK_EX)
                _sync_folders(folder)
            except OSError:
                made.close()
                raise
            if made._is_there():
                return made
            made.close()

    @classmethod
    def take(cls, path: Path) -> "JournalFile | None":
        """A file that nobody holds any more; None while somebody does, or where somebody was faster."""
        try:
            found = cls(path, os.open(path, os.O_RDONLY))
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(found._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found.close()
            return None
        if found._is_there():
            return found
        found.close()
        return None

    def append(self, frames: bytes) -> None:
        """Write frames to the end; on disk when it returns."""
        rest = memoryview(frames)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        _sync(self._descriptor)

    def entries(self) -> Iterator[bytes]:
        """The entries of all whole frames, in order."""
        with self._path.open("rb") as file:
            while len(head := file.read(FRAME.size)) == FRAME.size:
                length, checksum = FRAME.unpack(head)
                entry = file.read(length)
                if not length or len(entry) != length or crc32(entry) != checksum:
                    return
                yield entry

    def remove(self) -> None:
        self._path.unlink()
        self.close()

    def close(self) -> None:
        os.close(self._descriptor)

    def _is_there(self) -> bool:
        """Whether the file was not taken and removed between its opening and its locking."""
        return os.fstat(self._descriptor).st_nlink > 0


def _left_behind(folder: Path) -> list[JournalFile]:
    """Files of processes that ended, now ours."""
    taken = (JournalFile.take(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    return [file for file in taken if file is not None]


def _batches(entries: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(entries, MOST_AT_ONCE)):
        yield batch


def _sync_folders(folder: Path) -> None:
    """Put the names of a new file and of a new folder on disk."""
    for place in (folder, folder.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
