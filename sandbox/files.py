"""The files of copies: made of the sandbox's database as it was built, held while in use, removed by whoever is last.

Beside each copy lies an empty file that every process which uses the copy has locked, since who deletes a database in
use breaks what still reads it. A lock ends with its process, so a crash leaves nothing that cannot be cleaned up.
Trap: closing any descriptor of a database drops this process's locks on it, so that of the original stays open.
"""

import fcntl
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

PIECE = 1 << 30
GROWTH_BYTES = 64 * 1024 * 1024
"""How much visitors may add to a copy."""
LOGS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Held:
    """A copy's file that nobody removes until it is let go."""

    name: str
    path: Path
    descriptor: int

    def let_go(self) -> None:
        os.close(self.descriptor)


class CopyFiles:
    """The copies in a folder. `original`: the database they are made of."""

    def __init__(self, folder: Path, original: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._path = original
        self._log = original.with_name(original.name + LOGS[0])
        self._original = os.open(original, os.O_RDONLY)

    @property
    def version(self) -> str:
        """Another one where the original was built anew."""
        found = os.fstat(self._original)
        return f"{found.st_dev}-{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"

    @property
    def state(self) -> str:
        """The version, and what somebody has added to it since without building it anew."""
        try:
            log = self._log.stat()
        except FileNotFoundError:
            return self.version
        return f"{self.version} {log.st_size}-{log.st_mtime_ns}" if log.st_size else self.version

    @property
    def original_size(self) -> int:
        return os.fstat(self._original).st_size

    @property
    def largest(self) -> int:
        """How far a copy may grow."""
        return self.original_size + GROWTH_BYTES

    def make(self) -> Held:
        """A new copy, whole or not there at all."""
        held = self._begin()
        draft = self._draft(held.name)
        try:
            if self.state == self.version:
                self._copy_bytes(draft)
            else:
                self._copy_pages(draft)
            draft.replace(held.path)
        except BaseException:
            held.let_go()
            self.remove(held.name)
            raise
        return held

    def _begin(self) -> Held:
        """A name that is locked before anybody can take it for something left behind."""
        while True:
            name = token_hex(16)
            descriptor = os.open(self._lock(name), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if os.fstat(descriptor).st_nlink:
                return Held(name, self._file(name), descriptor)
            os.close(descriptor)

    def take(self, name: str) -> Held | None:
        """A copy to use; None where it was removed."""
        try:
            descriptor = os.open(self._lock(name), os.O_RDWR)
        except FileNotFoundError:
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.fstat(descriptor).st_nlink and self._file(name).exists():
            return Held(name, self._file(name), descriptor)
        os.close(descriptor)
        return None

    def remove(self, name: str) -> bool:
        """Delete a copy that nobody uses; whether it is gone."""
        descriptor = os.open(self._lock(name), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            file = self._file(name)
            for path in (file, *(file.with_name(file.name + end) for end in LOGS), self._draft(name), self._lock(name)):
                path.unlink(missing_ok=True)
            return True
        finally:
            os.close(descriptor)

    def names(self) -> set[str]:
        """Every copy of which anything is left."""
        return {path.name.partition(".")[0] for path in self._folder.iterdir()}

    def size(self, name: str) -> int:
        """What a copy takes on disk, in bytes."""
        file = self._file(name)
        found = 0
        for path in (file, *(file.with_name(file.name + end) for end in LOGS)):
            try:
                found += path.stat().st_size
            except FileNotFoundError:
                continue
        return found

    def close(self) -> None:
        os.close(self._original)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.sqlite3"

    def _draft(self, name: str) -> Path:
        return self._folder / f"{name}.draft"

    def _lock(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def _copy_bytes(self, draft: Path) -> None:
        """Where the file system can, without copying anything until it changes."""
        target = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            place, size = 0, self.original_size
            copy = _in_kernel if hasattr(os, "copy_file_range") else _by_hand
            while place < size:
                try:
                    done = copy(self._original, target, min(PIECE, size - place), place)
                except OSError:
                    if copy is _by_hand:
                        raise
                    copy = _by_hand
                    continue
                if not done:
                    raise OSError("the sandbox's database became shorter")
                place += done
        finally:
            os.close(target)

    def _copy_pages(self, draft: Path) -> None:
        """While somebody changes the original: what is stored of it now."""
        with (
            closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(draft)) as copy,
        ):
            original.backup(copy)
        draft.chmod(0o600)


def _in_kernel(source: int, target: int, count: int, place: int) -> int:
    return os.copy_file_range(source, target, count, place, place)


def _by_hand(source: int, target: int, count: int, place: int) -> int:
    return os.pwrite(target, os.pread(source, min(count, 1 << 20), place), place)
