"""The fictitious students: who they are, where they went to school each year, what they can do.

Ability is a standard normal number per subject that stays; `seeds.standings` makes places among their grade of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from models import School
from models.base import sort_key
from seeds.background import Background, draw_background
from seeds.chance import chance, weighted
from seeds.data import read
from seeds.places import Place, grade_of

END_OF_YEAR = (6, 12)


@dataclass(frozen=True, eq=False, slots=True)
class Person:
    """A student through the school years."""

    id: int
    ssid: str
    names: tuple[str, str | None, str]
    birthday: date
    background: Background
    cohort: int
    ability: Mapping[str, float]
    enrolments: Mapping[int, tuple[str, School]]
    """School year -> grade and school; a year without one was spent outside both districts."""

    def grade(self, school_year: int) -> str:
        """The grade in a school year of attendance."""
        return self.enrolments[school_year][0]

    def demographics(self, school_year: int) -> dict[str, Any]:
        """The demographic columns as they were in a school year of attendance."""
        return self.background.in_grade(self.grade(school_year))

    def matches(self, traits: Mapping[str, bool], school_year: int) -> bool:
        """Whether all of it was true in a school year of attendance."""
        own = self.background.traits(self.grade(school_year))
        return all(own[name] == value for name, value in traits.items())


def people_of(region: Sequence[Place], ids: Iterator[int], seed: int) -> list[Person]:
    """Every student of a region, place by place and cohort by cohort up to the one that left grade 12 a year ago."""
    everybody = (
        _person(next(ids), home, away, cohort, seed)
        for home, away in zip(region, [*region[1:], region[0]], strict=True)
        for cohort in home.cohorts
        for _ in range(home.students_per_grade)
    )
    return [person for person in everybody if person.enrolments]


def student_row(person: Person) -> dict[str, Any]:
    """The student row: latest known demographics, current place."""
    last = max(person.enrolments)
    first, middle, family = person.names
    return {
        "id": person.id,
        "ssid": person.ssid,
        "first_name": first,
        "middle_name": middle,
        "last_name": family,
        "sort_key": sort_key(family, first, middle),
        "birthday": person.birthday,
        "known_at": datetime(last, *END_OF_YEAR, tzinfo=UTC),
        **current_place(person),
        **person.demographics(last),
    }


def current_place(person: Person) -> dict[str, Any]:
    """The columns that say where a student is now, on the student and on each result."""
    _, school = person.enrolments.get(read("sandbox")["school_years"][-1], ("", None))
    return {
        "current_district_id": school.district_id if school else None,
        "current_school_id": school.id if school else None,
    }


def _person(number: int, home: Place, away: Place, cohort: int, seed: int) -> Person:
    random = chance(seed, "person", number)
    background = draw_background(random, chance(seed, "needs", number))
    return Person(
        id=number,
        ssid=f"99{(number * 48271 + 12345) % 10**8:08d}",
        names=_names(random, background.gender),
        birthday=_birthday(random, cohort),
        background=background,
        cohort=cohort,
        ability=_ability(chance(seed, "ability", number)),
        enrolments=dict(_enrolments(random, home, away, cohort)),
    )


def _ability(random: Random) -> dict[str, float]:
    """Standard normal numbers by subject that have a part in common."""
    rules = read("testing")["scores"]
    share = rules["subject_share_of_ability"]
    general = random.gauss(0, 1)
    return {name: (1 - share) ** 0.5 * general + share**0.5 * random.gauss(0, 1) for name in rules["subjects"]}


def _enrolments(random: Random, home: Place, away: Place, cohort: int) -> Iterator[tuple[int, tuple[str, School]]]:
    """One grade a year, at home but for moves; who outgrows one district goes on in the other."""
    years = read("sandbox")["school_years"]
    moves = read("sandbox")["moves"]
    fate = weighted(random, moves | {"stayed": 1 - sum(moves.values())})
    turn = random.choice(years[1:])
    for year in years:
        grade = grade_of(cohort, year)
        elsewhere = (fate == "came" and year < turn) or (fate == "went" and year >= turn)
        first, second = (away, home) if elsewhere else (home, away)
        school = first.schools.get(grade) or second.schools.get(grade)
        if school and not (fate == "left" and year >= turn):
            yield year, (grade, school)


def _names(random: Random, gender: str) -> tuple[str, str | None, str]:
    names = read("names")
    given = names["any"] + names.get(gender.lower(), [])
    first, second = random.sample(given, 2)
    return first, second if random.random() < 0.3 else None, random.choice(names["family"])


def _birthday(random: Random, cohort: int) -> date:
    """Five years old by the first of September of the kindergarten year."""
    last_year = read("sandbox")["school_years"][-1]
    return date(last_year - 7 - cohort, 9, 2) + timedelta(days=random.randrange(365))
