"""Student groups: classes assigned to teachers, with a few members still pending, and custom groups of teachers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from random import Random

from models import Base, Group, GroupEducator, GroupMember, PendingMember, Subject
from seeds.chance import chance
from seeds.classes import SchoolClass
from seeds.data import read
from seeds.factories import GroupFactory, columns
from seeds.people import Person
from seeds.results import Row

ASSIGNED = (8, 20)
PICKED = (10, 6)


class Groups:
    """Makes groups of classes; ids count from 1, and teachers are hired as classes need them."""

    def __init__(self, subjects: Mapping[str, Subject], seed: int) -> None:
        self._subjects = subjects
        self._seed = seed
        self._numbers = count(1)
        self._assigned = 0
        self._staff = Staff(chance(seed, "staff"))

    def rows(self, classes: Iterable[SchoolClass]) -> Iterator[tuple[type[Base], Row]]:
        """The groups of those classes that are one, and what hangs on them."""
        rules = read("teaching")
        for school_class in filter(has_group, classes):
            self._assigned += 1
            logins = [self._staff.teacher_of(school_class)]
            if self._assigned % rules["groups"]["second_educator_every"] == 0:
                logins.append(self._staff.hire())
            group = self._assigned_group(school_class)
            yield from _stored(group, school_class.students, logins)
            if self._assigned % rules["groups"]["pending_members_every"] == 0:
                yield PendingMember, _of(group, ssid=f"98{self._assigned:08d}")
            if self._assigned % rules["custom_groups"]["every"] == 0 and school_class.school_year == _this_year():
                yield from self._custom_group(school_class, group, logins[0])

    def _assigned_group(self, school_class: SchoolClass) -> Group:
        return GroupFactory.build(
            id=next(self._numbers),
            school=school_class.school,
            subject=self._subject(school_class),
            name=group_name(school_class),
            school_year=school_class.school_year,
            created_at=datetime(school_class.school_year - 1, *ASSIGNED, tzinfo=UTC),
        )

    def _custom_group(self, school_class: SchoolClass, group: Group, owner: str) -> Iterator[tuple[type[Base], Row]]:
        """Students whom the teacher of a class picked for a group of the teacher's own."""
        rules = read("teaching")["custom_groups"]
        random = chance(self._seed, "custom groups", group.id)
        picked = random.sample(school_class.students, min(len(school_class.students), random.randint(*rules["size"])))
        custom = GroupFactory.build(
            id=next(self._numbers),
            kind="CUSTOM",
            district_id=group.district_id,
            school_id=None,
            subject=self._subject(school_class),
            name=random.choice(rules["names"][school_class.subject or ""]),
            school_year=school_class.school_year,
            owner_login=owner,
            created_at=datetime(school_class.school_year - 1, *PICKED, tzinfo=UTC),
        )
        yield from _stored(custom, picked, [])

    def _subject(self, school_class: SchoolClass) -> Subject | None:
        return self._subjects[school_class.subject] if school_class.subject else None


def has_group(school_class: SchoolClass) -> bool:
    """Classes of this school year are groups, and some of earlier years."""
    described = {
        "school_year": school_class.school_year,
        "school": school_class.rule["school"],
        "grade": school_class.grades[0],
    }
    return school_class.school_year == _this_year() or described in read("teaching")["groups"]["of_earlier_years"]


def group_name(school_class: SchoolClass) -> str:
    """Such as `Grade 7 Math, Section 3`, `Kindergarten, Section 1` or `Grades K-2 ELD, Section 1`."""
    grades = ["K" if grade == "KG" else str(int(grade)) for grade in school_class.grades]
    if len(grades) > 1:
        name = f"Grades {grades[0]}-{grades[-1]}"
    else:
        name = "Kindergarten" if grades == ["K"] else f"Grade {grades[0]}"
    subject = f" {read('teaching')['groups']['spoken'][school_class.subject]}" if school_class.subject else ""
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
            sections = school_class.rule.get("sections", read("teaching")["groups"]["sections_per_teacher"])
            department = (school_class.school.id, school_class.subject)
            post = (*department, self._sections[department] // sections)
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


def _stored(group: Group, students: Sequence[Person], logins: Sequence[str]) -> Iterator[tuple[type[Base], Row]]:
    yield Group, columns(group)
    for person in students:
        yield GroupMember, _of(group, student_id=person.id)
    for login in logins:
        yield GroupEducator, _of(group, login=login)


def _of(group: Group, **values: object) -> Row:
    return {"district_id": group.district_id, "group_id": group.id, **values}


def _this_year() -> int:
    return int(read("sandbox")["school_years"][-1])
