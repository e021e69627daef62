"""Says why a viewer sees a student and each result, or does not: the chain of reasons, for operators.

A second reading of product.md (Visibility) in plain Python over single rows; a test holds it against the gate.
Not for viewers: it speaks of what its subject cannot see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import models
from models.reference import School
from policies.permission import GROUP, INDIVIDUAL, Permission
from policies.scope import Reach, Scope


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: what it is about, whether it opens something, and why."""

    subject: str
    opens: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdicts on one student depend on."""

    scope: Scope
    student: models.Student
    groups: Sequence[models.Group]
    """Active groups assigned to the viewer that the student is in."""
    availability: dict[tuple[int, int, int], str]


def explain(session: Session, scope: Scope, ssid: str) -> list[Step]:
    """The chain for one student: grants, permissions, groups, the student, each result (newest first)."""
    steps = _grants(scope) + _permissions(scope)
    student = session.scalars(select(models.Student).where(models.Student.ssid == ssid)).first()
    if student is None:
        return [*steps, Step("student", opens=False, reason="no student has this SSID")]
    facts = Facts(scope, student, _groups(session, scope, student), _availability(session))
    results = session.scalars(
        select(models.Result).where(models.Result.student_id == student.id).order_by(models.Result.completed_at.desc())
    ).all()
    verdicts = [_result(facts, result) for result in results]
    groups = [Step(f"group {group.name}", opens=True, reason=_subject(facts, group)) for group in facts.groups]
    return [*steps, *groups, _student(facts, verdicts), *verdicts]


def _grants(scope: Scope) -> list[Step]:
    if not scope.reasons:
        return [Step("grants", opens=False, reason="the login has no grants")]
    return [
        Step(
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
            steps.append(Step(permission, opens=False, reason="held nowhere"))
            continue
        where = ["statewide"] if reach.statewide else []
        where += [scope.reference.districts[d].name for d in sorted(reach.districts)]
        where += [scope.reference.schools[s].name for s in sorted(reach.schools)]
        steps.append(Step(permission, opens=True, reason="held in " + ", ".join(where)))
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


def _availability(session: Session) -> dict[tuple[int, int, int], str]:
    return {
        (row.school_year, row.district_id, row.program_id): row.individual
        for row in session.scalars(select(models.Availability))
    }


def _subject(facts: Facts, group: models.Group) -> str:
    if group.subject_id is None:
        return "assigned to the viewer, all subjects"
    return f"assigned to the viewer, {facts.scope.reference.subjects[group.subject_id].code} only"


def _student(facts: Facts, verdicts: Sequence[Step]) -> Step:
    scope, school = facts.scope, _school(facts, facts.student.current_school_id)
    if any(verdict.opens for verdict in verdicts):
        return Step("student", opens=True, reason="a result is visible")
    if school is None:
        return Step("student", opens=False, reason="no visible result, and no current school")
    reach = scope.reaches.get(INDIVIDUAL)
    if reach and (school.district.id in reach.districts or school.id in reach.schools):
        return Step("student", opens=True, reason=f"INDIVIDUAL_PII_READ over the current school, {school.name}")
    if facts.groups and scope.covers(GROUP, school):
        return Step("student", opens=True, reason=f"in a group, and GROUP_PII_READ over the school, {school.name}")
    return Step("student", opens=False, reason=f"no visible result; {school.name} opens nothing")


def _result(facts: Facts, result: models.Result) -> Step:
    reference = facts.scope.reference
    subject = f"result {reference.assessments[result.assessment_id].label} {result.school_year}"
    opened = _place(facts, result)
    if opened is None:
        return Step(subject, opens=False, reason=f"taken at {reference.schools[result.school_id].name}: out of scope")
    held_back = _held_back(facts, result)
    return Step(subject, opens=held_back is None, reason=held_back or opened)


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
                    return f"in the group {group.name}, and GROUP_PII_READ over {school.name}"
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
