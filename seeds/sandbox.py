"""The sandbox tenant: `build` fills an empty database with fictitious districts, the same every time."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models import Base, ItemResponse, Result, Student, SubScore, Tenant
from seeds.assessments import Catalogue, catalogue
from seeds.classes import SchoolClass, classes_of
from seeds.data import read
from seeds.factories import AvailabilityFactory, TenantFactory, store
from seeds.groups import group_rows
from seeds.people import people, student_row
from seeds.places import Place, places
from seeds.programs import Programs, all_programs
from seeds.responses import responses_of
from seeds.results import Row, results_of

BATCH = 20_000
Progress = Callable[[str, int, int], None]


def build(session: Session, seed: int = 2026, progress: Progress | None = None) -> None:
    """Fill an empty migrated database: same seed, same rows, on SQLite and PostgreSQL alike.

    `progress(stage, done, total)` hears of every batch of rows. Nothing is committed here: the caller's transaction
    holds all of it.
    """
    tell = progress or _unheard
    years = read("sandbox")["school_years"]
    land, programs = places(), all_programs()
    tests = catalogue(programs, seed)
    students = people(land, seed)
    classes = [school_class for year in years for school_class in classes_of(students, year, seed)]

    _store(session, "programs and assessments", reference_rows(land, programs, tests), tell)
    _insert(session, "students", Student, map(student_row, students), len(students), tell)
    groups = [school_class for school_class in classes if _has_group(school_class, years[-1])]
    _store(session, "student groups", list(group_rows(groups, programs.subjects, seed)), tell)
    results, sub_scores = results_of(classes, programs, tests, seed)
    _insert(session, "results", Result, results, len(results), tell)
    _insert(session, "claims and composites", SubScore, sub_scores, len(sub_scores), tell)
    answered = sum(len(tests.items.get(row["assessment_id"], [])) for row in results if row["level"])
    _insert(session, "item responses", ItemResponse, responses_of(results, tests, seed), answered, tell)


def reference_rows(land: Sequence[Place], programs: Programs, tests: Catalogue) -> list[Base]:
    """The tenant, its districts and schools, all programs, the assessments, what is released."""
    districts = {place.district.natural_id: place.district for place in land}
    schools = {school.id: school for place in land for school in place.schools.values()}
    return [
        tenant(),
        *districts.values(),
        *schools.values(),
        *programs.rows,
        *tests.rows,
        *(
            AvailabilityFactory.build(
                district=districts[row["district"]],
                program=programs.programs[row["program"]],
                **{name: row[name] for name in ("school_year", "individual", "aggregate")},
            )
            for row in read("sandbox")["availability"]
        ),
    ]


def tenant() -> Tenant:
    """The settings of the sandbox; its school year is a constant of the data set."""
    return TenantFactory.build(name="Sandbox", sandbox=True, school_year=read("sandbox")["school_years"][-1])


def _unheard(stage: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""


def _has_group(school_class: SchoolClass, school_year: int) -> bool:
    """Classes of this school year are groups, and some of earlier years."""
    earlier = read("sandbox")["classes"]["groups_of_earlier_years"]
    described = {
        "school_year": school_class.school_year,
        "school": school_class.school.natural_id,
        "grade": school_class.grades[0],
    }
    return school_class.school_year == school_year or described in earlier


def _store(session: Session, stage: str, rows: Sequence[Base], tell: Progress) -> None:
    tell(stage, 0, len(rows))
    store(session, *rows)
    session.expunge_all()
    tell(stage, len(rows), len(rows))


def _insert(session: Session, stage: str, model: type[Base], rows: Iterable[Row], total: int, tell: Progress) -> None:
    """Store rows of one table in batches, past the identity map."""
    done, waiting = 0, iter(rows)
    tell(stage, 0, total)
    while batch := list(islice(waiting, BATCH)):
        session.connection().execute(insert(model), batch)
        done += len(batch)
        tell(stage, done, total)
