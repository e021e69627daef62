"""Reference data in process: organizations, programs, assessments and tenant settings as one frozen snapshot.

Small, read by every request, changed only by loading: `ReferenceSource` renews the snapshot when the tenant's
`reference_version` has moved (looked at once a second at most) or when a row names something unknown.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

import models
from models.database import Database

RENEWAL_SECONDS = 1.0
V = TypeVar("V")


class UnknownReference(KeyError):
    """A row names reference data that the snapshot does not have yet: renew it and ask again."""


class ById(dict[int, V]):
    """Reference data by id; an unknown id is UnknownReference."""

    def __missing__(self, key: int) -> V:
        raise UnknownReference(key)


@dataclass(frozen=True, slots=True)
class State:
    natural_id: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class District:
    id: int
    natural_id: str
    name: str
    district_group: str | None


@dataclass(frozen=True, slots=True, eq=False)
class School:
    id: int
    natural_id: str
    name: str
    district: District
    school_group: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    number: int
    label: str
    proficient: bool


@dataclass(frozen=True, slots=True, eq=False)
class SubScoreDefinition:
    id: int
    program_id: int
    assessment_kind: str
    kind: str
    code: str
    name: str
    position: int
    first_year: int
    last_year: int | None
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    id: int
    code: str
    name: str
    subject: Subject
    kinds: tuple[str, ...]
    grades: tuple[str, ...]
    source: str
    confidence: str
    labels: tuple[tuple[str, int, int | None, tuple[Level, ...]], ...]
    """(kind, first school year, last school year or None, levels)"""
    sub_scores: tuple[SubScoreDefinition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    id: int
    program_id: int
    claim: str
    code: str
    name: str
    description: str | None
    reported: bool


@dataclass(frozen=True, slots=True, eq=False)
class RubricPoint:
    points: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    id: int
    natural_id: str
    position: int
    type: str
    claim: str | None
    target: str | None
    standards: tuple[str, ...]
    depth_of_knowledge: int | None
    difficulty: str | None
    max_points: int
    answer_key: str | None
    writing_purpose: str | None
    rubric: tuple[RubricPoint, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    id: int
    natural_id: str
    name: str
    label: str
    program: Program
    subject: Subject
    kind: str
    grade: str
    school_year: int
    min_score: int
    max_score: int
    cut_scores: tuple[int, ...]
    levels: tuple[Level, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TenantFacts:
    name: str
    sandbox: bool
    state_code: str
    state_name: str
    school_year: int
    tested_elsewhere: bool
    group_years: str
    field_policy: Mapping[str, str] | None
    ssid_pattern: str
    school_year_since: datetime | None = None


@dataclass(frozen=True, eq=False)
class Reference:
    """All reference data of a tenant at one version; by id, and by code where the outside names things by code."""

    version: int
    tenant: TenantFacts
    districts: Mapping[int, District]
    schools: Mapping[int, School]
    subjects: Mapping[int, Subject]
    programs: Mapping[int, Program]
    assessments: Mapping[int, Assessment]
    sub_scores: Mapping[int, SubScoreDefinition]
    targets: Mapping[int, Target]
    items: Mapping[int, Item]
    district_by_code: Mapping[str, District] = field(init=False)
    school_by_code: Mapping[str, School] = field(init=False)
    subject_by_code: Mapping[str, Subject] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "district_by_code", {d.natural_id: d for d in self.districts.values()})
        object.__setattr__(self, "school_by_code", {s.natural_id: s for s in self.schools.values()})
        object.__setattr__(self, "subject_by_code", {s.code: s for s in self.subjects.values()})


class ReferenceSource:
    """Holds the current snapshot of one database. `of_original`: that of the database it is a copy of, which is not
    looked at again: nobody loads anything into a copy."""

    def __init__(self, database: Database, of_original: Reference | None = None) -> None:
        self._database = database
        self._current = of_original
        self._looked = float("inf") if of_original else 0.0

    @property
    def known(self) -> Reference | None:
        """The snapshot as it was when last looked at."""
        return self._current

    async def current(self) -> Reference:
        """The snapshot, at most a second behind the database."""
        if self._current is None or time.monotonic() - self._looked > RENEWAL_SECONDS:
            return await self.renew()
        return self._current

    async def renew(self) -> Reference:
        """Look at the version now, and load again if it moved."""
        known = self._current

        def look(session: Session) -> Reference:
            version = session.scalar(select(models.Tenant.reference_version))
            if known is not None and known.version == version:
                return known
            return load_reference(session)

        self._current = await self._database.run(look)
        self._looked = time.monotonic()
        return self._current


def load_reference(session: Session) -> Reference:
    """Read every reference table once."""
    tenant = session.scalars(select(models.Tenant)).one()
    levels = _levels(session)
    subjects = {row.id: Subject(row.id, row.code, row.name) for row in session.scalars(select(models.Subject))}
    districts, schools = _organizations(session)
    sub_scores = {
        row.id: SubScoreDefinition(
            row.id, row.program_id, row.assessment_kind, row.kind, row.code, row.name, row.position,
            row.first_year, row.last_year, levels[row.label_set_id],
        )
        for row in session.scalars(select(models.SubScoreDefinition).order_by(models.SubScoreDefinition.position))
    }  # fmt: skip
    programs = _programs(session, subjects, levels, sub_scores)
    items = _items(session)
    assessments = {
        row.id: Assessment(
            row.id, row.natural_id, row.name, row.label, programs[row.program_id], subjects[row.subject_id],
            row.kind, row.grade, row.school_year, row.min_score, row.max_score, tuple(row.cut_scores),
            levels[row.label_set_id], tuple(items.get(row.id, ())),
        )
        for row in session.scalars(select(models.Assessment))
    }  # fmt: skip
    return Reference(
        version=tenant.reference_version,
        tenant=TenantFacts(
            tenant.name, tenant.sandbox, tenant.state_code, tenant.state_name, tenant.school_year,
            tenant.tested_elsewhere, tenant.group_years, tenant.field_policy, tenant.ssid_pattern,
            tenant.school_year_since,
        ),
        districts=ById(districts),
        schools=ById(schools),
        subjects=ById(subjects),
        programs=ById(programs),
        assessments=ById(assessments),
        sub_scores=ById(sub_scores),
        targets=ById(_targets(session)),
        items=ById({item.id: item for group in items.values() for item in group}),
    )  # fmt: skip


def _levels(session: Session) -> dict[int, tuple[Level, ...]]:
    proficient = _by_id(session, models.LabelSet, models.LabelSet.proficient_from)
    levels: dict[int, list[Level]] = {label_set: [] for label_set in proficient}
    for row in session.scalars(select(models.Level).order_by(models.Level.number)):
        threshold = proficient[row.label_set_id]
        levels[row.label_set_id].append(Level(row.number, row.label, threshold is not None and row.number >= threshold))
    return {label_set: tuple(rows) for label_set, rows in levels.items()}


def _organizations(session: Session) -> tuple[dict[int, District], dict[int, School]]:
    district_groups = _by_id(session, models.DistrictGroup, models.DistrictGroup.natural_id)
    school_groups = _by_id(session, models.SchoolGroup, models.SchoolGroup.natural_id)
    districts = {
        row.id: District(row.id, row.natural_id, row.name, _get(district_groups, row.district_group_id))
        for row in session.scalars(select(models.District))
    }
    schools = {
        row.id: School(
            row.id,
            row.natural_id,
            row.name,
            districts[row.district_id],
            _get(school_groups, row.school_group_id),
        )
        for row in session.scalars(select(models.School))
    }
    return districts, schools


def _programs(
    session: Session,
    subjects: Mapping[int, Subject],
    levels: Mapping[int, tuple[Level, ...]],
    sub_scores: Mapping[int, SubScoreDefinition],
) -> dict[int, Program]:
    labels: dict[int, list[tuple[str, int, int | None, tuple[Level, ...]]]] = {}
    for row in session.scalars(select(models.ProgramLabels).order_by(models.ProgramLabels.first_year)):
        labels.setdefault(row.program_id, []).append(
            (row.kind, row.first_year, row.last_year, levels[row.label_set_id])
        )
    return {
        row.id: Program(
            row.id, row.code, row.name, subjects[row.subject_id], tuple(row.kinds), tuple(row.grades), row.source,
            row.confidence, tuple(labels.get(row.id, ())),
            tuple(definition for definition in sub_scores.values() if definition.program_id == row.id),
        )
        for row in session.scalars(select(models.Program).order_by(models.Program.code))
    }  # fmt: skip


def _targets(session: Session) -> dict[int, Target]:
    return {
        row.id: Target(row.id, row.program_id, row.claim, row.code, row.name, row.description, row.reported)
        for row in session.scalars(select(models.Target))
    }


def _items(session: Session) -> dict[int, list[Item]]:
    rubrics: dict[int, list[RubricPoint]] = {}
    for point in session.scalars(select(models.RubricPoint).order_by(models.RubricPoint.points)):
        rubrics.setdefault(point.item_id, []).append(RubricPoint(point.points, point.text))
    items: dict[int, list[Item]] = {}
    for row in session.scalars(select(models.Item).order_by(models.Item.assessment_id, models.Item.position)):
        items.setdefault(row.assessment_id, []).append(
            Item(
                row.id,
                row.natural_id,
                row.position,
                row.type,
                row.claim,
                row.target,
                tuple(row.standards),
                row.depth_of_knowledge,
                row.difficulty,
                row.max_points,
                row.answer_key,
                row.writing_purpose,
                tuple(rubrics.get(row.id, ())),
            )
        )
    return items  # fmt: skip


def _by_id(session: Session, model: Any, column: Any) -> dict[int, Any]:
    """A column of a small table by id."""
    return {row[0]: row[1] for row in session.execute(select(model.id, column))}


def _get(mapping: Mapping[int, V], key: int | None) -> V | None:
    return None if key is None else mapping[key]
