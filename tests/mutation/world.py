"""A small world in which every condition of the rule decides something, and the viewers who notice."""

from collections.abc import Iterator
from itertools import count
from typing import Any, TypeVar

import models
from models import Base
from models.demographics import GENDERS
from policies.identity import Grant, Viewer
from seeds.factories import (
    AssessmentFactory,
    AvailabilityChangeFactory,
    AvailabilityFactory,
    DisclosureFactory,
    DisclosureStudentFactory,
    DistrictFactory,
    DistrictGroupFactory,
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
    SchoolGroupFactory,
    StudentFactory,
    SubjectFactory,
    SubScoreDefinitionFactory,
    SubScoreFactory,
    TargetFactory,
    TargetScoreFactory,
    TenantFactory,
    TraitScoreFactory,
    levels,
)
from seeds.factories.row import MOMENT

TEACHER, OTHER = "teacher@example.org", "other@example.org"
ADMIN_ONLY = {"gender": "ADMIN_ONLY", "elas": "ENABLED", "english_learner": "DISABLED"}
SETTINGS: dict[str, dict[str, Any]] = {
    "narrow": {"tested_elsewhere": False, "group_years": "CURRENT", "field_policy": ADMIN_ONLY},
    "wide": {"tested_elsewhere": True, "group_years": "ALL", "field_policy": ADMIN_ONLY},
}
"""Two tenants hold the same rows under opposite settings."""

ENROLLED = {
    "Ana": ("Oak", ["Oak"]), "Ben": ("Oak", ["Oak"]), "Cal": ("Oak", ["Oak"]), "Dan": ("Oak", ["Oak"]),
    "Pam": ("Oak", ["Oak"]), "Zoe": ("Oak", []), "Eva": ("Elm", ["Elm"]), "Fay": ("Fir", ["Fir"]),
    "Yan": ("Yew", ["Yew"]), "Moe": ("Elm", ["Fir"]), "Max": ("Fir", ["Oak"]), "Nia": (None, ["Oak"]),
    "Gus": (None, ["Elm"]), "Ida": ("Oak", ["Yew"]), "Uma": (None, []),
}  # fmt: skip
"""Student -> the current school, and where they were tested."""

GROUPS: dict[str, tuple[str, str | None, list[str], list[str], dict[str, Any]]] = {
    "all subjects": ("Oak", None, ["Ana", "Moe", "Ida"], [TEACHER], {}),
    "ELA": ("Oak", "ELA", ["Ben", "Max"], [TEACHER, OTHER], {}),
    "math": ("Elm", "MATH", ["Eva", "Ben"], [TEACHER], {}),
    "last year's": ("Oak", None, ["Nia", "Gus"], [TEACHER], {"school_year": 2025}),
    "next year's": ("Oak", None, ["Pam"], [TEACHER], {"school_year": 2027}),
    "deleted": ("Oak", None, ["Pam"], [TEACHER], {"deleted_at": MOMENT}),
    "other's": ("Oak", None, ["Cal"], [OTHER], {}),
    "southern": ("Fir", None, ["Fay", "Zoe"], [TEACHER], {}),
    "assigned, but owned": ("Yew", None, ["Yan"], [], {"owner_login": TEACHER}),
    "own custom": ("Oak", None, ["Dan"], [TEACHER], {"kind": "CUSTOM", "owner_login": TEACHER}),
    "other's custom": ("Oak", None, ["Dan"], [TEACHER], {"kind": "CUSTOM", "owner_login": OTHER}),
    "deleted custom": ("Elm", None, ["Dan"], [], {"kind": "CUSTOM", "owner_login": TEACHER, "deleted_at": MOMENT}),
}
"""Group -> school, subject, members, educators and what else is special. Custom groups have an educator here, and an
assigned one an owner, as none ever has: only their kind keeps them from opening anything."""

STATES = {
    ("North", "SUM_ELA", 2026): ("RELEASED", "LOADING"),
    ("North", "SUM_ELA", 2025): ("LOADING", "RELEASED"),
    ("North", "SUM_MATH", 2026): ("REVIEWING", "LOADING"),
    ("South", "SUM_ELA", 2026): ("REVIEWING", "RELEASED"),
    ("South", "SUM_MATH", 2026): ("RELEASED", "REVIEWING"),
    ("East", "SUM_ELA", 2026): ("LOADING", "REVIEWING"),
    ("East", "SUM_MATH", 2026): ("REVIEWING", "LOADING"),
}
"""District, program and school year -> the individual and the aggregate status; the rest have no row."""

