"""The measured world: districts, schools, students, groups and results as rows, the same every time.

Everything follows from a row's number, so the harness knows who is in a group without asking a database.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Table

import models
from benchmarks.places import GROUP, YEAR, School, Size, identity, schools
from models.base import sort_key
from seeds.factories import AvailabilityFactory, TenantFactory

Rows = Iterable[dict[str, Any]]

FIRST_DAY = datetime(YEAR - 1, 9, 1, 16, tzinfo=UTC)
SUBJECTS = {"ELA": identity(1, 1), "MATH": identity(1, 2)}
LABELS = {"LEVELS": ("Below", "Near", "Met", "Exceeded"), "CATEGORIES": ("Below", "Near", "Above")}
LABEL_SETS = {code: identity(2, number) for number, code in enumerate(LABELS)}
PROGRAMS = {f"{family}_{subject}": (family, subject) for family in ("SUMMATIVE", "INTERIM") for subject in SUBJECTS}
PROGRAM_IDS = {code: identity(3, number) for number, code in enumerate(PROGRAMS)}
CLAIMS = {"ELA": ("READING", "WRITING", "LISTENING", "RESEARCH"), "MATH": ("CONCEPTS", "PROBLEMS", "REASONING")}
GRADES = ("03", "04", "05", "06", "07", "08", "11")
LOWEST, CUTS, HIGHEST = 2200, (2400, 2480, 2560), 2700


class Sitting(NamedTuple):
    """What every student takes: a program's kind in a school year; IABs have several forms."""

    program: str
    kind: str
    form: int
    school_year: int

    @property
    def subject(self) -> str:
        return PROGRAMS[self.program][1]

    @property
    def claims(self) -> tuple[str, ...]:
        return () if self.kind == "IAB" else CLAIMS[self.subject]


SITTINGS = (
    Sitting("SUMMATIVE_ELA", "SUMMATIVE", 1, YEAR),
    Sitting("SUMMATIVE_MATH", "SUMMATIVE", 1, YEAR),
    Sitting("INTERIM_ELA", "ICA", 1, YEAR),
    Sitting("INTERIM_ELA", "IAB", 1, YEAR),
    Sitting("INTERIM_ELA", "IAB", 2, YEAR),
    Sitting("INTERIM_ELA", "IAB", 3, YEAR),
    Sitting("INTERIM_MATH", "IAB", 1, YEAR),
    Sitting("INTERIM_MATH", "IAB", 2, YEAR),
    Sitting("SUMMATIVE_ELA", "SUMMATIVE", 1, YEAR - 1),
    Sitting("SUMMATIVE_MATH", "SUMMATIVE", 1, YEAR - 1),
)
ASSESSMENTS = {
    (sitting, grade): identity(5, number)
    for number, (sitting, grade) in enumerate((sitting, grade) for sitting in SITTINGS for grade in GRADES)
}
BLUEPRINT = [
    (program, kind, claim)
    for program, kind in (("SUMMATIVE_ELA", "SUMMATIVE"), ("SUMMATIVE_MATH", "SUMMATIVE"), ("INTERIM_ELA", "ICA"))
    for claim in CLAIMS[PROGRAMS[program][1]]
]
DEFINITIONS = {claim: identity(4, number) for number, claim in enumerate(BLUEPRINT)}


def tables(size: Size) -> Iterator[tuple[type[models.Base], int, Rows]]:
    """Every table in the order of its keys, with about how many rows it gets."""
    places = schools(size)
    students = sum(len(school.students) for school in places)
    yield models.Tenant, 1, [_columns(TenantFactory.build(name="bench"))]
    yield from _reference()
    yield models.District, size.districts, _districts(places)
    yield models.School, len(places), map(_school, places)
    yield models.Availability, size.districts * 4, _availability(places)
    yield models.Student, students, chain.from_iterable(map(_students, places))
    yield models.Group, students // GROUP, chain.from_iterable(map(_groups, places))
    yield models.GroupMember, students, chain.from_iterable(map(_members, places))
    yield models.GroupEducator, students // GROUP, chain.from_iterable(map(_educators, places))
    yield models.Result, students * len(SITTINGS), chain.from_iterable(map(_results, places))
    claims = sum(len(sitting.claims) for sitting in SITTINGS)
    yield models.SubScore, students * claims, chain.from_iterable(map(_sub_scores, places))


