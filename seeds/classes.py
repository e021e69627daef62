"""Who sits in a class together in a school year: classes take interims together and become student groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from models import School
from seeds.chance import chance
from seeds.data import read
from seeds.people import Person
from seeds.places import Place


@dataclass(frozen=True)
class SchoolClass:
    """The students of one section; subject null = all subjects."""

    school_year: int
    school: School
    grades: tuple[str, ...]
    subject: str | None
    section: int
    rule: Mapping[str, Any]
    """The line of `data/teaching.json` that the class comes from."""
    students: Sequence[Person]

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the class from every other."""
        return self.school_year, self.school.natural_id, *self.grades, self.subject, self.section

    @property
    def subjects(self) -> Sequence[str]:
        """The subjects whose interims this class takes."""
        return (self.subject,) if self.subject else self.rule.get("tests", ())

    @property
    def together(self) -> bool:
        """Whether it is one class, with one teacher, in every subject."""
        return bool(self.rule.get("together"))


def classes_of(region: Sequence[Place], people: Sequence[Person], school_year: int, seed: int) -> Iterator[SchoolClass]:
    """Every class of a region's schools in a school year, as `data/teaching.json` says which grades learn what."""
    enrolled: dict[tuple[int, str], list[Person]] = {}
    for person in people:
        if school_year in person.enrolments:
            grade, school = person.enrolments[school_year]
            enrolled.setdefault((school.id, grade), []).append(person)
    for place in region:
        schools = {school.id: school for school in place.schools.values()}
        for rule in read("teaching")["taught"]:
            for school in (school for school in schools.values() if place.kinds[school.id] == rule["school"]):
                students = [
                    person
                    for grade in rule["grades"]
                    for person in enrolled.get((school.id, grade), [])
                    if person.matches(rule.get("only", {}), school_year)
                ]
                if students:
                    yield from _classes(school, rule, students, school_year, seed)


def _classes(
    school: School, rule: Mapping[str, Any], students: list[Person], school_year: int, seed: int
) -> Iterator[SchoolClass]:
    grades = tuple(rule["grades"])
    for subject in rule["subjects"]:
        mixed = "" if rule.get("together") else subject
        random = chance(seed, "classes", school_year, school.natural_id, *grades, mixed)
        for section, members in enumerate(_sections(students, random), 1):
            yield SchoolClass(school_year, school, grades, subject, section, rule, members)


def _sections(students: list[Person], random: Random) -> list[list[Person]]:
    """Sections of about equal size, shuffled."""
    number = max(1, round(len(students) / read("teaching")["class_size"]))
    shuffled = random.sample(students, len(students))
    return [section for start in range(number) if (section := shuffled[start::number])]
