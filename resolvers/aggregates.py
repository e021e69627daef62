"""Aggregate reports: results counted by organization, assessment and one demographic, computed from the facts.

Population and defaults: product.md (Aggregates). Sums are mergeable, so every measure comes from n, sum, sum of squares
and level counts. Rows are shown inside the viewer's individual scope only; others are left out, and the report says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, bindparam, case, func, null, select, type_coerce

import models
from models.demographics import ETHNICITIES, reported_ethnicities
from models.reference import Assessment, District, Reference, School, State
from policies.availability import unreleased_districts
from policies.errors import BadInput, Forbidden
from policies.gate import Admitted
from policies.permission import INDIVIDUAL, Permission
from policies.reasons import Listed
from policies.scope import Scope
from resolvers.engine.ask import Ask, row_of
from resolvers.engine.level import Run
from resolvers.reasons import reason_in
from resolvers.summary import Sums

AGGREGATE = Permission.AGGREGATE_READ
MOST_ROWS = 20_000
MOST_LEVELS = 6
DIMENSIONS: Mapping[str, str] = {
    "GENDER": "gender",
    "ETHNICITY": "ethnicities",
    "ENGLISH_LEARNER": "english_learner",
    "ELAS": "elas",
    "PRIMARY_LANGUAGE": "primary_language",
    "IEP": "iep",
    "SECTION_504": "section504",
    "ECONOMIC_DISADVANTAGE": "economic_disadvantage",
    "MIGRANT": "migrant",
    "MILITARY": "military_connected",
    "ENROLLED_GRADE": "enrolled_grade",
}
"""Dimension -> demographic column."""
VALUES = {
    "GENDER": 3, "ETHNICITY": len(ETHNICITIES), "ELAS": 6, "PRIMARY_LANGUAGE": 70, "MILITARY": 5, "ENROLLED_GRADE": 14,
}  # fmt: skip
"""How many values a dimension has at most, for the estimate; 2 for the rest."""

Organization = State | District | School


@dataclass(frozen=True, slots=True)
class SubgroupValue:
    dimension: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a report."""

    organization: Organization
    assessment: Assessment
    subgroup: tuple[SubgroupValue, ...]
    sums: Sums

    @property
    def school_year(self) -> int:
        return self.assessment.school_year

    @property
    def summary(self) -> Any:
        return self.sums.summary(self.assessment.levels)

    def identity(self) -> tuple[Any, ...]:
        """What tells it from every other row, in reading order."""
        kind = (State, District, School).index(type(self.organization))
        labels = tuple((part.dimension, part.value) for part in self.subgroup)
        return (kind, self.organization.natural_id, -self.school_year, self.assessment.natural_id, labels)


@dataclass(frozen=True, slots=True)
class Coverage:
    unreleased_districts: int
    withheld: list[str]


@dataclass(frozen=True)
class Report:
    """A report that was asked for: its rows are read when they are selected."""

    estimated_rows: int
    rows: Sequence[Row]
    coverage: Coverage
    run: Run = field(repr=False)
    empty_reason: str | None = None
    """Why there are no rows, where there are none."""


@dataclass(frozen=True, slots=True)
class Question:
    """A checked request: organizations by kind, assessments, one break-down at a time, conditions."""

    organizations: Mapping[str, Sequence[Organization]]
    assessments: Sequence[Assessment]
    break_downs: Sequence[str | None]
    conditions: Mapping[str, Sequence[str]]
    withheld: Sequence[str]

    def estimate(self) -> int:
        """How many rows there are at most."""
        groups = sum(1 if dimension is None else VALUES.get(dimension, 2) for dimension in self.break_downs)
        return sum(map(len, self.organizations.values())) * len(self.assessments) * groups


async def aggregate_report(run: Run, selected: frozenset[str], input: Any) -> Report:
    """The report that `input` (AggregateReportInput) asks for. Reads results only where rows are selected."""
    question = _question(run, input)
    if question.estimate() > MOST_ROWS:
        raise BadInput(f"input: up to {question.estimate()} rows; at most {MOST_ROWS} are answered. Ask for less.")
    rows = await _rows(run, question) if "rows" in selected else []
    missing = await _unreleased(run, question) if "coverage" in selected else 0
    reason = await _why_no_rows(run, question) if "rows" in selected and not rows else None
    return Report(question.estimate(), rows, Coverage(missing, list(question.withheld)), run, reason)


