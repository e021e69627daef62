"""Which assessments and programs there are: reference data, open to everybody."""

from typing import Any

from sqlalchemy import Select, select

import models
from models.reference import Level, Program, SubScoreDefinition
from policies.scope import Scope
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask, row_of
from resolvers.filters import Condition, by_code, by_column, by_enum, combined

Assessment = models.Assessment

ORDERS = {
    "LABEL": Sort("sort_key"),
    "SCHOOL_YEAR": Sort("school_year"),
    "NATURAL_ID": Sort("natural_id"),
}


CONDITIONS: dict[str, Condition] = {
    "school_year": by_column("school_year"),
    "subject": by_code(models.Subject, "code", "subject_id"),
    "program": by_code(models.Program, "code", "program_id"),
    "grade": by_column("grade"),
    "kind": by_enum("kind"),
    "natural_id": by_column("natural_id"),
}


def all_assessments(ask: Ask, filter: Any = None) -> Select[Any]:
    return select(Assessment).where(combined(ask, row_of(Assessment), filter, CONDITIONS))


def all_programs(scope: Scope) -> list[Program]:
    """Every program, by code."""
    return list(scope.reference.programs.values())


def levels_of_program(program: Program, school_year: int, kind: Any = None) -> list[Level]:
    """The levels of the program's overall score in a school year; of its first kind unless one is named."""
    name = kind.name if kind is not None else program.kinds[0]
    for label_kind, first, last, levels in program.labels:
        if label_kind == name and first <= school_year <= (last or school_year):
            return list(levels)
    return []


def sub_scores_of_program(program: Program, school_year: int) -> list[SubScoreDefinition]:
    """The sub-scores that the program's blueprint of a school year has."""
    return [d for d in program.sub_scores if d.first_year <= school_year <= (d.last_year or school_year)]
