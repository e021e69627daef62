"""The fictitious districts and schools: those that `data/sandbox.json` describes, and as many more as asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, zip_longest
from typing import Any

from models import District, School
from seeds.data import read
from seeds.factories import DistrictFactory, SchoolFactory

GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
FEWEST_A_GRADE = 10
MOST_DISTRICTS = 9000


@dataclass(frozen=True)
class Place:
    """Schools that students grow up through, from one to the next: a whole district, or a campus of a large one."""

    district: District
    schools: Mapping[str, School]
    """By grade."""
    kinds: Mapping[int, str]
    """School id -> kind, such as MIDDLE."""
    students_per_grade: int

    @property
    def cohorts(self) -> list[int]:
        """The students who grow up together, by their place in GRADES in the last year; one more left a year ago."""
        years = read("sandbox")["school_years"]
        possible = range(len(GRADES) + 1)
        return [at for at in possible if any(grade_of(at, year) in self.schools for year in years)]

    @property
    def students(self) -> int:
        """How many students are of this place, now or in an earlier year."""
        return self.students_per_grade * len(self.cohorts)


def grade_of(cohort: int, school_year: int) -> str:
    """The grade of a cohort in a school year; empty = not at school."""
    place = cohort - (read("sandbox")["school_years"][-1] - school_year)
    return GRADES[place] if 0 <= place < len(GRADES) else ""


def places(districts: int | None = None, students: int | None = None) -> list[Place]:
    """The described districts, and further ones up to `districts` with `students` in all; ids count from 1.

    Raises ValueError naming what cannot be.
    """
    described = read("sandbox")["districts"]
    ids = count(1)
    found = [_described(number, row, ids) for number, row in enumerate(described, 1)]
    if districts is None and students is None:
        return found
    return [*found, *_further(districts, students, found, ids)]


def regions(land: list[Place]) -> list[tuple[Place, ...]]:
    """Places whose students move to one another's schools and nowhere else: campuses of two districts, side by side."""
    by_district: dict[int, list[Place]] = {}
    for place in land:
        by_district.setdefault(place.district.id, []).append(place)
    campuses = list(by_district.values())
    pairs = (zip_longest(*campuses[start : start + 2]) for start in range(0, len(campuses), 2))
    return [tuple(place for place in side_by_side if place) for pair in pairs for side_by_side in pair]


def _described(number: int, row: Mapping[str, Any], ids: Iterator[int]) -> Place:
    district = DistrictFactory.build(id=number, natural_id=row["code"], name=row["name"])
    schools: dict[str, School] = {}
    kinds: dict[int, str] = {}
    for part in row["schools"]:
        school = SchoolFactory.build(id=next(ids), natural_id=part["code"], name=part["name"], district=district)
        schools |= dict.fromkeys(part["grades"], school)
        kinds[school.id] = part["kind"]
    return Place(district, schools, kinds, row["students_per_grade"])


def _further(districts: int | None, students: int | None, found: list[Place], ids: Iterator[int]) -> Iterator[Place]:
    """Districts beyond the described ones, all of the same size."""
    taken = sum(place.students for place in found)
    more = (districts or 0) - len(found)
    if not 1 <= more <= MOST_DISTRICTS:
        raise ValueError(f"districts: {districts} is not from {len(found) + 1} to {len(found) + MOST_DISTRICTS}")
    each = ((students or 0) - taken) / more
    campuses = max(1, round(each / read("sandbox")["more_districts"]["campus_students"]))
    per_grade = round(each / campuses / (len(GRADES) + 1))
    if per_grade < FEWEST_A_GRADE:
        least = taken + more * FEWEST_A_GRADE * (len(GRADES) + 1)
        raise ValueError(f"students: {students} are too few for {districts} districts; {least} are enough")
    for number in range(len(found) + 1, districts + 1 if districts else 0):
        yield from _district(number, campuses, per_grade, ids)


def _district(number: int, campuses: int, per_grade: int, ids: Iterator[int]) -> Iterator[Place]:
    rules = read("sandbox")["more_districts"]
    district = DistrictFactory.build(
        id=number, natural_id=f"999{1000 + number}0000000", name=f"{_name(number)} Unified"
    )
    codes = count(1)
    for campus in range(campuses):
        schools: dict[str, School] = {}
        kinds: dict[int, str] = {}
        for part in rules["schools"]:
            school = SchoolFactory.build(
                id=next(ids), district=district, number=next(codes), name=f"{_name(number + 7 * campus)} {part['name']}"
            )
            schools |= dict.fromkeys(part["grades"], school)
            kinds[school.id] = part["kind"]
        yield Place(district, schools, kinds, per_grade)


def _name(number: int) -> str:
    """Two words; the same pair comes back after all pairs were used, with a numeral."""
    rules = read("sandbox")["more_districts"]
    firsts, seconds = rules["first_words"], rules["second_words"]
    again = number // (len(firsts) * len(seconds))
    pair = f"{firsts[number % len(firsts)]} {seconds[number % len(seconds)]}"
    return f"{pair} {again + 1}" if again else pair
