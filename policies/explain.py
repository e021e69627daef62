"""Says why a viewer sees a student and each result, or does not: the chain of reasons.

A second reading of product.md (Visibility) in plain Python over single rows; a test holds it against the gate.
Trap: the operator's chain speaks of what its subject cannot see; a viewer's own (`explain_shown`) is only ever made of
rows that the gate has shown them, and names no group that they do not see.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

import models
from models.reference import School
from policies.permission import GROUP, INDIVIDUAL, Permission
from policies.scope import Reach, Scope

StepKind = Literal["GRANT", "PERMISSION", "GROUP", "AVAILABILITY", "STUDENT", "RESULT"]
STEP_KINDS: tuple[StepKind, ...] = ("GRANT", "PERMISSION", "GROUP", "AVAILABILITY", "STUDENT", "RESULT")
Key = tuple[int, int]
"""(district id, result id)"""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: what it is about, whether it opens something, and why."""

    kind: StepKind
    subject: str
    opens: bool
    reason: str
    tells_of: tuple[int, int] | None = None
    """(district id, student id) of the result that the step tells of: a disclosure, like the result itself."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdicts on one student depend on."""

    scope: Scope
    student: models.Student
    results: Sequence[models.Result]
    groups: Sequence[models.Group]
    """Active groups assigned to the viewer that the student is in."""
    availability: dict[tuple[int, int, int], str]
    only: Collection[Key] | None = None
    """The results that are asked about; None for all."""
    shown: bool = False
    """The chain is for the viewer: groups that they do not see stay unnamed."""

    @property
    def asked(self) -> list[models.Result]:
        return [r for r in self.results if self.only is None or (r.district_id, r.id) in self.only]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Whether the viewer sees the student and each of the results."""

    student: Step
    results: dict[Key, Step]


def explain(session: Session, scope: Scope, ssid: str) -> list[Step]:
    """The operator's chain for a student: grants, permissions, groups, states, the student, results (newest first)."""
    student = session.scalars(select(models.Student).where(models.Student.ssid == ssid)).first()
    if student is None:
        return [*access(scope), Step("STUDENT", "student", opens=False, reason="no student has this SSID")]
    return access(scope) + _chain(facts_about(session, scope, student.id))


def explain_result(session: Session, scope: Scope, key: Key) -> list[Step]:
    """The operator's chain for one result."""
    result = session.get(models.Result, key)
    if result is None:
        return [*access(scope), Step("RESULT", "result", opens=False, reason="no result has this id")]
    return access(scope) + _chain(facts_about(session, scope, result.student_id, {key}))


def explain_shown(session: Session, scope: Scope, student_id: int, results: Collection[Key]) -> list[Step]:
    """The viewer's own chain for a student and results that the gate has shown them, and for nothing else."""
    return access(scope) + _chain(facts_about(session, scope, student_id, results, shown=True))


def access(scope: Scope) -> list[Step]:
    """What a viewer may do whatever they ask about: grants and permissions."""
    return _grants(scope) + _permissions(scope)


def facts_about(
    session: Session, scope: Scope, student_id: int, only: Collection[Key] | None = None, *, shown: bool = False
) -> Facts:
    """Read what verdicts on a student depend on."""
    student = session.get_one(models.Student, student_id)
    found = select(models.Result).where(models.Result.student_id == student_id)
    results = session.scalars(found.order_by(models.Result.completed_at.desc(), models.Result.id)).all()
    return Facts(
        scope=scope,
        student=student,
        results=results,
        groups=_groups(session, scope, student),
        availability=_availability(session, results),
        only=only,
        shown=shown,
    )


def verdicts(facts: Facts) -> Verdicts:
    """What the rule says of the student and of each result."""
    results = {(result.district_id, result.id): _result(facts, result) for result in facts.results}
    return Verdicts(_student(facts, list(results.values())), results)


def _chain(facts: Facts) -> list[Step]:
    found = verdicts(facts)
    groups = [
        Step("GROUP", f"group {group.name}", opens=True, reason=_subject(facts, group))
        for group in facts.groups
        if _named(facts, group)
    ]
    results = [found.results[result.district_id, result.id] for result in facts.asked]
    return [*groups, *_states(facts), found.student, *results]


def _grants(scope: Scope) -> list[Step]:
    if not scope.reasons:
        return [Step("GRANT", "grants", opens=False, reason="the login has no grants")]
    return [
        Step(
            "GRANT",
            f"grant {r.grant.role} at {r.grant.level} {r.grant.organization} {r.grant.school_year}".replace("  ", " "),
            opens=r.reason == "COUNTS",
            reason=r.reason,
        )
        for r in scope.reasons
    ]


def _permissions(scope: Scope) -> list[Step]:
    steps = []
    for permission in (INDIVIDUAL, GROUP, Permission.AVAILABILITY_REVIEW, Permission.AVAILABILITY_WRITE):
        reach = scope.reaches.get(permission)
        if not reach:
            steps.append(Step("PERMISSION", permission, opens=False, reason="held nowhere"))
            continue
        where = ["statewide"] if reach.statewide else []
        where += [scope.reference.districts[d].name for d in sorted(reach.districts)]
        where += [scope.reference.schools[s].name for s in sorted(reach.schools)]
        steps.append(Step("PERMISSION", permission, opens=True, reason="held in " + ", ".join(where)))
    return steps


