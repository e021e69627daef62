"""Which states of availability: of every summative assessment's school year and program in the viewer's districts.

A state without a row is LOADING; it is listed like the stored ones, so that nobody takes silence for release.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, cast, exists, func, literal, null, select, union_all
from sqlalchemy.orm import aliased

import models
from models.access import REPORTS
from models.reference import Program, Reference
from policies.gate import Admitted
from policies.permission import CHANGE_AVAILABILITY
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask, Parent, row_of
from resolvers.engine.level import Run
from resolvers.filters import Condition, by_code, by_column, by_enum, combined

Availability, Change = models.Availability, models.AvailabilityChange
KEY = ("school_year", "district_id", "program_id")


def _of(model: type[Any], column: str, key: str) -> Sort:
    """The order of a column of what a state is of."""
    of = row_of(model)
    return Sort(
        lambda _ask, row: select(of.c[column]).where(of.c.id == row.c[key]).correlate(row).scalar_subquery(),
    )


ORDERS = {
    "SCHOOL_YEAR": Sort("school_year"),
    "DISTRICT": _of(models.District, "sort_key", "district_id"),
    "PROGRAM": _of(models.Program, "code", "program_id"),
    "CHANGED_AT": Sort("changed_at", nullable=True),
}

CONDITIONS: Mapping[str, Condition] = {
    "school_year": by_column("school_year"),
    "district": by_code(models.District, "natural_id", "district_id"),
    "program": by_code(models.Program, "code", "program_id"),
    "individual": by_enum("individual"),
    "aggregate": by_enum("aggregate"),
}


def all_states(ask: Ask, filter: Any = None) -> Select[Any]:
    states = _states(ask)
    return select(states).where(combined(ask, row_of(states), filter, CONDITIONS))


def history_of_state(ask: Ask, state: Parent) -> Select[Any]:
    return select(Change).where(
        Change.school_year == state.school_year,
        Change.district_id == state.district_id,
        Change.program_id == state.program_id,
    )


def district_code(reference: Reference, district_id: int) -> str:
    return reference.districts[district_id].natural_id


def program_of_row(reference: Reference, program_id: int) -> Program:
    return reference.programs[program_id]


def program_code(reference: Reference, program_id: int) -> str:
    return reference.programs[program_id].code


@dataclass(frozen=True, slots=True)
class Unreleased:
    """States that hold results back from others, though not from the viewer."""

    school_year: int
    program: Program
    report: str
    status: str
    districts: int


async def unreleased(run: Run) -> list[Unreleased]:
    """What the viewer sees before others do: from grants and states alone, whether or not there are results."""
    if not run.scope.holds(CHANGE_AVAILABILITY):
        return []
    programs = run.scope.reference.programs
    return [
        Unreleased(year, programs[program], report, status, districts)
        for report in REPORTS
        for year, program, status, districts in await run.fetch(_counted(run, report.lower()), {})
    ]


def _counted(run: Run, report: str) -> Admitted:
    """School year, program, status and the number of districts, latest year first."""

    def make() -> Admitted:
        ask = Ask(run.gate.rules(run.scope.shape), run.scope.reference)
        row = row_of(_states(ask))
        of = (row.c.school_year, row.c.program_id, row.c[report])
        found = select(*of, func.count()).where(ask.rules.sees_unreleased(row, report)).group_by(*of)
        return run.gate.admit(found.order_by(row.c.school_year.desc(), row.c.program_id, row.c[report]), run.scope)

    return run.keep(("unreleased", report, run.scope.shape), make)


def _states(ask: Ask) -> Any:
    """Every state as if it had a row."""
    return aliased(Availability, union_all(select(Availability), _without_row(ask)).subquery("states"))


def _without_row(ask: Ask) -> Select[Any]:
    """LOADING, for districts in the scope of AVAILABILITY_READ and summative assessments that have no state yet."""
    district, assessment, state = row_of(models.District), row_of(models.Assessment), row_of(Availability)
    years = select(assessment.c.school_year, assessment.c.program_id).where(assessment.c.kind == "SUMMATIVE")
    tested = years.distinct().subquery("tested")
    stored = exists().where(
        state.c.school_year == tested.c.school_year,
        state.c.district_id == district.c.id,
        state.c.program_id == tested.c.program_id,
    )
    loading = literal("LOADING", state.c.individual.type)
    return select(
        tested.c.school_year,
        district.c.id,
        tested.c.program_id,
        loading,
        loading,
        cast(null(), state.c.changed_at.type),
        cast(null(), state.c.changed_by.type),
    ).where(ask.rules.reads_states(district.c.id), ~stored.correlate(district, tested))
