"""Who sits in a class together in a school year: classes take interims together and become student groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from models import School
from seeds.assessments import SUBJECTS
from seeds.chance import chance
from seeds.data import read
from seeds.people import Person


@dataclass(frozen=True)
class SchoolClass:
    """The students of one section; subject null = all subjects."""

    school_year: int
    school: School
    grades: tuple[str, ...]
    subject: str | None
    section: int
    together: bool
    """The class stays together, with one teacher, in every subject."""
    students: Sequence[Person]

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the class from every other."""
        return self.school_year, self.school.natural_id, *self.grades, self.subject, self.section

    @property
    def subjects(self) -> Sequence[str]:
        """The subjects taught in this class."""
        return (self.subject,) if self.subject else SUBJECTS


def classes_of(people: Sequence[Person], school_year: int, seed: int) -> Iterator[SchoolClass]:
    """Every class of a school year, as `data/sandbox.json` says which grades learn what together."""
    enrolled: dict[tuple[str, str], list[Person]] = {}
    for person in people:
        if school_year in person.enrolments:
            grade, school = person.enrolments[school_year]
            enrolled.setdefault((school.natural_id, grade), []).append(person)
    for rule in read("sandbox")["classes"]["taught"]:
        grades = tuple(rule["grades"])
        students = [person for grade in grades for person in enrolled.get((rule["school"], grade), [])]
        for subject in rule["subjects"]:
            mixed = "" if rule["together"] else subject
            random = chance(seed, "classes", school_year, rule["school"], *grades, mixed)
            for section, members in enumerate(_sections(students, random), 1):
                school = members[0].enrolments[school_year][1]
                yield SchoolClass(school_year, school, grades, subject, section, rule["together"], members)


def _sections(students: Sequence[Person], random: Random) -> list[list[Person]]:
    """Sections of about equal size, shuffled."""
    number = max(1, round(len(students) / read("sandbox")["classes"]["size"]))
    shuffled = random.sample(students, len(students))
    return [section for start in range(number) if (section := shuffled[start::number])]