def _groups(session: Session, scope: Scope, student: models.Student) -> Sequence[models.Group]:
    group, member, educator = models.Group, models.GroupMember, models.GroupEducator
    found = (
        select(group)
        .join(member, (member.district_id == group.district_id) & (member.group_id == group.id))
        .join(educator, (educator.district_id == group.district_id) & (educator.group_id == group.id))
        .where(
            member.student_id == student.id,
            educator.login == scope.viewer.login,
            group.kind == "ASSIGNED",
            group.deleted_at.is_(None),
        )
        .order_by(group.sort_key)
    )
    tenant = scope.reference.tenant
    if tenant.group_years == "CURRENT":
        found = found.where(group.school_year == tenant.school_year)
    return session.scalars(found).all()


def _availability(session: Session, results: Sequence[models.Result]) -> dict[tuple[int, int, int], str]:
    state = models.Availability
    found = select(state).where(state.district_id.in_({result.district_id for result in results}))
    return {(row.school_year, row.district_id, row.program_id): row.individual for row in session.scalars(found)}


def _named(facts: Facts, group: models.Group) -> bool:
    """Whether the chain may name a group: a viewer sees those of their own where GROUP_PII_READ reaches the school."""
    school = _school(facts, group.school_id)
    return not facts.shown or (school is not None and facts.scope.covers(GROUP, school))


def _states(facts: Facts) -> list[Step]:
    """The states that the summative results wait for."""
    reference, steps = facts.scope.reference, {}
    for result in facts.asked:
        if not result.interim:
            key = (result.school_year, result.district_id, result.program_id)
            what = f"{reference.programs[result.program_id].name} {result.school_year}"
            place = reference.districts[result.district_id].name
            opens, state = _held_back(facts, result) is None, facts.availability.get(key, "LOADING")
            steps[key] = Step("AVAILABILITY", f"{what} in {place}", opens, state)
    return list(steps.values())


def _subject(facts: Facts, group: models.Group) -> str:
    if group.subject_id is None:
        return "assigned to the viewer, all subjects"
    return f"assigned to the viewer, {facts.scope.reference.subjects[group.subject_id].code} only"


def _student(facts: Facts, verdicts: Sequence[Step]) -> Step:
    scope, school = facts.scope, _school(facts, facts.student.current_school_id)
    step = partial(Step, "STUDENT", "student")
    if any(verdict.opens for verdict in verdicts):
        return step(opens=True, reason="a result is visible")
    if school is None:
        return step(opens=False, reason="no visible result, and no current school")
    reach = scope.reaches.get(INDIVIDUAL)
    if reach and (school.district.id in reach.districts or school.id in reach.schools):
        return step(opens=True, reason=f"INDIVIDUAL_PII_READ over the current school, {school.name}")
    if facts.groups and scope.covers(GROUP, school):
        return step(opens=True, reason=f"in a group, and GROUP_PII_READ over the school, {school.name}")
    return step(opens=False, reason=f"no visible result; {school.name} opens nothing")


def _result(facts: Facts, result: models.Result) -> Step:
    reference = facts.scope.reference
    subject = f"result {reference.assessments[result.assessment_id].label} {result.school_year}"
    step = partial(Step, "RESULT", subject, tells_of=(result.district_id, result.student_id))
    opened = _place(facts, result)
    if opened is None:
        return step(opens=False, reason=f"taken at {reference.schools[result.school_id].name}: out of scope")
    held_back = _held_back(facts, result)
    return step(opens=held_back is None, reason=held_back or opened)


def _place(facts: Facts, result: models.Result) -> str | None:
    """What opens the place of a result: individual reading, or a group of the result's subject."""
    scope = facts.scope
    places = [_school(facts, result.school_id)]
    if scope.reference.tenant.tested_elsewhere:
        places.append(_school(facts, result.current_school_id))
    schools = [school for school in places if school is not None]
    reach = scope.reaches.get(INDIVIDUAL, Reach())
    for school in schools:
        local = school.district.id in reach.districts or school.id in reach.schools
        if local or (reach.statewide and not result.interim):
            return f"INDIVIDUAL_PII_READ over {school.name}"
    for group in facts.groups:
        if group.subject_id in (None, result.subject_id):
            for school in schools:
                if scope.covers(GROUP, school):
                    name = f"the group {group.name}" if _named(facts, group) else "an assigned group"
                    return f"in {name}, and GROUP_PII_READ over {school.name}"
    return None


def _held_back(facts: Facts, result: models.Result) -> str | None:
    """Why a summative result is not out for this viewer; None where it is."""
    if result.interim:
        return None
    scope, district = facts.scope, facts.scope.reference.districts[result.district_id]
    status = facts.availability.get((result.school_year, result.district_id, result.program_id), "LOADING")
    may_write = scope.covers_district(Permission.AVAILABILITY_WRITE, district)
    may_review = may_write or scope.covers_district(Permission.AVAILABILITY_REVIEW, district)
    if status == "RELEASED" or may_write or (status == "REVIEWING" and may_review):
        return None
    return f"not released: {status} for {district.name}"


def _school(facts: Facts, school_id: int | None) -> School | None:
    return None if school_id is None else facts.scope.reference.schools[school_id]
