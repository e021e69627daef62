"""What each viewer of the contested world should see, worked out once, as tests/resolvers/visibility.py says it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from models import Availability, Base, District, DistrictGroup, Result, School, SchoolGroup, Student
from models.database import Database
from policies.identity import Grant, Viewer
from policies.permission import Permission
from seeds.factories import store
from tests.mutation.questions import QUESTIONS, Found, Seen
from tests.mutation.world import SETTINGS, ContestedWorld
from tests.resolvers.visibility import Rows

REPORTS = {
    "individual": ("INDIVIDUAL_PII_READ", "GROUP_PII_READ"),
    "aggregate": ("AGGREGATE_READ",),
}
"""Report -> what reads its results."""


def member_grants(rows: Rows, grants: Iterable[Grant]) -> Iterator[Grant]:
    """A grant at a group of organizations is one at each member."""
    for grant in grants:
        if grant.level == "DISTRICT_GROUP":
            [group] = rows.all(DistrictGroup, natural_id=grant.organization)
            members: list[Any] = rows.all(District, district_group_id=group.id)
        elif grant.level == "SCHOOL_GROUP":
            [group] = rows.all(SchoolGroup, natural_id=grant.organization)
            members = rows.all(School, school_group_id=group.id)
        else:
            yield grant
            continue
        level = grant.level.removesuffix("_GROUP")
        yield from (replace(grant, level=level, organization=member.natural_id) for member in members)


class Sight:
    """One viewer's."""

    def __init__(self, rows: Rows, viewer: Viewer) -> None:
        self.viewer = viewer
        self.eyes = Seen(rows, replace(viewer, grants=tuple(member_grants(rows, viewer.grants or ()))))
        self.rows = {name: question.expected(self.eyes) for name, question in QUESTIONS.items()}
        self.reach = set(self._reach())
        self.opening = {self._opening()}
        self.unreleased = {report: set(self._unreleased(report)) for report in REPORTS}
        self.to_group = {s.id for s in rows.all(Student) if self._in_group_scope(s)}

    def _reach(self) -> Iterator[tuple[str, int]]:
        """Permission and place, of every school and district that it holds over."""
        for permission in Permission:
            for school in self.eyes.rows.all(School):
                if self.eyes.over(permission, school.id):
                    yield permission, school.id
            for district in self.eyes.rows.all(District):
                if self.eyes.over_district(permission, district.id):
                    yield permission, district.id

    def _opening(self) -> tuple[Any, ...]:
        """What the second wall lets through: districts (None: all), those of students' current schools, the login."""
        held = [place for _, place in self.eyes.places]
        if "STATE" in held:
            return None, (), None
        districts = tuple(sorted({p.id if isinstance(p, District) else p.district_id for p in held}))
        return districts, districts if self.eyes.tenant.tested_elsewhere else (), self.viewer.login

    def _unreleased(self, report: str) -> Iterator[tuple[Any, ...]]:
        """States that hold results back, though not from this viewer, where they read results."""
        eyes = self.eyes
        for state in eyes.rows.all(Availability):
            status, district = getattr(state, report), eyes.rows.one(District, state.district_id)
            writes = eyes.over_district("AVAILABILITY_WRITE", district.id)
            reviews = writes or eyes.over_district("AVAILABILITY_REVIEW", district.id)
            reads = any(
                eyes.over_district(permission, district.id)
                or any(eyes.over(permission, s.id) for s in eyes.rows.all(School, district_id=district.id))
                for permission in REPORTS[report]
            )
            if reads and ((status == "LOADING" and writes) or (status == "REVIEWING" and reviews)):
                yield state.school_year, state.district_id, state.program_id

    def _in_group_scope(self, student: Student) -> bool:
        places = [student.current_school_id]
        places += [r.school_id for r in self.eyes.rows.all(Result, student_id=student.id)]
        return any(self.eyes.over("GROUP_WRITE", place) for place in places)


class Contest:
    """One tenant's world with the sight of its viewers; `path` is its SQLite file once it is stored."""

    def __init__(self, settings: str) -> None:
        self.settings = settings
        self.world = ContestedWorld(settings)
        rows = Rows(self.world.rows)
        self.sights = [Sight(rows, viewer) for viewer in self.world.viewers()]

    async def stored_in(self, database: Database) -> None:
        await database.run(lambda session: store(session, *self.world.rows))

    def told(self, found: Found) -> str:
        """Rows by name, for whoever reads of a failure."""
        names = self.world.names
        return ", ".join(sorted("+".join(str(names.get(part, part)) for part in row) for row in found)) or "nothing"


async def contests(folder: Path) -> dict[Path, Contest]:
    """Both tenants, each stored in a SQLite file of the folder."""
    made = {folder / f"{settings}.sqlite3": Contest(settings) for settings in SETTINGS}
    for path, contest in made.items():
        database = Database(f"sqlite:///{path}")
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await contest.stored_in(database)
        await database.close()
    return made
