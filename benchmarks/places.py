"""Where the measured world's students are: schools of uneven size, their groups, their teachers."""

from dataclasses import dataclass
from functools import cached_property

YEAR = 2026
GROUP = 28
SCHOOLS = (60, 60, 60, 60, 80, 80, 100, 100, 180, 220)
"""Students of each school of a district: elementary, middle and high schools."""


def identity(kind: int, number: int) -> int:
    """A 64-bit id of the length that ids made by the application have."""
    return kind << 52 | number


@dataclass(frozen=True, slots=True)
class Size:
    """How large a world is: 1,000 students a district."""

    districts: int


FULL, QUICK = Size(50), Size(5)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of consecutive students."""

    number: int
    id: int
    members: range


@dataclass(frozen=True)
class School:
    """A school and its students by number."""

    number: int
    district_number: int
    students: range

    @cached_property
    def id(self) -> int:
        return identity(7, self.number)

    @cached_property
    def district_id(self) -> int:
        return identity(6, self.district_number)

    @cached_property
    def district_code(self) -> str:
        return f"999{self.district_number:04d}0000000"

    @cached_property
    def code(self) -> str:
        return f"999{self.district_number:04d}{self.number + 1:07d}"

    @cached_property
    def name(self) -> str:
        return f"School {self.number}"

    @cached_property
    def teacher(self) -> str:
        """The login that every group of the school is assigned to."""
        return f"teacher.{self.number}@example.org"

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        whole = range(len(self.students) // GROUP)
        return tuple(
            Group(n + 1, identity(10, self.number * 100 + n), self.students[n * GROUP : (n + 1) * GROUP]) for n in whole
        )

    def grade(self, student: int) -> str:
        """The grade of a student, by the kind of school."""
        place = self.number % len(SCHOOLS)
        grades = ("03", "04", "05") if place < 6 else ("06", "07", "08") if place < 8 else ("11",)
        return grades[student % len(grades)]

    def ssid(self, student: int) -> str:
        return f"{9_000_000_000 + student}"


def schools(size: Size) -> list[School]:
    """Every school of the world."""
    found, students = [], 0
    for number in range(size.districts * len(SCHOOLS)):
        count = SCHOOLS[number % len(SCHOOLS)]
        found.append(School(number, number // len(SCHOOLS), range(students, students + count)))
        students += count
    return found


def schools_beside(school: School) -> tuple[School, ...]:
    """The two largest schools of a large school's district, itself included: high schools with over 100 students."""
    smaller = range(school.students.start - SCHOOLS[-2], school.students.start)
    return School(school.number - 1, school.district_number, smaller), school


def measured(size: Size) -> School:
    """The school whose teacher asks: a high school with seven groups, in the middle of the world."""
    return schools(size)[size.districts // 2 * len(SCHOOLS) + len(SCHOOLS) - 1]