async def _why_no_rows(run: Run, question: Question) -> str:
    asked = [assessment.id for assessment in question.assessments]
    return await reason_in(run, Listed.AGGREGATES, row_of(models.Assessment).c.id.in_(asked))


def _question(run: Run, input: Any) -> Question:
    reference = run.scope.reference
    ask = Ask(run.gate.rules(run.scope.shape), reference)
    kind = input.assessment_kind.name
    summative = kind == "SUMMATIVE"
    subjects = {_subject(reference, code) for code in input.subjects}
    assessments = [
        assessment
        for assessment in reference.assessments.values()
        if assessment.kind == kind
        and assessment.subject.id in subjects
        and assessment.school_year in input.school_years
        and assessment.grade in input.grades
    ]
    asked = _organizations(run.scope, input.organizations, summative=summative)
    shown = {level: [o for o in found if _in_full(run.scope, o, summative)] for level, found in asked.items()}
    withheld = [
        f"{level}: {len(found) - len(shown[level])} outside your individual results"
        for level, found in asked.items()
        if len(shown[level]) < len(found)
    ]
    conditions = {
        "completeness": _names(input.completeness, ["COMPLETE"]),
        ("validity" if summative else "manner"): (
            _names(input.validity, ["VALID"]) if summative else _names(input.manner, ["STANDARDIZED"])
        ),
    }
    return Question(shown, assessments, _break_downs(ask, input.break_down_by), conditions, withheld)


def _subject(reference: Reference, code: str) -> int:
    subject = reference.subject_by_code.get(code)
    if subject is None:
        raise BadInput(f"input.subjects: {code} is not a subject.")
    return subject.id


def _names(values: Any, default: Sequence[str]) -> Sequence[str]:
    return default if values is None else [value.name for value in values]


def _break_downs(ask: Ask, wanted: Sequence[Sequence[Any]]) -> list[str | None]:
    found: list[str | None] = []
    for combination in wanted:
        if len(combination) > 1:
            raise BadInput("input.breakDownBy: crossings of dimensions are not answered yet; give one at a time.")
        dimension = combination[0].name if combination else None
        if dimension is not None:
            ask.usable(DIMENSIONS[dimension], "input.breakDownBy")
        if dimension not in found:
            found.append(dimension)
    return found


def _organizations(scope: Scope, selection: Any, *, summative: bool) -> dict[str, list[Organization]]:
    """The organizations selected, each within AGGREGATE_READ; outside it and unknown read the same."""
    reference = scope.reference
    schools = [_school(scope, code, "schools") for code in selection.schools or ()]
    for code in selection.schools_of_districts or ():
        district = _district(scope, code, "schoolsOfDistricts")
        schools += [school for school in reference.schools.values() if school.district is district]
    districts = [_district(scope, code, "districts") for code in selection.districts or ()]
    if selection.all_districts:
        if not scope.reaches.get(AGGREGATE) or not scope.reaches[AGGREGATE].statewide:
            raise Forbidden("input.organizations.allDistricts: not in your scope.")
        districts += reference.districts.values()
    if selection.state and not summative:
        raise BadInput("input.organizations.state: the state row is for summative assessments.")
    states = [State(reference.tenant.state_code, reference.tenant.state_name)] if selection.state else []
    found: dict[str, list[Organization]] = {
        "schools": list(dict.fromkeys(schools)),
        "districts": list(dict.fromkeys(districts)),
        "state": list(states),
    }
    if not any(found.values()):
        raise BadInput("input.organizations: name at least one school, district or the state.")
    return found


def _school(scope: Scope, code: str, argument: str) -> School:
    school = scope.reference.school_by_code.get(code)
    if school is None or not scope.covers(AGGREGATE, school):
        raise Forbidden(f"input.organizations.{argument}: {code} is not in your scope.")
    return school


def _district(scope: Scope, code: str, argument: str) -> District:
    district = scope.reference.district_by_code.get(code)
    if district is None or not scope.covers_district(AGGREGATE, district):
        raise Forbidden(f"input.organizations.{argument}: {code} is not in your scope.")
    return district


def _in_full(scope: Scope, organization: Organization, summative: bool) -> bool:
    """Whether the viewer may see every single result that the organization's rows count."""
    reach = scope.reaches.get(INDIVIDUAL)
    if reach is None:
        return False
    if reach.statewide and summative:
        return True
    if isinstance(organization, District):
        return organization.id in reach.districts
    return isinstance(organization, School) and (
        organization.district.id in reach.districts or organization.id in reach.schools
    )


