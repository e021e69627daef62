"""The sandbox tenant: `build` fills an empty database with fictitious districts, the same every time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models import Base, Tenant
from seeds.assessments import Catalogue, catalogue
from seeds.availability import availability_rows
from seeds.data import read
from seeds.factories import TenantFactory, store
from seeds.groups import Groups
from seeds.places import Place, places, regions
from seeds.programs import Programs, all_programs
from seeds.region import RegionBuilder
from seeds.results import Row
from seeds.targets import Targets

BATCH = 60_000
"""Rows stored together. Trap: PostgreSQL plans the check of a foreign key once, by what its table holds at the first
row; a small first batch makes it look through all results for each of their parts, which takes ten times as long."""
Progress = Callable[[float, int], None]


@dataclass(frozen=True)
class Size:
    """A larger sandbox: the districts of the usual one, then further ones, `districts` with `students` in all."""

    districts: int
    students: int


def build(session: Session, seed: int = 2026, progress: Progress | None = None, size: Size | None = None) -> int:
    """Fill an empty migrated database and count its rows: same seed, same rows, on SQLite and PostgreSQL alike.

    `progress(share, rows)` hears which share is done (0 to 1) and how many rows are stored. Only one region is in
    memory at a time, however many there are. Nothing is committed here: the caller's transaction holds all of it.
    Raises ValueError naming what is wrong with a size.
    """
    land = places(size.districts, size.students) if size else places()
    programs = all_programs()
    tests = catalogue(programs, seed)
    targets = Targets(programs, seed)
    writer = Writer(session)
    writer.store([*reference_rows(land, programs, tests), *targets.rows])
    builder = RegionBuilder(tests, targets, Groups(programs.subjects, seed), seed)
    everybody = sum(place.students for place in land)
    before = 0
    for region in regions(land):
        students = sum(place.students for place in region)
        for step in builder.steps(region):
            writer.add(step.rows)
            if progress:
                progress((before + students * step.share) / everybody, writer.rows)
        before += students
    writer.flush()
    if progress:
        progress(1, writer.rows)
    return writer.rows


def reference_rows(land: Sequence[Place], programs: Programs, tests: Catalogue) -> list[Base]:
    """The tenant, its districts and schools, all programs, the assessments, what is released."""
    districts = {place.district.id: place.district for place in land}
    schools = {school.id: school for place in land for school in place.schools.values()}
    return [
        tenant(),
        *districts.values(),
        *schools.values(),
        *programs.rows,
        *tests.rows,
        *availability_rows(list(districts.values()), programs),
    ]


def tenant() -> Tenant:
    """The settings of the sandbox; its school year is a constant of the data set."""
    return TenantFactory.build(name="Sandbox", sandbox=True, school_year=read("sandbox")["school_years"][-1])


class Writer:
    """Stores rows in batches, past the identity map, and counts them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[type[Base], list[Row]] = {}
        self._held = 0
        self.rows = 0

    def store(self, rows: Sequence[Base]) -> None:
        """Store rows that factories built."""
        store(self._session, *rows)
        self._session.expunge_all()
        self.rows += len(rows)

    def add(self, rows: Iterable[tuple[type[Base], Row]]) -> None:
        """Take rows, parents before what hangs on them."""
        for model, row in rows:
            self._waiting.setdefault(model, []).append(row)
            self._held += 1
        if self._held >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Store what is waiting, table by table in the order in which they first came."""
        for model, rows in self._waiting.items():
            if rows:
                self._session.connection().execute(insert(model), rows)
                self.rows += len(rows)
                rows.clear()
        self._held = 0
