"""Loads files, folders and archives: recognises, orders, checks, applies, and reports file by file.

Every file is checked completely before any of its rows is written; a bad file is left out and named, and never stops
the others. Results are written in batches, each in one transaction; every other file is a transaction of its own.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from ingest.access import renew_reference, tenant_of
from ingest.attempts import attempt
from ingest.files import Found, Kind, Source, find
from ingest.group_import import load_groups
from ingest.organizations import load_organizations
from ingest.packages import load_packages
from ingest.problem import Problem, Rejected
from ingest.results import apply_results
from ingest.subjects import load_subject
from ingest.trt import Delivery, Known, read_result
from models.database import Database
from models.reference import load_reference

RESULTS_PER_BATCH = 500

LoadFile = Callable[[Session, str, bytes], Counter[str]]
Progress = Callable[[int, int], None]
Step = Callable[[Session], "list[FileOutcome]"]
Add = Callable[["list[FileOutcome]"], None]

LOADERS: dict[Kind, LoadFile] = {
    Kind.ORGANIZATIONS: load_organizations,
    Kind.SUBJECTS: load_subject,
    Kind.PACKAGES: load_packages,
    Kind.GROUPS: load_groups,
}
"""How a file that is no result is loaded: it returns what changed, or raises `Rejected`."""


class Status(StrEnum):
    """What became of a file."""

    LOADED = "LOADED"
    NO_CHANGE = "NO_CHANGE"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file: counts of what changed (or was ignored), a note, or its problems."""

    file: str
    kind: Kind | None
    status: Status
    counts: Counter[str] = field(default_factory=Counter)
    note: str | None = None
    problems: Sequence[Problem] = ()


@dataclass(slots=True)
class LoadReport:
    """What became of every file."""

    files: list[FileOutcome] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong with the files that were left out."""
        return [problem for outcome in self.files for problem in outcome.problems]

    def count(self, status: Status, kind: Kind | None = None) -> int:
        """How many files (of a kind) have the status."""
        return sum(1 for one in self.files if one.status == status and kind in (None, one.kind))

    def totals(self) -> Counter[str]:
        """The counts of all files together."""
        return sum((outcome.counts for outcome in self.files), Counter[str]())


async def load(
    database: Database, paths: Sequence[Path], *, dry_run: bool = False, progress: Progress | None = None
) -> LoadReport:
    """Load everything under the paths; `dry_run` does the same and stores nothing.

    `progress` is told how many files are done, and of how many. Raises `Rejected` if the tenant is not set up.
    """
    await database.run(tenant_of)
    report = LoadReport()
    with ExitStack() as opened:
        found = await asyncio.to_thread(find, paths, opened)
        total = len(found.sources) + len(found.refused)

        def add(outcomes: list[FileOutcome]) -> None:
            report.files += outcomes
            if progress is not None:
                progress(len(report.files), total)

        add([_rejection(name, None, refusal) for name, refusal in found.refused])
        if dry_run:
            await _rehearse(database, found, add)
        else:
            for step in _steps(found):
                add(await attempt(database, step))
    if report.count(Status.LOADED) and not dry_run:
        await database.analyze()
    return report


class _Undo(Exception):
    """Ends a rehearsal's transaction."""


async def _rehearse(database: Database, found: Found, add: Add) -> None:
    def all_steps(session: Session) -> None:
        for step in _steps(found):
            add(step(session))
        raise _Undo

    with suppress(_Undo):
        await database.run(all_steps)


def _steps(found: Found) -> Iterator[Step]:
    """The transactions, in the order in which inputs refer to each other."""
    sources: dict[Kind, list[Source]] = {kind: [] for kind in Kind}
    for kind, source in found.sources:
        sources[kind].append(source)
    for kind, load_file in LOADERS.items():
        if kind < Kind.RESULTS:
            yield from (_FileStep(kind, source, load_file) for source in sources[kind])
    known = _KnownOnce()
    results = sources[Kind.RESULTS]
    for first in range(0, len(results), RESULTS_PER_BATCH):
        yield _ResultsStep(results[first : first + RESULTS_PER_BATCH], known)
    yield from (_FileStep(Kind.GROUPS, source, LOADERS[Kind.GROUPS]) for source in sources[Kind.GROUPS])


@dataclass(frozen=True, slots=True)
class _FileStep:
    """A file that is a transaction of its own."""

    kind: Kind
    source: Source
    load_file: LoadFile

    def __call__(self, session: Session) -> list[FileOutcome]:
        name = self.source.name
        try:
            counts = self.load_file(session, name, self.source.read())
        except Rejected as refusal:
            return [_rejection(name, self.kind, refusal)]
        if not counts:
            return [FileOutcome(name, self.kind, Status.NO_CHANGE)]
        if self.kind < Kind.RESULTS:
            renew_reference(session)
        return [FileOutcome(name, self.kind, Status.LOADED, counts)]


class _KnownOnce:
    """What results are checked against, read when the first batch begins."""

    def __init__(self) -> None:
        self._known: Known | None = None

    def get(self, session: Session) -> Known:
        if self._known is None:
            self._known = Known(load_reference(session))
        return self._known


@dataclass(frozen=True, slots=True)
class _ResultsStep:
    """A batch of results."""

    sources: Sequence[Source]
    known: _KnownOnce

    def __call__(self, session: Session) -> list[FileOutcome]:
        outcomes: list[FileOutcome] = []
        deliveries: list[Delivery] = []
        known = self.known.get(session)
        for source in self.sources:
            try:
                deliveries.append(read_result(source.name, source.read(), known))
            except Rejected as refusal:
                outcomes.append(_rejection(source.name, Kind.RESULTS, refusal))
        notes = apply_results(session, deliveries) if deliveries else []
        for delivery, note in zip(deliveries, notes, strict=True):
            counts = Counter({f"{what} ignored": count for what, count in delivery.ignored.items() if count})
            if note is None:
                outcomes.append(FileOutcome(delivery.file, Kind.RESULTS, Status.LOADED, counts + Counter(result=1)))
            else:
                outcomes.append(FileOutcome(delivery.file, Kind.RESULTS, Status.NO_CHANGE, note=note))
        return outcomes


def _rejection(file: str, kind: Kind | None, refusal: Rejected) -> FileOutcome:
    return FileOutcome(file, kind, Status.REJECTED, problems=refusal.problems)