async def _rows(run: Run, question: Question) -> list[Row]:
    reference = run.scope.reference
    rows: list[Row] = []
    for level, organizations in question.organizations.items():
        by_id = {getattr(organization, "id", 0): organization for organization in organizations}
        if not by_id or not question.assessments:
            continue
        for dimension in question.break_downs:
            found = await _sums(run, question, level, list(by_id), dimension)
            rows += [
                Row(by_id[place], reference.assessments[assessment], _subgroup(dimension, value), sums)
                for (place, assessment, value), sums in found.items()
            ]
    return sorted(rows, key=Row.identity)


def _subgroup(dimension: str | None, value: str) -> tuple[SubgroupValue, ...]:
    return () if dimension is None else (SubgroupValue(dimension, value),)


async def _sums(
    run: Run, question: Question, level: str, ids: Sequence[int], dimension: str | None
) -> dict[tuple[int, int, str], Sums]:
    """(organization id, assessment id, value) -> sums. What is not known of a student is in no subgroup."""
    key = ("aggregate", level, dimension, tuple(question.conditions), run.scope.shape)
    statement = run.keep(key, lambda: _statement(run, level, dimension, tuple(question.conditions)))
    given: dict[str, Any] = {
        "assessments": [assessment.id for assessment in question.assessments],
        **{f"any_{name}": list(values) for name, values in question.conditions.items()},
    }
    if level != "state":
        given["organizations"] = list(ids)
    sums: dict[tuple[int, int, str], Sums] = {}
    for place, assessment, value, n, total, squares, *levels in await run.fetch(statement, given):
        for name in _value_names(dimension, value):
            cell = sums.setdefault((place, assessment, name), Sums())
            cell.add(n, total, squares, levels)
    return sums


def _value_names(dimension: str | None, value: Any) -> Iterable[str]:
    if dimension is None:
        return ("",)
    if value is None:
        return ()
    if dimension == "ETHNICITY":
        mask = reported_ethnicities(value)
        return [code for code, bit in ETHNICITIES.items() if mask & bit]
    if dimension in VALUES:
        return (str(value),)
    return ("YES" if value else "NO",)


def _statement(run: Run, level: str, dimension: str | None, conditions: Sequence[str]) -> Admitted:
    rules = run.gate.rules(run.scope.shape)
    ask = Ask(rules, run.scope.reference)
    r = row_of(models.Result)
    place: ColumnElement[Any] = {
        "schools": r.c.school_id,
        "districts": r.c.district_id,
        "state": type_coerce(bindparam("no_place", 0), r.c.district_id.type),
    }[level]
    value = type_coerce(null(), String()) if dimension is None else rules.masked(DIMENSIONS[dimension], r)
    inner = _population(ask, r, place, value, conditions, level)
    columns = inner.subquery("population").c
    score = columns.scale_score
    return run.gate.admit(
        select(
            columns.place,
            columns.assessment_id,
            columns.value,
            func.count(),
            func.sum(score),
            func.sum(score * score),
            *(func.sum(case((columns.level == number, 1), else_=0)) for number in range(1, MOST_LEVELS + 1)),
        ).group_by(columns.place, columns.assessment_id, columns.value),
        run.scope,
        grain="aggregate",
    )


def _population(
    ask: Ask, r: FromClause, place: ColumnElement[Any], value: ColumnElement[Any], conditions: Sequence[str], level: str
) -> Select[Any]:
    """The latest scored result of each student and assessment, under the conditions."""
    found = select(place.label("place"), r.c.assessment_id, value.label("value"), r.c.scale_score, r.c.level).where(
        r.c.latest, ask.among(r.c.assessment_id, bindparam("assessments"))
    )
    for name in conditions:
        found = found.where(ask.among(r.c[name], bindparam(f"any_{name}")))
    if level != "state":
        found = found.where(ask.among(place, bindparam("organizations")))
    return found


async def _unreleased(run: Run, question: Question) -> int:
    """How many districts of the rows have summatives that are not released for aggregates."""
    if "validity" not in question.conditions:
        return 0
    reference = run.scope.reference
    districts: set[int] = set()
    for organization in (o for found in question.organizations.values() for o in found):
        if isinstance(organization, State):
            districts |= set(reference.districts)
        else:
            districts.add(organization.id if isinstance(organization, District) else organization.district.id)
    wanted = {(a.school_year, a.program.id) for a in question.assessments}
    return await run.database.run(lambda session: unreleased_districts(session, districts, wanted))
