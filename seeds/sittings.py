"""Who takes which test when: a class takes its interims together, everybody the summatives of the grade."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from models import Assessment
from seeds.assessments import Catalogue
from seeds.chance import school_day, weekday
from seeds.classes import SchoolClass
from seeds.data import read
from seeds.people import Person
from seeds.places import GRADES


@dataclass(frozen=True)
class Sitting:
    """One student completes one assessment."""

    person: Person
    subject: str
    assessment: Assessment
    completed_at: datetime
    session: str | None
    """Interims only."""


def sittings_of(school_class: SchoolClass, catalogue: Catalogue, random: Random) -> Iterator[Sitting]:
    """Every sitting of a class in its school year."""
    rules = read("sandbox")["sittings"]
    for subject in school_class.subjects:
        for grade in school_class.grades:
            students = [
                person for person in school_class.students if person.enrolments[school_class.school_year][0] == grade
            ]
            for kind in ("SUMMATIVE", "ICA"):
                for assessment in catalogue.given(subject, kind, grade, school_class.school_year):
                    if random.random() < rules[kind]["classes"]:
                        yield from _sit(students, subject, assessment, rules[kind], random)
            for assessment in _blocks(catalogue, subject, grade, school_class.school_year, random):
                yield from _sit(students, subject, assessment, rules["blocks"], random)


def _blocks(catalogue: Catalogue, subject: str, grade: str, school_year: int, random: Random) -> list[Assessment]:
    """The blocks a class takes: of its grade, now and then of the grade before."""
    rules = read("sandbox")["sittings"]
    tested = "HS" if grade in ("09", "10", "11") else grade
    if "03" < tested <= "08" and random.random() < rules["off_grade_classes"]:
        tested = GRADES[GRADES.index(tested) - 1]
    offered = [row for kind in ("IAB", "FIAB") for row in catalogue.given(subject, kind, tested, school_year)]
    return random.sample(offered, min(len(offered), random.choice(rules["blocks"]["per_class"])))


def _sit(
    students: Sequence[Person], subject: str, assessment: Assessment, rule: dict[str, Any], random: Random
) -> Iterator[Sitting]:
    """On one day, but for those who make up for it within a week; some repeat an interim weeks later."""
    rates = read("sandbox")["sittings"]
    start = school_day(random, assessment.school_year, rule["window"])
    interim = assessment.kind != "SUMMATIVE"
    first, second = (_session(random), _session(random)) if interim else (None, None)
    for person in students:
        if random.random() < rule["taken"]:
            days = random.randint(1, 5) if random.random() < rates["made_up"] else 0
            yield Sitting(person, subject, assessment, _later(start, days, random), first)
            if interim and random.random() < rates["repeated"]:
                yield Sitting(person, subject, assessment, _later(start, random.randint(14, 28), random), second)


def _later(start: datetime, days: int, random: Random) -> datetime:
    return weekday(start + timedelta(days=days)) + timedelta(minutes=random.randint(0, 50))


def _session(random: Random) -> str:
    return f"{''.join(random.choices('ABCDEFGHKLMNPRSTUVWXYZ', k=3))}-{random.randrange(16**4):04x}"
