"""Who takes which test when, and what came of it but for the score: a class takes its interims together, a grade its
summatives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from seeds.assessments import Catalogue, GivenTest
from seeds.chance import school_day, weekday
from seeds.classes import SchoolClass
from seeds.data import read
from seeds.people import Person
from seeds.places import GRADES

HIGH_SCHOOL = ("09", "10", "11", "12")


@dataclass(frozen=True, slots=True)
class Sitting:
    """One student completes one assessment."""

    person: Person
    test: GivenTest
    completed_at: datetime
    status_at: datetime
    session: str | None
    """Interims only."""
    scored: bool
    complete: bool
    regular: bool
    """Standardized (interims) or valid (summatives)."""

    @property
    def counts(self) -> bool:
        """Whether reports count it by default."""
        return self.scored and self.complete and self.regular


def summative_sittings(
    people: Sequence[Person], rule: Mapping[str, Any], program: str, school_year: int, tests: Catalogue, random: Random
) -> Iterator[Sitting]:
    """Everybody of one grade who takes a summative, a number of students a day."""
    takers = [person for person in people if person.matches(rule["students"], school_year)]
    for start in range(0, len(takers), read("testing")["students_a_day"]):
        day = school_day(random, school_year, rule["window"])
        for person in takers[start : start + read("testing")["students_a_day"]]:
            grade = _tested(program, rule, person, school_year, tests)
            for test in tests.given(program, "SUMMATIVE", grade, school_year):
                if random.random() < rule["taken"]:
                    yield _sitting(person, test, _made_up(day, random), None, random)


def interim_sittings(
    school_class: SchoolClass, rule: Mapping[str, Any], tests: Catalogue, random: Random
) -> Iterator[Sitting]:
    """The sittings of a class at the interims of one line of `data/testing.json`."""
    year = school_class.school_year
    for grade in school_class.grades:
        students = [
            person
            for person in school_class.students
            if person.grade(year) == grade and person.matches(rule["students"], year)
        ]
        for test in _drawn(rule, grade, year, tests, random) if students else ():
            yield from _together(students, test, rule, random)


def _tested(program: str, rule: Mapping[str, Any], person: Person, school_year: int, tests: Catalogue) -> str:
    """The grade of the test that a student takes; empty = none."""
    grade = person.grade(school_year)
    if grade not in HIGH_SCHOOL or tests.given(program, "SUMMATIVE", grade, school_year):
        return grade
    once = rule.get("high_school") == "ONCE"
    return "" if once and grade != person.background.science_grade else "HS"


def _drawn(rule: Mapping[str, Any], grade: str, year: int, tests: Catalogue, random: Random) -> list[GivenTest]:
    """The tests a class takes: of its grade, now and then of the grade before."""
    tested = grade
    if grade > "03" and grade <= "08" and random.random() < rule.get("off_grade", 0):
        tested = GRADES[GRADES.index(grade) - 1]
    offered = [test for kind in rule["kinds"] for test in _offered(rule["program"], kind, tested, year, tests)]
    return random.sample(offered, min(len(offered), random.choice(rule["per_class"])))


def _offered(program: str, kind: str, grade: str, year: int, tests: Catalogue) -> list[GivenTest]:
    """High school takes forms of its own where its grade has none; grade 12 takes none of Smarter Balanced's."""
    own = tests.given(program, kind, grade, year)
    others = grade in HIGH_SCHOOL[:-1] and tests.given(program, kind, "HS", year)
    return own or others or []


def _together(
    students: Sequence[Person], test: GivenTest, rule: Mapping[str, Any], random: Random
) -> Iterator[Sitting]:
    """On one day, but for those who make up for it within a week; some repeat an interim weeks later."""
    start = school_day(random, test.assessment.school_year, rule["window"])
    first, second = _session(random), _session(random)
    for person in students:
        if random.random() < rule["taken"]:
            yield _sitting(person, test, _made_up(start, random), first, random)
            if random.random() < read("testing")["repeated"]:
                yield _sitting(person, test, _later(start, random.randint(14, 28), random), second, random)


def _sitting(person: Person, test: GivenTest, at: datetime, session: str | None, random: Random) -> Sitting:
    rates = read("testing")
    scored = random.random() >= rates["unscored"]
    irregular = rates["nonstandardized"] if session else rates["invalid"]
    return Sitting(
        person=person,
        test=test,
        completed_at=at,
        status_at=at + timedelta(days=random.randint(1, 9)),
        session=session,
        scored=scored,
        complete=scored and random.random() >= rates["partial"],
        regular=random.random() >= irregular,
    )


def _made_up(day: datetime, random: Random) -> datetime:
    return _later(day, random.randint(1, 5) if random.random() < read("testing")["made_up"] else 0, random)


def _later(start: datetime, days: int, random: Random) -> datetime:
    return weekday(start + timedelta(days=days)) + timedelta(minutes=random.randint(0, 50))


def _session(random: Random) -> str:
    return f"{''.join(random.choices('ABCDEFGHKLMNPRSTUVWXYZ', k=3))}-{random.randrange(16**4):04x}"