GRANTS = (
    ["TEACHER SCHOOL Oak"],
    ["TEACHER SCHOOL Oak", "TEACHER SCHOOL Elm"],
    ["SITE_EDUCATOR SCHOOL Oak"],
    ["SITE_COORDINATOR SCHOOL Elm"],
    ["DISTRICT_EDUCATOR DISTRICT North"],
    ["DISTRICT_COORDINATOR DISTRICT South"],
    ["DISTRICT_COORDINATOR DISTRICT_GROUP COUNTY"],
    ["SITE_EDUCATOR SCHOOL_GROUP CHARTERS"],
    ["STATE_ADMINISTRATOR STATE"],
    ["STATE_ADMINISTRATOR STATE CA", "TEACHER SCHOOL Oak"],
    ["STATE_ADMINISTRATOR STATE", "AGGREGATE_REPORTER SCHOOL Oak", "SITE_EDUCATOR SCHOOL Oak"],
    ["STATE_ADMINISTRATOR STATE NV"],
    ["DISTRICT_EDUCATOR DISTRICT North", "AVAILABILITY_ADMINISTRATOR DISTRICT East"],
    ["DISTRICT_EDUCATOR DISTRICT_GROUP COUNTY", "AVAILABILITY_ADMINISTRATOR DISTRICT North"],
    ["SITE_EDUCATOR SCHOOL Fir", "AVAILABILITY_ADMINISTRATOR STATE"],
    ["AGGREGATE_REPORTER DISTRICT North", "SITE_EDUCATOR SCHOOL Fir"],
    ["AGGREGATE_REPORTER STATE"],
    ["AGGREGATE_REPORTER SCHOOL Fir", "AGGREGATE_REPORTER DISTRICT East"],
    ["GROUP_ADMINISTRATOR DISTRICT North"],
    ["GROUP_ADMINISTRATOR STATE", "TEACHER SCHOOL Yew"],
    ["GROUP_ADMINISTRATOR SCHOOL Fir", "SITE_EDUCATOR SCHOOL Yew"],
    ["TEACHER SCHOOL Oak", "SITE_EDUCATOR SCHOOL Elm", "DISTRICT_EDUCATOR DISTRICT South"],
    ["DISTRICT_EDUCATOR DISTRICT North", "SITE_EDUCATOR SCHOOL Oak", "SITE_EDUCATOR SCHOOL Yew"],
    ["SITE_EDUCATOR SCHOOL Oak 2025"],
    ["SITE_EDUCATOR SCHOOL Oak 2027", "TEACHER SCHOOL Oak"],
    ["TENANT_ADMINISTRATOR TENANT"],
    ["TENANT_ADMINISTRATOR DISTRICT North", "TEACHER SCHOOL Elm"],
    ["SIS_CLIENT SCHOOL Oak"],
    ["SIS_CLIENT DISTRICT North", "DATA_LOADER STATE"],
    ["TEACHER SCHOOL nowhere", "JANITOR SCHOOL Oak", "TEACHER DISTRICT North", "DISTRICT_EDUCATOR DISTRICT Oak"],
    [],
)
"""What viewers hold: role, level, organization by name and, where it is not 2026, the school year."""

Kept = TypeVar("Kept", bound=Base)


