"""The world and the people of table.md, as rows of a database and as viewers."""

from typing import Any, TypeVar

import models
from models import Base
from policies.identity import Grant, Viewer
from seeds.factories import (
    AssessmentFactory,
    AvailabilityFactory,
    DisclosureFactory,
    DisclosureStudentFactory,
    DistrictFactory,
    GrantFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    ItemFactory,
    ItemResponseFactory,
    LabelSetFactory,
    PendingMemberFactory,
    ProgramFactory,
    ProgramLabelsFactory,
    ResultFactory,
    SchoolFactory,
    StudentFactory,
    SubjectFactory,
    TenantFactory,
    levels,
)
from seeds.factories.row import MOMENT
from tests.visibility.page import AVAILABILITY, GROUPS, PEOPLE, SCHOOLS, STUDENTS, names

Kept = TypeVar("Kept", bound=Base)
SUBJECTS = ("ELA", "MATH", "SCIENCE")
ASSESSMENTS = {
    "ELA": ("SUM_ELA", "ELA", "SUMMATIVE", 2026),
    "ELA 2025": ("SUM_ELA", "ELA", "SUMMATIVE", 2025),
    "Math": ("SUM_MATH", "MATH", "SUMMATIVE", 2026),
    "Science": ("SUM_SCIENCE", "SCIENCE", "SUMMATIVE", 2026),
    "ELA interim": ("ICA_ELA", "ELA", "ICA", 2026),
    "Math interim": ("ICA_MATH", "MATH", "ICA", 2026),
}
"""Name on the page -> program, subject, kind, school year."""
LEVELS = {
    "nowhere": None,
    "the tenant": ("TENANT", ""),
    "the state": ("STATE", ""),
    "North": ("DISTRICT", "North"),
    "South": ("DISTRICT", "South"),
    "Oak": ("SCHOOL", "Oak"),
    "Elm": ("SCHOOL", "Elm"),
}
WHO = {person["who"]: person for person in PEOPLE}


class World:
    """The rows of the page's world, by name."""

    def __init__(self, **tenant: Any) -> None:
        self.rows: list[Base] = []
        self.keep(TenantFactory.build(**tenant))
        self._places()
        self._assessments()
        self.students = {row["student"]: self._student(row) for row in STUDENTS}
        self.results = {
            (row["student"], assessment): self._result(row["student"], assessment, school)
            for row in STUDENTS
            for school, taken in _taken(row["results"])
            for assessment in taken
        }
        self.groups = {row["group"].partition(",")[0]: self._group(row) for row in GROUPS}
        self._available()
        self._answers()
        self._log()
        self.keep(GrantFactory.build(login=login("colleague"), organization=self.schools["Elm"].natural_id))

    def keep(self, row: Kept) -> Kept:
        """Add a row to the world."""
        self.rows.append(row)
        return row

    def viewer(self, who: str) -> Viewer:
        """A person of the page who has signed in."""
        person = WHO[who]
        role, _, year = person["role"].partition(" of ")
        level, place = LEVELS[person["at"]] or ("", "")
        places = self.districts | self.schools
        code = places[place].natural_id if place else ""
        return Viewer("test", login(person["login"]), None, (Grant(role, level, code, int(year or 2026)),))

    def _places(self) -> None:
        self.districts = {
            name: self.keep(DistrictFactory.build(name=name))
            for name in dict.fromkeys(row["district"] for row in SCHOOLS)
        }
        self.schools = {
            row["school"]: self.keep(SchoolFactory.build(district=self.districts[row["district"]], name=row["school"]))
            for row in SCHOOLS
        }

    def _assessments(self) -> None:
        labels = self.keep(LabelSetFactory.build())
        for level in levels(labels, ["Not met", "Nearly met", "Met", "Exceeded"]):
            self.keep(level)
        self.subjects = {code: self.keep(SubjectFactory.build(code=code)) for code in SUBJECTS}
        self.programs: dict[str, models.Program] = {}
        self.assessments: dict[str, models.Assessment] = {}
        for name, (code, subject, kind, year) in ASSESSMENTS.items():
            if code not in self.programs:
                program = ProgramFactory.build(code=code, subject=self.subjects[subject], kinds=[kind])
                self.programs[code] = self.keep(program)
                self.keep(ProgramLabelsFactory.build(program=program, label_set=labels))
            self.assessments[name] = self.keep(
                AssessmentFactory.build(program=self.programs[code], name=name, school_year=year, label_set=labels)
            )

    def _student(self, row: dict[str, str]) -> models.Student:
        school = self.schools.get(row["attends"])
        return self.keep(StudentFactory.build(school=school, first_name=row["student"], gender=row["gender"]))

    def _result(self, student: str, assessment: str, school: str) -> models.Result:
        parts = {"student": self.students[student], "assessment": self.assessments[assessment]}
        return self.keep(ResultFactory.build(school=self.schools[school], **parts))

    def _group(self, row: dict[str, str]) -> models.Group:
        name, _, deleted = row["group"].partition(", ")
        school = self.schools.get(row["of"])
        if school is None:
            place = {
                "kind": "CUSTOM",
                "owner_login": login(row["of"]),
                "school": self.schools["Oak"],
                "school_id": None,
            }
        else:
            place = {"school": school, "deleted_at": MOMENT if deleted else None}
        subject = self.subjects.get(row["subject"])
        group = self.keep(GroupFactory.build(name=name, school_year=int(row["year"]), subject=subject, **place))
        for student in names(row["students"]):
            self.keep(GroupMemberFactory.build(group=group, student=self.students[student]))
        for student in names(row["pending"]):
            self.keep(PendingMemberFactory.build(group=group, ssid=self.students[student].ssid))
        for educator in names(row["assigned to"]):
            self.keep(GroupEducatorFactory.build(group=group, login=login(educator)))
        return group

    def _available(self) -> None:
        for row in AVAILABILITY:
            code, _, _, year = ASSESSMENTS[row["assessment"]]
            place = {"district": self.districts[row["district"]], "program": self.programs[code], "school_year": year}
            if row["one by one"] != "no row":
                states = {"individual": row["one by one"], "aggregate": row["counted"]}
                self.keep(AvailabilityFactory.build(**place, **states))

    def _answers(self) -> None:
        item = self.keep(ItemFactory.build(assessment=self.assessments["ELA interim"], answer_key="A"))
        for (_, assessment), result in self.results.items():
            if assessment == "ELA interim":
                self.keep(ItemResponseFactory.build(result=result, item=item))

    def _log(self) -> None:
        for district, student in (("North", "Ana"), ("South", "Fay")):
            entry = self.keep(DisclosureFactory.build(district=self.districts[district]))
            self.keep(DisclosureStudentFactory.build(disclosure=entry, student=self.students[student]))


def login(name: str) -> str:
    """The login of a short name of the page."""
    return f"{name}@example.org"


def _taken(cell: str) -> list[tuple[str, list[str]]]:
    """`at Oak: ELA, Math; at Fir: ELA` as (school, assessments)."""
    parts = [part.removeprefix("at ").split(": ") for part in cell.split("; ") if part != "none"]
    return [(school, names(assessments)) for school, assessments in parts]