def _reference() -> Iterator[tuple[type[models.Base], int, Rows]]:
    open_end = {"first_year": 2015, "last_year": None}
    yield models.Subject, 2, [{"id": id_, "code": code, "name": code.title()} for code, id_ in SUBJECTS.items()]
    facts = {"source": "invented", "confidence": "DERIVED"}
    yield (
        models.LabelSet,
        2,
        [{"id": id_, "code": code, "proficient_from": 3, **facts} for code, id_ in LABEL_SETS.items()],
    )
    yield (
        models.Level,
        7,
        [
            {"label_set_id": LABEL_SETS[code], "number": number, "label": label}
            for code, labels in LABELS.items()
            for number, label in enumerate(labels, start=1)
        ],
    )
    yield models.Program, len(PROGRAMS), [
        {
            "id": PROGRAM_IDS[code], "code": code, "name": code.title(), "subject_id": SUBJECTS[subject],
            "kinds": ["SUMMATIVE"] if family == "SUMMATIVE" else ["ICA", "IAB"], "grades": list(GRADES), **facts,
        }
        for code, (family, subject) in PROGRAMS.items()
    ]  # fmt: skip
    yield models.SubScoreDefinition, len(BLUEPRINT), [
        {
            "id": id_, "program_id": PROGRAM_IDS[program], "assessment_kind": kind, "kind": "CLAIM", "code": claim,
            "name": claim.title(), "position": position, "label_set_id": LABEL_SETS["CATEGORIES"], **open_end,
        }
        for position, ((program, kind, claim), id_) in enumerate(DEFINITIONS.items(), start=1)
    ]  # fmt: skip
    yield (
        models.Assessment,
        len(ASSESSMENTS),
        [_assessment(id_, sitting, grade) for (sitting, grade), id_ in ASSESSMENTS.items()],
    )


def _assessment(id_: int, sitting: Sitting, grade: str) -> dict[str, Any]:
    name = f"{sitting.program}-{sitting.kind}-{sitting.form}-{grade}-{sitting.school_year}"
    label = f"Grade {int(grade)} {sitting.subject} {sitting.kind.title()} {sitting.form}"
    return {
        "id": id_, "natural_id": name, "name": name, "label": label, "sort_key": sort_key(label), "version": None,
        "program_id": PROGRAM_IDS[sitting.program], "subject_id": SUBJECTS[sitting.subject], "kind": sitting.kind,
        "grade": grade, "school_year": sitting.school_year, "min_score": LOWEST, "max_score": HIGHEST,
        "cut_scores": list(CUTS), "sub_score_ranges": {},
        "label_set_id": LABEL_SETS["CATEGORIES" if sitting.kind == "IAB" else "LEVELS"],
    }  # fmt: skip


def _districts(places: Iterable[School]) -> Rows:
    for code, id_ in {school.code[:7]: school.district_id for school in places}.items():
        name = f"District {code}"
        yield {"id": id_, "natural_id": f"{code}0000000", "name": name, "sort_key": sort_key(name)}


def _school(school: School) -> dict[str, Any]:
    return {
        "id": school.id, "natural_id": school.code, "name": school.name, "sort_key": sort_key(school.name),
        "district_id": school.district_id,
    }  # fmt: skip


def _availability(places: Iterable[School]) -> Rows:
    for district in {school.district_id: None for school in places}:
        for year in (YEAR - 1, YEAR):
            for program in ("SUMMATIVE_ELA", "SUMMATIVE_MATH"):
                yield _columns(
                    AvailabilityFactory.build(school_year=year, district_id=district, program_id=PROGRAM_IDS[program])
                )