class ContestedWorld:
    """The rows, and the names that failing tests call them by."""

    def __init__(self, settings: str) -> None:
        self.rows: list[Base] = []
        self.names: dict[int, str] = {}
        self._keep(TenantFactory.build(**SETTINGS[settings]))
        self._places()
        self._assessments()
        self.students = {name: self._student(name) for name in ENROLLED}
        self.groups = {name: self._group(name) for name in GROUPS}
        for district in self.districts.values():
            self._log(district)

    def _keep(self, row: Kept, name: str = "") -> Kept:
        self.rows.append(row)
        if name:
            self.names[row.id] = name  # type: ignore[attr-defined]
        return row

    def _places(self) -> None:
        county = self._keep(DistrictGroupFactory.build(natural_id="COUNTY"))
        charters = self._keep(SchoolGroupFactory.build(natural_id="CHARTERS"))
        self.districts = {
            name: self._keep(DistrictFactory.build(name=name, district_group_id=group), name)
            for name, group in (("North", county.id), ("South", county.id), ("East", None))
        }
        self.schools = {
            name: self._keep(
                SchoolFactory.build(district=self.districts[district], name=name, school_group_id=group), name
            )
            for name, district, group in (
                ("Oak", "North", charters.id),
                ("Elm", "North", None),
                ("Fir", "South", charters.id),
                ("Yew", "East", None),
            )
        }

    def _assessments(self) -> None:
        self.subjects = {code: self._keep(SubjectFactory.build(code=code)) for code in ("ELA", "MATH")}
        labels = self._keep(LabelSetFactory.build())
        for level in levels(labels, ["Not met", "Nearly met", "Met", "Exceeded"]):
            self._keep(level)
        self.programs, self.assessments = {}, {}
        for code, kind, years in (
            ("SUM_ELA", "SUMMATIVE", (2026, 2025)),
            ("SUM_MATH", "SUMMATIVE", (2026,)),
            ("ICA_ELA", "ICA", (2026,)),
            ("ICA_MATH", "ICA", (2026,)),
        ):
            subject = self.subjects[code[4:]]
            program = ProgramFactory.build(code=code, subject=subject, kinds=[kind], confidence="verified")
            self.programs[code] = self._keep(program, code)
            self._keep(ProgramLabelsFactory.build(program=program, label_set=labels))
            for year in years:
                made = AssessmentFactory.build(program=program, label_set=labels, school_year=year)
                self.assessments[code, year] = self._keep(made)
        self.claim = self._keep(SubScoreDefinitionFactory.build(program=self.programs["ICA_ELA"], label_set=labels))
        self.target = self._keep(TargetFactory.build(program=self.programs["SUM_ELA"]))
        self.item = self._keep(ItemFactory.build(assessment=self.assessments["ICA_ELA", 2026]))
        for (district, code, year), (individual, aggregate) in STATES.items():
            key = {"district": self.districts[district], "program": self.programs[code], "school_year": year}
            self._keep(AvailabilityFactory.build(**key, individual=individual, aggregate=aggregate))
            self._keep(AvailabilityChangeFactory.build(**key), f"{district} {code} {year}")

    def _student(self, name: str) -> models.Student:
        current, tested = ENROLLED[name]
        school = self.schools[current] if current else None
        gender = GENDERS[len(name + (current or "")) % 2]
        student = self._keep(StudentFactory.build(school=school, first_name=name, gender=gender), name)
        for place in tested:
            for (code, year), assessment in self.assessments.items():
                made = ResultFactory.build(student=student, assessment=assessment, school=self.schools[place])
                self._keep(made, f"{name} {code} {year}")
                if code == "ICA_ELA":
                    self._keep(SubScoreFactory.build(result=made, definition=self.claim))
                    self._keep(ItemResponseFactory.build(result=made, item=self.item))
                if code == "SUM_ELA":
                    self._keep(TraitScoreFactory.build(result=made))
                    self._keep(TargetScoreFactory.build(result=made, target=self.target))
        return student

    def _group(self, name: str) -> models.Group:
        school, subject, members, educators, special = GROUPS[name]
        chosen = self.subjects[subject] if subject else None
        made = GroupFactory.build(school=self.schools[school], subject=chosen, name=name, **special)
        if made.kind == "CUSTOM":
            made.school_id = None
        group = self._keep(made, name)
        for member in members:
            self._keep(GroupMemberFactory.build(group=group, student=self.students[member]))
        for login in educators:
            self._keep(GroupEducatorFactory.build(group=group, login=login))
        self._keep(PendingMemberFactory.build(group=group))
        return group

    def _log(self, district: models.District) -> None:
        listed = self._keep(DisclosureFactory.build(district=district), f"{district.name}'s log")
        self._keep(DisclosureStudentFactory.build(disclosure=listed, student=self.students["Fay"]))

    def viewers(self) -> Iterator[Viewer]:
        """Viewers with telling grants; the login is the teacher's unless another is said."""
        numbers = count()
        for held in GRANTS:
            grants = tuple(self._grant(*one.split()) for one in held)
            yield Viewer("test", TEACHER, f"{next(numbers)}: {', '.join(held)}", grants)
        yield Viewer("test", OTHER, "another teacher", (self._grant("TEACHER", "SCHOOL", "Oak"),))
        yield Viewer("test", None, "nobody")

    def _grant(self, role: str, level: str, place: str = "", year: str = "2026") -> Grant:
        places: dict[str, Any] = {"SCHOOL": self.schools, "DISTRICT": self.districts}
        code = places[level][place].natural_id if level in places and place in places[level] else place
        return Grant(role, level, code, int(year))
