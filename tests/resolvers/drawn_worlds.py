"""Drawn worlds and viewers: few rows with many ties, nulls, moves and states."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

import models
from models import Base
from models.assessment import WRITING_PURPOSES
from models.demographics import ELAS, GENDERS, MILITARY
from models.result import WRITING_CATEGORIES
from policies.identity import Grant, Viewer
from seeds.factories import (
    AssessmentFactory,
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
    RubricPointFactory,
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

LOGINS = ("ana@example.org", "ben@example.org")
NAMES = ("Añ", "an", "Bo", 'O"Neil', "Bo Ng")
BOOLEANS = (None, True, False)
STATES = ("RELEASED", "RELEASED", "REVIEWING", "LOADING")
ROLES = (
    *(("TEACHER", "SCHOOL"),) * 4,
    *(("SITE_EDUCATOR", "SCHOOL"), ("SITE_COORDINATOR", "SCHOOL")) * 2,
    *(("DISTRICT_EDUCATOR", "DISTRICT"), ("DISTRICT_COORDINATOR", "DISTRICT")) * 3,
    *(("STATE_ADMINISTRATOR", "STATE"),) * 2,
    *(("AGGREGATE_REPORTER", level) for level in ("STATE", "DISTRICT", "SCHOOL_GROUP")),
    *(("GROUP_ADMINISTRATOR", level) for level in ("STATE", "DISTRICT_GROUP", "DISTRICT", "SCHOOL")),
    *(("AVAILABILITY_ADMINISTRATOR", level) for level in ("STATE", "DISTRICT")),
    *(("TENANT_ADMINISTRATOR", level) for level in ("TENANT", "DISTRICT")),
    ("SIS_CLIENT", "DISTRICT"),
    ("RESOURCE_ADMINISTRATOR", "DISTRICT"),
    ("DATA_LOADER", "TENANT"),
    ("JANITOR", "SCHOOL"),
)
"""(role, level); the commoner ones more often."""
Kept = TypeVar("Kept", bound=Base)
Option = TypeVar("Option")


class Chance:
    """Decisions of a source of numbers: hypothesis, which can shrink them, or a seeded generator, which is fast."""

    def __init__(self, number: Callable[[int, int], int]) -> None:
        self.number = number

    @classmethod
    def drawn(cls, draw: Callable[[st.SearchStrategy[int]], int]) -> "Chance":
        return cls(lambda low, high: draw(st.integers(low, high)))

    @classmethod
    def seeded(cls, seed: str) -> "Chance":
        return cls(Random(seed).randint)

    def pick(self, options: Sequence[Option]) -> Option:
        return options[self.number(0, len(options) - 1)]

    def yes(self, percent: int = 50) -> bool:
        """Rare decisions shrink to no."""
        return self.number(1, 100) > 100 - percent

    def some(self, options: Sequence[Option], most: int | None = None) -> list[Option]:
        """A part of the options, in their order."""
        count = self.number(0, min(len(options), most if most is not None else len(options)))
        places: set[int] = set()
        while len(places) < count:
            place = self.number(0, len(options) - 1)
            places.add(
                next(p % len(options) for p in range(place, place + len(options)) if p % len(options) not in places)
            )
        return [options[place] for place in sorted(places)]


class DrawnWorld:
    """Two districts, three schools, five assessments of three programs; the rest as drawn."""

    def __init__(self, chance: Chance, most_students: int = 5) -> None:
        self.chance = chance
        self.rows: list[Base] = []
        policy = {
            name: chance.pick(("ENABLED", "ADMIN_ONLY", "DISABLED")) for name in ("gender", "iep", "enrolled_grade")
        }
        self.keep(
            TenantFactory.build(
                tested_elsewhere=chance.yes(),
                group_years=chance.pick(("CURRENT", "ALL")),
                field_policy=policy if chance.yes() else None,
            )
        )
        self._places()
        self._assessments()
        self.students = [self._student() for _ in range(chance.number(0, most_students))]
        self._choose_latest()
        for _ in range(chance.number(0, 4)):
            self._group()
        for _ in range(chance.number(0, 3)):
            self._disclosure()

    def of(self, kind: type[Kept]) -> list[Kept]:
        """Its rows of a kind."""
        return [row for row in self.rows if isinstance(row, kind)]

    def keep(self, row: Kept) -> Kept:
        self.rows.append(row)
        return row

    def _places(self) -> None:
        pick = self.chance.pick
        self.district_group = self.keep(DistrictGroupFactory.build())
        self.school_group = self.keep(SchoolGroupFactory.build())
        self.districts = [
            self.keep(DistrictFactory.build(name=name, district_group_id=pick((self.district_group.id, None))))
            for name in ("North", "South")
        ]
        homes = [(self.districts[0], "Oak"), (self.districts[0], "Elm"), (self.districts[1], "Oak")]
        self.schools = [
            self.keep(
                SchoolFactory.build(district=district, name=name, school_group_id=pick((self.school_group.id, None)))
            )
            for district, name in homes
        ]

    def _assessments(self) -> None:
        self.subjects = [self.keep(SubjectFactory.build(code=code)) for code in ("ELA", "MATH")]
        labels = self.keep(LabelSetFactory.build(proficient_from=self.chance.pick((3, None))))
        for level in levels(labels, ["One", "Two", "Three"]):
            self.keep(level)
        self.assessments, self.definitions, self.targets, self.items = [], [], [], []
        for code, subject, kind, grades in (
            ("SUM", 0, "SUMMATIVE", ("03", "HS")),
            ("ICA", 0, "ICA", ("03",)),
            ("IAB", 1, "IAB", ("04",)),
        ):
            program = self.keep(
                ProgramFactory.build(code=code, subject=self.subjects[subject], kinds=[kind], confidence="verified")
            )
            self.keep(
                ProgramLabelsFactory.build(program=program, label_set=labels, last_year=2025 if subject else None)
            )
            for position, sub_kind in enumerate(("CLAIM", "DOMAIN"), start=1):
                definition = SubScoreDefinitionFactory.build(
                    program=program, label_set=labels, kind=sub_kind, position=position
                )
                self.definitions.append(self.keep(definition))
            for reported in (True, False):
                self.targets.append(self.keep(TargetFactory.build(program=program, reported=reported)))
            for year, grade in zip((2026, 2025), grades, strict=False):
                made = AssessmentFactory.build(
                    program=program, label_set=labels, grade=grade, school_year=year, label=self.chance.pick(NAMES)
                )
                self.assessments.append(self.keep(made))
                self._item(made)
            for district in self.districts if kind == "SUMMATIVE" else ():
                for year in (2025, 2026):
                    if self.chance.yes(70):
                        self.keep(
                            AvailabilityFactory.build(
                                district=district,
                                program=program,
                                school_year=year,
                                individual=self.chance.pick(STATES),
                                aggregate=self.chance.pick(STATES),
                            )
                        )

    def _item(self, assessment: models.Assessment) -> None:
        most = self.chance.number(0, 2)
        purpose = self.chance.pick((None, *WRITING_PURPOSES[:2]))
        item = self.keep(ItemFactory.build(assessment=assessment, max_points=most, writing_purpose=purpose))
        self.items.append(item)
        for points in self.chance.some(range(most + 1)):
            self.keep(RubricPointFactory.build(item=item, points=points))

    def _student(self) -> models.Student:
        pick = self.chance.pick
        student = self.keep(
            StudentFactory.build(
                school=pick((*self.schools, None)),
                first_name=pick((None, *NAMES)),
                last_name=pick(NAMES),
                birthday=pick((None, date(2017, 3, 14), date(2016, 1, 1))),
                **self._demographics(),
            )
        )
        for _ in range(self.chance.number(0, 3)):
            self._result(student)
        return student

    def _demographics(self) -> dict[str, Any]:
        pick = self.chance.pick
        return {
            "gender": pick((None, *GENDERS[:2])),
            "ethnicities": pick((0, 1, 5, 64)),
            "elas": pick((None, *ELAS[:2])),
            "primary_language": pick((None, "eng", "spa")),
            "iep": pick(BOOLEANS),
            "migrant": pick(BOOLEANS),
            "military_connected": pick((None, *MILITARY[:2])),
            "enrolled_grade": pick((None, "03", "10")),
        }

    def _result(self, student: models.Student) -> None:
        pick, yes = self.chance.pick, self.chance.yes
        assessment = pick(self.assessments)
        scored = yes(70)
        result = self.keep(
            ResultFactory.build(
                student=student,
                assessment=assessment,
                school=pick(self.schools),
                completed_at=MOMENT.replace(year=assessment.school_year) - timedelta(days=self.chance.number(0, 2)),
                session=pick((None, "s1", "S-2")),
                scale_score=self.chance.number(2400, 2403) if scored else None,
                standard_error=pick((None, 25.0, 12.5)) if scored else None,
                level=self.chance.number(1, 4) if yes(80) else None,
                unscored_reason=None if scored else "NOT_ENOUGH",
                completeness=pick(("COMPLETE", "PARTIAL")),
                **(self._demographics() if yes() else {}),
            )
        )
        of_program = [d for d in self.definitions if d.program_id == assessment.program_id]
        for definition in self.chance.some(of_program):
            score = pick((None, 2400))
            self.keep(
                SubScoreFactory.build(
                    result=result,
                    definition=definition,
                    scale_score=score,
                    level=pick((None, 1, 2)),
                    standard_error=score and 9.5,
                )
            )
        for category in self.chance.some(WRITING_CATEGORIES):
            points = pick((None, 0, 4))
            code = "B" if points is None else None
            purpose = pick((None, *WRITING_PURPOSES[:2]))
            self.keep(
                TraitScoreFactory.build(
                    result=result, category=category, purpose=purpose, points=points, condition_code=code
                )
            )
        for target in self.chance.some([t for t in self.targets if t.program_id == assessment.program_id]):
            self.keep(TargetScoreFactory.build(result=result, target=target, student_relative=pick((None, 0.0, -0.5))))
        for item in self.chance.some([i for i in self.items if i.assessment_id == assessment.id]):
            self.keep(
                ItemResponseFactory.build(
                    result=result, item=item, response=pick((None, "A", "B")), points=pick((None, 0.0, 1.0))
                )
            )

    def _choose_latest(self) -> None:
        """Of each student and assessment the latest scored result, as whoever stores results marks it."""
        of_both = defaultdict(list)
        for result in self.of(models.Result):
            result.latest = False
            if result.scale_score is not None and result.level is not None:
                of_both[result.student_id, result.assessment_id].append(result)
        for results in of_both.values():
            min(results, key=lambda r: (-r.completed_at.timestamp(), r.id)).latest = True

    def _disclosure(self) -> None:
        pick = self.chance.pick
        of_log = self.chance.yes(20)
        disclosure = self.keep(
            DisclosureFactory.build(
                district=pick(self.districts), login=pick(LOGINS), operation=pick((None, "Page")), of_log=of_log
            )
        )
        for student in [] if of_log else self.chance.some(self.students):
            self.keep(DisclosureStudentFactory.build(disclosure=disclosure, student=student))

    def _group(self) -> None:
        pick, yes = self.chance.pick, self.chance.yes
        custom = yes(20)
        school = pick(self.schools)
        group = self.keep(
            GroupFactory.build(
                school=school,
                name=f"{pick(NAMES)} {len(self.rows)}",
                subject=pick((None, *self.subjects)),
                school_year=pick((2026, 2026, 2025)),
                deleted_at=MOMENT if yes(10) else None,
                kind="CUSTOM" if custom else "ASSIGNED",
                owner_login=pick(LOGINS) if custom else None,
                **({"school_id": None} if custom else {}),
            )
        )
        for student in self.chance.some(self.students):
            self.keep(GroupMemberFactory.build(group=group, student=student))
        for login in [] if custom else self.chance.some(LOGINS):
            self.keep(GroupEducatorFactory.build(group=group, login=login))
        for _ in range(0 if custom else self.chance.number(0, 1)):
            self.keep(PendingMemberFactory.build(group=group))

    def viewer(self, roles: Sequence[tuple[str, str]] = ROLES) -> Viewer:
        """A viewer with up to three grants of the roles; rarely nobody."""
        if self.chance.yes(3):
            return Viewer("test")
        grants = [self._grant(roles) for _ in range(self.chance.pick((1, 1, 2, 3)))]
        return Viewer("test", self.chance.pick(LOGINS), None, tuple(grants))

    def _grant(self, roles: Sequence[tuple[str, str]]) -> Grant:
        role, level = self.chance.pick(roles)
        places: dict[str, Sequence[Any]] = {
            "SCHOOL": self.schools,
            "SCHOOL_GROUP": [self.school_group],
            "DISTRICT": self.districts,
            "DISTRICT_GROUP": [self.district_group],
        }
        code = self.chance.pick(places[level]).natural_id if level in places else self.chance.pick(("", "", "CA", "NV"))
        unknown = level in places and self.chance.yes(4)
        return Grant(role, level, "none" if unknown else code, self.chance.pick((2026, 2026, 2026, 2026, 2025)))