def _demographics(number: int, grade: str) -> dict[str, Any]:
    return {
        "gender": ("FEMALE", "MALE")[number % 2], "ethnicities": 1 << number % 5, "english_learner": number % 6 == 0,
        "elas": "EL" if number % 6 == 0 else "EO", "primary_language": ("eng", "spa", "vie")[number % 3],
        "iep": number % 9 == 0, "section504": number % 31 == 0, "economic_disadvantage": number % 2 == 0,
        "migrant": number % 97 == 0, "military_connected": "NO", "enrolled_grade": grade,
    }  # fmt: skip


def _students(school: School) -> Rows:
    for number in school.students:
        first, last = f"First{number % 211}", f"Last{number % 997}"
        yield {
            "id": identity(8, number), "ssid": school.ssid(number), "first_name": first, "middle_name": None,
            "last_name": last, "sort_key": sort_key(last, first), "known_at": FIRST_DAY,
            "birthday": FIRST_DAY.date() - timedelta(days=365 * (int(school.grade(number)) + 5) + number % 365),
            "current_district_id": school.district_id, "current_school_id": school.id,
            **_demographics(number, school.grade(number)),
        }  # fmt: skip


def _groups(school: School) -> Rows:
    for group in school.groups:
        name = f"Group {group.number}"
        yield {
            "district_id": school.district_id, "id": group.id, "kind": "ASSIGNED", "name": name,
            "sort_key": sort_key(name), "school_id": school.id, "school_year": YEAR, "subject_id": None,
            "owner_login": None, "created_at": FIRST_DAY, "deleted_at": None,
        }  # fmt: skip


def _members(school: School) -> Rows:
    for group in school.groups:
        for number in group.members:
            yield {"district_id": school.district_id, "group_id": group.id, "student_id": identity(8, number)}


def _educators(school: School) -> Rows:
    for group in school.groups:
        yield {"district_id": school.district_id, "group_id": group.id, "login": school.teacher}


def _results(school: School) -> Rows:
    for number in school.students:
        grade = school.grade(number)
        demographics = _demographics(number, grade)
        for place, sitting in enumerate(SITTINGS):
            completed = FIRST_DAY + timedelta(
                days=30 * place - 365 * (YEAR - sitting.school_year), minutes=number % 300
            )
            score = _score(number, place)
            interim = sitting.kind != "SUMMATIVE"
            levels = len(LABELS["CATEGORIES" if sitting.kind == "IAB" else "LEVELS"])
            yield {
                "district_id": school.district_id, "id": _result_id(number, place),
                "student_id": identity(8, number), "assessment_id": ASSESSMENTS[sitting, grade],
                "program_id": PROGRAM_IDS[sitting.program], "subject_id": SUBJECTS[sitting.subject],
                "interim": interim, "school_id": school.id, "school_year": sitting.school_year,
                "current_district_id": school.district_id, "current_school_id": school.id,
                "opportunity_id": f"{number}-{place}", "session": f"session-{number % 40}",
                "completed_at": completed, "status_at": completed,
                "manner": "STANDARDIZED" if interim else None, "validity": None if interim else "VALID",
                "completeness": "COMPLETE", "scale_score": score, "standard_error": 20.0 + (number + place) % 30 / 2,
                "level": min(levels, 1 + sum(score >= cut for cut in CUTS)), "unscored_reason": None, "latest": True,
                **demographics,
            }  # fmt: skip


def _sub_scores(school: School) -> Rows:
    for number in school.students:
        for place, sitting in enumerate(SITTINGS):
            for position, claim in enumerate(sitting.claims, start=1):
                yield {
                    "district_id": school.district_id, "result_id": _result_id(number, place),
                    "definition_id": DEFINITIONS[sitting.program, sitting.kind, claim],
                    "scale_score": _score(number, place + 100 * position),
                    "standard_error": 40.0 + (number + position) % 20 / 2,
                    "level": 1 + (number + place + position) % 3,
                }  # fmt: skip


def _result_id(number: int, place: int) -> int:
    return identity(9, number * len(SITTINGS) + place)


def _score(number: int, place: int) -> int:
    return LOWEST + (number * 7919 + place * 104_729) % (HIGHEST - LOWEST)


def _columns(row: models.Base) -> dict[str, Any]:
    table: Table = row.__table__  # type: ignore[assignment]
    return {column.key: getattr(row, column.key) for column in table.columns}
