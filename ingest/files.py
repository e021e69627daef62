"""Finds inputs in files, folders and zip archives, and recognises each by what is in it, not by its name.

Archives are read in place, one entry at a time; nothing is ever written to disk.
"""

import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path, PurePosixPath

from ingest.problem import Rejected, rejected
from ingest.reading import BYTE_ORDER_MARK, root_name

HEAD_BYTES = 64 * 1024
MAX_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 1_000_000
MAX_RATIO = 200
"""How many times its packed size an archive, or an entry of it, may unpack to."""

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class Kind(IntEnum):
    """What an input is; loaded in this order, since later kinds refer to earlier ones."""

    ORGANIZATIONS = 1
    SUBJECTS = 2
    PACKAGES = 3
    RESULTS = 4
    GROUPS = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or an entry of an archive."""

    name: str
    path: Path
    archive: zipfile.ZipFile | None = None
    entry: zipfile.ZipInfo | None = None

    def head(self) -> bytes:
        """The first bytes, enough to recognise it by."""
        return self._read(HEAD_BYTES)

    def read(self) -> bytes:
        """All of it. Raises `Rejected` if it is too large or cannot be read."""
        content = self._read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise rejected(self.name, f"larger than {MAX_BYTES} bytes")
        return content

    def _read(self, size: int) -> bytes:
        try:
            if self.archive is None or self.entry is None:
                with self.path.open("rb") as file:
                    return file.read(size)
            with self.archive.open(self.entry) as file:
                return file.read(size)
        except _BROKEN as error:
            raise rejected(self.name, "cannot be read", value=type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class Found:
    """The recognised inputs in loading order, and those that are refused."""

    sources: Sequence[tuple[Kind, Source]]
    refused: Sequence[tuple[str, Rejected]]


def find(paths: Iterable[Path], opened: ExitStack) -> Found:
    """Everything under the paths; archives stay open until `opened` closes."""
    sources: list[tuple[Kind, Source]] = []
    refused: list[tuple[str, Rejected]] = []
    for candidate in _candidates(paths, opened):
        if isinstance(candidate, Source):
            try:
                sources.append((recognise(candidate.name, candidate.head()), candidate))
            except Rejected as refusal:
                refused.append((candidate.name, refusal))
        else:
            refused.append((candidate.problems[0].file, candidate))
    return Found(sorted(sources, key=lambda source: source[0]), refused)


def recognise(name: str, head: bytes) -> Kind:
    """The kind of an input by its first bytes. Raises `Rejected` if it is none of them."""
    head = head.removeprefix(BYTE_ORDER_MARK)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise rejected(name, "wrong encoding: not UTF-8")
    kind = _kind(head.lstrip())
    if kind is None:
        raise rejected(name, "not recognised")
    return kind


def _kind(head: bytes) -> Kind | None:
    if head.startswith(b"<"):
        return {"TDSReport": Kind.RESULTS, "!DOCTYPE": Kind.RESULTS, "Subject": Kind.SUBJECTS}.get(
            root_name(head) or ""
        )
    if head.startswith((b"{", b"[")):
        return Kind.ORGANIZATIONS if b'"entityType"' in head else None
    header = head.split(b"\n", 1)[0].split(b"\r", 1)[0].lower()
    for column, kind in (
        (b"county-district code^", Kind.ORGANIZATIONS),
        (b"assessmentid", Kind.PACKAGES),
        (b"group_user_login", Kind.GROUPS),
        (b"group_name", Kind.GROUPS),
    ):
        if column in header:
            return kind
    return None


def _candidates(paths: Iterable[Path], opened: ExitStack) -> Iterator[Source | Rejected]:
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    if not name.startswith("."):
                        yield from _file(Path(folder, name), opened)
        elif path.exists():
            yield from _file(path, opened)
        else:
            yield rejected(str(path), "no such file or folder")


def _file(path: Path, opened: ExitStack) -> Iterator[Source | Rejected]:
    if not path.is_file():
        yield rejected(str(path), "not a file or folder")
    elif zipfile.is_zipfile(path):
        yield from _entries(path, opened)
    else:
        yield Source(str(path), path)


def _entries(path: Path, opened: ExitStack) -> Iterator[Source | Rejected]:
    try:
        archive = opened.enter_context(zipfile.ZipFile(path))
    except _BROKEN:
        yield rejected(str(path), "not a readable zip archive")
        return
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        yield rejected(str(path), f"more than {MAX_ENTRIES} entries")
    elif sum(entry.file_size for entry in entries) > MAX_RATIO * path.stat().st_size:
        yield rejected(str(path), f"unpacks to more than {MAX_RATIO} times its size")
    else:
        for entry in sorted(entries, key=lambda entry: entry.filename):
            yield _entry(path, archive, entry)


def _entry(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Source | Rejected:
    name = f"{path}!{entry.filename}"
    inside = PurePosixPath(entry.filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
        return rejected(name, "unsafe path in the archive")
    if entry.file_size > min(MAX_BYTES, MAX_RATIO * max(entry.compress_size, 1)):
        return rejected(name, "too large in the archive")
    return Source(name, path, archive, entry)
