"""Which results: those of a student, a group, a school, or all that the viewer may see; and what hangs under one."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Select, and_, not_, select, true, type_coerce

import models
from models.reference import Assessment, Item, Level, Reference, Target
from resolvers.engine.answers import Lookup, Sort
from resolvers.engine.ask import Ask, Parent, row_of
from resolvers.filters import (
    DEMOGRAPHIC_CONDITIONS,
    Condition,
    Predicate,
    by_code,
    by_column,
    by_enum,
    combined,
    compared,
)

Result = models.Result


def _of_assessment(column: ColumnElement[Any]) -> Callable[[Ask, FromClause], ColumnElement[Any]]:
    """A column of the result's assessment, for filters and orders."""
    return lambda _ask, row: (
        select(column).where(models.Assessment.id == row.c.assessment_id).correlate(row).scalar_subquery()
    )


ORDERS = {
    "COMPLETED_AT": Sort("completed_at"),
    "SCHOOL_YEAR": Sort("school_year"),
    "SCALE_SCORE": Sort("scale_score", nullable=True),
    "LEVEL": Sort("level", nullable=True),
    "ASSESSMENT": Sort(_of_assessment(row_of(models.Assessment).c.sort_key)),
}


def _by_assessment(column: str) -> Condition:
    def condition(ask: Ask, row: FromClause, operators: Any) -> Predicate:
        subject = row_of(models.Assessment).c[column]
        matching = (
            ask.among(subject, [value.name for value in operators])
            if isinstance(operators, list)
            else compared(ask, subject, operators)
        )
        return row.c.assessment_id.in_(select(models.Assessment.id).where(matching))

    return condition


def _tested_elsewhere(ask: Ask, row: FromClause, choice: Any) -> Predicate:
    elsewhere = ask.rules.tested_elsewhere(row)
    choices: dict[str, Predicate] = {"INCLUDE": true(), "EXCLUDE": not_(elsewhere), "ONLY": elsewhere}
    return choices[str(choice.name)]


def tested_elsewhere(ask: Ask, row: FromClause) -> ColumnElement[bool]:
    """Whether it was taken outside the viewer's schools, as a value to be read (a negation alone has no type)."""
    return type_coerce(ask.rules.tested_elsewhere(row), Boolean())


CONDITIONS: Mapping[str, Condition] = {
    "school_year": by_column("school_year"),
    "subject": by_code(models.Subject, "code", "subject_id"),
    "program": by_code(models.Program, "code", "program_id"),
    "school": by_code(models.School, "natural_id", "school_id"),
    "assessment": _by_assessment("natural_id"),
    "kind": _by_assessment("kind"),
    "grade": _by_assessment("grade"),
    "completed_at": by_column("completed_at"),
    "scale_score": by_column("scale_score"),
    "level": by_column("level"),
    "session": by_column("session"),
    "manner": by_enum("manner"),
    "validity": by_enum("validity"),
    "completeness": by_enum("completeness"),
    "tested_elsewhere": _tested_elsewhere,
    **DEMOGRAPHIC_CONDITIONS,
}


def all_results(ask: Ask, filter: Any = None) -> Select[Any]:
    return _matching(ask, select(Result), filter)


def results_of_student(ask: Ask, student: Parent, filter: Any = None) -> Select[Any]:
    return _matching(ask, select(Result).where(Result.student_id == student.id), filter)


def latest_of_student(ask: Ask, student: Parent, subject: Any, kind: Any = None) -> Select[Any]:
    """The student's results in a subject, of one kind of assessment where one is given."""
    of_subject = select(models.Subject.id).where(models.Subject.code == subject).scalar_subquery()
    found = select(Result).where(Result.student_id == student.id, Result.subject_id == of_subject)
    if kind is None:
        return found
    of_kind = select(models.Assessment.id).where(models.Assessment.kind == kind.name)
    return found.where(Result.assessment_id.in_(of_kind))


def results_of_school(ask: Ask, school: Parent, filter: Any = None) -> Select[Any]:
    return _matching(ask, select(Result).where(Result.school_id == school.id), filter)


def results_of_group(ask: Ask, group: Parent, filter: Any = None) -> Select[Any]:
    """Results of the group's members, in the group's subject where it has one."""
    member = models.GroupMember
    found = select(Result).join(member, member.student_id == Result.student_id)
    found = found.join(models.Group, _same_group(member)).where(
        member.district_id == group.district_id,
        member.group_id == group.id,
        (models.Group.subject_id.is_(None)) | (models.Group.subject_id == Result.subject_id),
    )
    return _matching(ask, found, filter)


def _same_group(member: Any) -> ColumnElement[bool]:
    return and_(models.Group.district_id == member.district_id, models.Group.id == member.group_id)


def _matching(ask: Ask, results: Select[Any], filter: Any) -> Select[Any]:
    return results.where(combined(ask, row_of(Result), filter, CONDITIONS))


def sub_scores_of_result(ask: Ask, result: Parent, kind: Any = None) -> Select[Any]:
    found = _parts(models.SubScore, result)
    if kind is None:
        return found
    wanted = [d.id for d in ask.reference.sub_scores.values() if d.kind == kind.name]
    return found.where(ask.among(row_of(models.SubScore).c.definition_id, wanted))


def trait_scores_of_result(ask: Ask, result: Parent) -> Select[Any]:
    return _parts(models.TraitScore, result)


def target_scores_of_result(ask: Ask, result: Parent) -> Select[Any]:
    return _parts(models.TargetScore, result)


def item_responses_of_result(ask: Ask, result: Parent) -> Select[Any]:
    return _parts(models.ItemResponse, result)


def _parts(model: Any, result: Parent) -> Select[Any]:
    """What belongs to a result, of one kind."""
    return select(model).where(model.district_id == result.district_id, model.result_id == result.id)


def level_of_result(reference: Reference, assessment_id: int, level: int) -> Level | None:
    """The level with the label set of the assessment's program and year."""
    return _numbered(reference.assessments[assessment_id].levels, level)


def level_of_sub_score(reference: Reference, definition_id: int, level: int) -> Level | None:
    return _numbered(reference.sub_scores[definition_id].levels, level)


def target_of_score(reference: Reference, target_id: int) -> Target:
    return reference.targets[target_id]


def item_of_response(reference: Reference, item_id: int) -> Item:
    return reference.items[item_id]


def assessment_of_result(reference: Reference, assessment_id: int) -> Assessment:
    return reference.assessments[assessment_id]


def definition(name: str) -> Lookup:
    """A field of a sub-score's definition."""
    return Lookup(
        ("definition_id",), lambda reference, definition_id: getattr(reference.sub_scores[definition_id], name)
    )


def off_grade(reference: Reference, assessment_id: int, enrolled_grade: str) -> bool:
    """Whether the assessment is of another grade than the student was enrolled in."""
    grade = reference.assessments[assessment_id].grade
    return grade != enrolled_grade and not (grade == "HS" and enrolled_grade in ("09", "10", "11", "12"))


BAND = ("scale_score", "standard_error")


def band_low(scale_score: int, standard_error: float) -> int:
    """Scale points."""
    return round(scale_score - standard_error)


def band_high(scale_score: int, standard_error: float) -> int:
    """Scale points."""
    return round(scale_score + standard_error)


def correctness(points: float, max_points: int) -> float | None:
    """Share of the points earned, 0 to 1; null for an item without points."""
    return round(points / max_points, 4) if max_points else None


def _numbered(levels: tuple[Level, ...], number: int) -> Level | None:
    return next((level for level in levels if level.number == number), None)
