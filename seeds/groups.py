"""Student groups: classes assigned to teachers, with a few members still pending."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from models import Base, Subject
from seeds.chance import chance
from seeds.classes import SchoolClass
from seeds.data import read
from seeds.factories import GroupEducatorFactory, GroupFactory, GroupMemberFactory, PendingMemberFactory

ASSIGNED = (8, 20)


def group_rows(classes: Sequence[SchoolClass], subjects: Mapping[str, Subject], seed: int) -> Iterator[Base]:
    """Every class as an assigned group with its members and teachers; ids count from 1."""
    rules = read("sandbox")["classes"]
    staff = Staff(chance(seed, "staff"))
    for number, school_class in enumerate(classes, 1):
        group = GroupFactory.build(
            id=number,
            school=school_class.school,
            subject=subjects[school_class.subject] if school_class.subject else None,
            name=group_name(school_class),
            school_year=school_class.school_year,
            created_at=datetime(school_class.school_year - 1, *ASSIGNED, tzinfo=UTC),
        )
        yield group
        for person in school_class.students:
            yield GroupMemberFactory.build(group=group, student_id=person.id)
        yield GroupEducatorFactory.build(group=group, login=staff.teacher_of(school_class))
        if number % rules["second_educator_every"] == 0:
            yield GroupEducatorFactory.build(group=group, login=staff.hire())
        if number % rules["pending_members_every"] == 0:
            yield PendingMemberFactory.build(group=group, ssid=f"98{number:08d}")


def group_name(school_class: SchoolClass) -> str:
    """Such as `Grade 7 Math, Section 3`, `Kindergarten, Section 1` or `Grades K-2, Section 1`."""
    grades = ["K" if grade == "KG" else str(int(grade)) for grade in school_class.grades]
    if len(grades) > 1:
        name = f"Grades {grades[0]}-{grades[-1]}"
    else:
        name = "Kindergarten" if grades == ["K"] else f"Grade {grades[0]}"
    subject = {"ELA": " ELA", "MATH": " Math", None: ""}[school_class.subject]
    return f"{name}{subject}, Section {school_class.section}"


class Staff:
    """The teachers, hired as classes need them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._logins: set[str] = set()
        self._teachers: dict[tuple[object, ...], str] = {}
        self._sections: Counter[tuple[object, ...]] = Counter()

    def teacher_of(self, school_class: SchoolClass) -> str:
        """The login of the class's teacher: of all its subjects, or of several sections of one subject."""
        if school_class.together:
            post: tuple[object, ...] = (school_class.school.id, school_class.grades, school_class.section)
        else:
            department = (school_class.school.id, school_class.subject)
            post = (*department, self._sections[department] // read("sandbox")["classes"]["sections_per_teacher"])
            self._sections[department] += 1
        if post not in self._teachers:
            self._teachers[post] = self.hire()
        return self._teachers[post]

    def hire(self) -> str:
        """A login that nobody has yet."""
        names = read("names")
        given = [name for kind in ("female", "male", "any") for name in names[kind]]
        while True:
            login = f"{self._random.choice(given)}.{self._random.choice(names['family'])}@example.org".lower()
            if login not in self._logins:
                self._logins.add(login)
                return login
