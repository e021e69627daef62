"""RDW's own fixture of who may see a result, told in our words (reference/rdw-reporting.md 2d, 2e).

Districts and schools are called by RDW's numbers, and its school years 1997 and 1998 are 2025 and 2026. A math group of
2025 at school 10, assigned to SOMEONE, holds student `one`, who is at school 10 now and has seven results: two math
interims at school 10 and five summatives, one at school 20 and four at school 30 (one of them ELA). Student `mover` has
two math interims of 2026, at school 30 and at school 40, where they are now. All summatives are under review.
"""

from typing import Any

import models
from models import Base
from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from seeds.factories import (
    AssessmentFactory,
    AvailabilityFactory,
    DistrictFactory,
    DistrictGroupFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    LabelSetFactory,
    ProgramFactory,
    ResultFactory,
    SchoolFactory,
    SchoolGroupFactory,
    StudentFactory,
    SubjectFactory,
    TenantFactory,
    levels,
    store,
)
from tests.worlds import ask, open_tenant, viewer

SOMEONE = "someone-10@example.org"
SOMEONE_ELSE = "someone-20@example.org"
REVIEWER = ("AVAILABILITY_ADMINISTRATOR", "STATE", "")
DISTRICT_OF = {"10": "10", "20": "10", "30": "20", "40": "30"}
"""School -> its district."""
DISTRICT_GROUP_OF = {"10": "10", "20": "20", "30": "40"}
SCHOOL_GROUP_OF = {"20": "10", "40": "40"}
TAKEN = [("ICA math", "10"), ("IAB math", "10"), ("summative math", "20")]
TAKEN += [("summative math", "30")] * 3 + [("summative ELA", "30")]
KINDS = {"ICA": "ICA", "IAB": "IAB", "summative": "SUMMATIVE"}


class Fixture:
    """The rows; `status` of every summative state (None: no rows), `tested_elsewhere` is RDW's transfer access."""

    def __init__(
        self,
        *,
        tested_elsewhere: bool = False,
        group_years: str = "ALL",
        status: str | None = "REVIEWING",
        of_no_school: bool = False,
    ) -> None:
        self.rows: list[Any] = [TenantFactory.build(tested_elsewhere=tested_elsewhere, group_years=group_years)]
        self._places()
        self.labels = self._keep(LabelSetFactory.build())
        self.rows += levels(self.labels, ["1", "2", "3", "4"])
        self.subjects = {name: self._keep(SubjectFactory.build(code=name.upper())) for name in ("math", "ELA")}
        self.programs = {
            name: self._program(name) for name in ("ICA math", "IAB math", "summative math", "summative ELA")
        }
        self.one = self._student(None if of_no_school else "10", *TAKEN, year=2025)
        self.mover = self._student("40", ("ICA math", "30"), ("IAB math", "40"), year=2026)
        self.group = self._keep(
            GroupFactory.build(school=self.schools["10"], subject=self.subjects["math"], school_year=2025)
        )
        self._keep(GroupMemberFactory.build(group=self.group, student=self.one))
        self._keep(GroupEducatorFactory.build(group=self.group, login=SOMEONE))
        for district in self.districts.values() if status else ():
            for name in ("summative math", "summative ELA"):
                place = {"district": district, "program": self.programs[name], "school_year": 2025}
                self._keep(AvailabilityFactory.build(individual=status, **place))

    async def stored_in(self, database: Database) -> Tenant:
        await database.run(lambda session: store(session, *self.rows))
        return open_tenant(database)

    def who(self, *grants: tuple[str, str, str], login: str = "caller@example.org") -> Viewer:
        """A caller with grants (role, level, RDW's number of the place)."""
        codes: dict[tuple[str, str], str] = {("STATE", ""): ""}
        codes |= {("SCHOOL", number): school.natural_id for number, school in self.schools.items()}
        codes |= {("DISTRICT", number): district.natural_id for number, district in self.districts.items()}
        return viewer(login, *((role, level, codes.get((level, place), place)) for role, level, place in grants))

    def add_result(self, student: models.Student, program: str, school: str, year: int) -> None:
        """One more result of a program, which is made if need be."""
        if program not in self.programs:
            self.programs[program] = self._program(program)
        assessment = self._assessment(program, year)
        self._keep(ResultFactory.build(student=student, assessment=assessment, school=self.schools[school]))

    def add_member(self) -> models.Student:
        """A student of school 10 without results, in the math group."""
        student = self._student("10", year=2025)
        self._keep(GroupMemberFactory.build(group=self.group, student=student))
        return student

    def _keep(self, row: Base) -> Any:
        self.rows.append(row)
        return row

    def _places(self) -> None:
        district_groups = {
            number: self._keep(DistrictGroupFactory.build(natural_id=number)) for number in ("10", "20", "40")
        }
        school_groups = {number: self._keep(SchoolGroupFactory.build(natural_id=number)) for number in ("10", "40")}
        self.districts = {
            number: self._keep(DistrictFactory.build(district_group_id=district_groups[group].id))
            for number, group in DISTRICT_GROUP_OF.items()
        }
        self.schools = {
            number: self._keep(
                SchoolFactory.build(
                    district=self.districts[district],
                    school_group_id=school_groups[SCHOOL_GROUP_OF[number]].id if number in SCHOOL_GROUP_OF else None,
                )
            )
            for number, district in DISTRICT_OF.items()
        }

    def _program(self, name: str) -> Any:
        kind, subject = name.split()[0], name.split()[1]
        return self._keep(ProgramFactory.build(code=name, subject=self.subjects[subject], kinds=[KINDS[kind]]))

    def _assessment(self, program: str, year: int) -> Any:
        return self._keep(
            AssessmentFactory.build(program=self.programs[program], school_year=year, label_set=self.labels)
        )

    def _student(self, school: str | None, *taken: tuple[str, str], year: int) -> Any:
        student = self._keep(StudentFactory.build(school=self.schools[school] if school else None))
        for program, where in taken:
            self.add_result(student, program, where, year)
        return student


async def seen(tenant: Tenant, who: Viewer, student: models.Student) -> int:
    """How many results of a student the caller counts; 0 of one who is hidden."""
    document = "query ($ssid: SSID!) { student(ssid: $ssid) { results { totalCount } } }"
    answer = await ask(tenant, who, document, ssid=student.ssid)
    assert answer.errors == []
    found = answer.data["student"]
    return int(found["results"]["totalCount"]) if found else 0
