"""Why a list is empty for a viewer: one value of a closed enum (product.md: Visibility, Reasons).

A reason is computed from the viewer's own grants, the groups assigned to them, the tenant's settings, the table of
availability and reference data; result and student rows are never read. Hidden and unknown things must give the same
reason, so each value is held against one question: *could it change if a thing that this viewer cannot see were there,
or were not?*

- NO_GRANTS, GRANTS_OF_ANOTHER_YEAR, NO_GRANT_COUNTS, PERMISSION_HELD_NOWHERE: the viewer's grants only, which `viewer`
  shows them anyway, with organizations, whose names and codes are open.
- NO_ASSIGNED_GROUPS, GROUPS_OF_ANOTHER_YEAR: only groups that the viewer sees because they are assigned to them. A
  group assigned to their login at a school out of reach counts as none. Who is in a group, or whether anybody is, is
  not looked at.
- NOT_RELEASED: states of the viewer's own districts for the assessments that the filter's open parts (school year,
  subject, program, grade, kind, assessment) name. Whether there is a result to release is not looked at; parts that
  speak of people or places (school, scores, demographics) are not read, so naming a school out of reach and naming one
  that does not exist read the same.
- NOTHING_MATCHES: only for lists of open reference data, where nothing is hidden.
- NOT_VISIBLE_OR_UNKNOWN: everything else, and never anything finer.

Trap: a reason speaks of the list's kind and the viewer, not of the parent it hangs under; making it depend on the
parent or on more of the filter would make it an oracle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, select, true
from sqlalchemy.orm import Session

import models
from policies.permission import GROUP, INDIVIDUAL, READ_AGGREGATES, READ_GROUPS, READ_STUDENTS, Permission
from policies.roles import permissions_of
from policies.scope import Reach, Scope


class EmptyReason(StrEnum):
    NO_GRANTS = "NO_GRANTS"
    GRANTS_OF_ANOTHER_YEAR = "GRANTS_OF_ANOTHER_YEAR"
    NO_GRANT_COUNTS = "NO_GRANT_COUNTS"
    PERMISSION_HELD_NOWHERE = "PERMISSION_HELD_NOWHERE"
    NO_ASSIGNED_GROUPS = "NO_ASSIGNED_GROUPS"
    GROUPS_OF_ANOTHER_YEAR = "GROUPS_OF_ANOTHER_YEAR"
    NOT_RELEASED = "NOT_RELEASED"
    NOTHING_MATCHES = "NOTHING_MATCHES"
    NOT_VISIBLE_OR_UNKNOWN = "NOT_VISIBLE_OR_UNKNOWN"


MEANINGS = {
    EmptyReason.NO_GRANTS: "You have no role here.",
    EmptyReason.GRANTS_OF_ANOTHER_YEAR: "A role of yours would open this list, but holds for another school year.",
    EmptyReason.NO_GRANT_COUNTS: "You have roles, but none counts; `viewer { grants { reason } }` says why of each.",
    EmptyReason.PERMISSION_HELD_NOWHERE: "None of your roles carries a permission that opens this list.",
    EmptyReason.NO_ASSIGNED_GROUPS: "Your roles show the students of groups assigned to you, and none is assigned.",
    EmptyReason.GROUPS_OF_ANOTHER_YEAR: "Groups are assigned to you, but none of this school year; only those count.",
    EmptyReason.NOT_RELEASED: "Of the summative assessments asked for, none is released to you in your districts.",
    EmptyReason.NOTHING_MATCHES: "Everybody may read this list, and nothing in it matches.",
    EmptyReason.NOT_VISIBLE_OR_UNKNOWN: "What you ask for is not there, or not yours to see; CERS never says which.",
}
"""What each reason tells a viewer."""


class Listed(StrEnum):
    """Kinds of lists, as far as their reasons differ."""

    OPEN = "OPEN"
    ORGANIZATIONS = "ORGANIZATIONS"
    GROUPS = "GROUPS"
    STUDENTS = "STUDENTS"
    RESULTS = "RESULTS"
    AGGREGATES = "AGGREGATES"


NEEDS = {
    Listed.ORGANIZATIONS: frozenset(Permission),
    Listed.GROUPS: READ_GROUPS,
    Listed.STUDENTS: READ_STUDENTS,
    Listed.RESULTS: READ_STUDENTS,
    Listed.AGGREGATES: READ_AGGREGATES,
}
"""Any of these permissions, held anywhere, opens lists of the kind."""
BESIDES_OWN_GROUPS = {
    Listed.GROUPS: frozenset({INDIVIDUAL, Permission.GROUP_WRITE}),
    Listed.STUDENTS: frozenset({INDIVIDUAL}),
    Listed.RESULTS: frozenset({INDIVIDUAL}),
}
"""Permissions that open lists of the kind other than through groups assigned to the viewer."""
HELD_BACK = {Listed.RESULTS: READ_STUDENTS, Listed.AGGREGATES: READ_AGGREGATES}
"""Kinds whose rows wait for a release, in the districts of these permissions."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says of the viewer's own groups, and of states in their districts."""

    assigned: bool
    active: bool
    held_back: bool


def reason_of_grants(scope: Scope, listed: Listed) -> EmptyReason | None:
    """The reason, as far as it follows without asking the database: from the kind of list and the viewer's grants."""
    if listed is Listed.OPEN:
        return EmptyReason.NOTHING_MATCHES
    if not scope.holds(NEEDS[listed]):
        return _ungranted(scope, NEEDS[listed])
    if listed in HELD_BACK or _by_own_groups(scope, listed):
        return None
    return EmptyReason.NOT_VISIBLE_OR_UNKNOWN


def reason_of(scope: Scope, listed: Listed, known: Known) -> EmptyReason:
    """The reason of an empty list that grants alone do not explain."""
    if _by_own_groups(scope, listed):
        if not known.assigned:
            return EmptyReason.NO_ASSIGNED_GROUPS
        if not known.active and listed is not Listed.GROUPS:
            return EmptyReason.GROUPS_OF_ANOTHER_YEAR
    return EmptyReason.NOT_RELEASED if known.held_back else EmptyReason.NOT_VISIBLE_OR_UNKNOWN


def look(session: Session, scope: Scope, listed: Listed, asked: ColumnElement[bool]) -> Known:
    """What such a reason needs to know, in one statement. `asked`: the assessments that are asked for."""
    mine, tenant = _groups_assigned(scope), scope.reference.tenant
    active = mine if tenant.group_years == "ALL" else mine.where(models.Group.school_year == tenant.school_year)
    held_back = _held_back(scope, listed, asked) if listed in HELD_BACK else false()
    return Known(*map(bool, session.execute(select(mine.exists(), active.exists(), held_back)).one()))


def _ungranted(scope: Scope, needs: frozenset[Permission]) -> EmptyReason:
    if not scope.reasons:
        return EmptyReason.NO_GRANTS
    for reason in scope.reasons:
        if reason.reason == "OTHER_SCHOOL_YEAR" and permissions_of(reason.grant.role, reason.grant.level) & needs:
            return EmptyReason.GRANTS_OF_ANOTHER_YEAR
    if not any(reason.reason == "COUNTS" for reason in scope.reasons):
        return EmptyReason.NO_GRANT_COUNTS
    return EmptyReason.PERMISSION_HELD_NOWHERE


def _by_own_groups(scope: Scope, listed: Listed) -> bool:
    return listed in BESIDES_OWN_GROUPS and not scope.holds(BESIDES_OWN_GROUPS[listed])


def _groups_assigned(scope: Scope) -> Select[Any]:
    """Groups that the viewer sees because they are assigned to them."""
    group, educator, reach = models.Group, models.GroupEducator, scope.reaches.get(GROUP, Reach())
    place = group.district_id.in_(reach.districts) | group.school_id.in_(reach.schools)
    return (
        select(group.id)
        .join(educator, (educator.district_id == group.district_id) & (educator.group_id == group.id))
        .where(
            educator.login == scope.viewer.login,
            group.kind == "ASSIGNED",
            group.deleted_at.is_(None),
            true() if reach.statewide else place,
        )
    )


def _held_back(scope: Scope, listed: Listed, asked: ColumnElement[bool]) -> ColumnElement[bool]:
    """Summatives are asked for, and the viewer sees none of them out in any district of theirs."""
    districts = [scope.reference.districts[place] for place in _districts(scope, HELD_BACK[listed])]
    if any(scope.covers_district(Permission.AVAILABILITY_WRITE, district) for district in districts):
        return false()
    reviewed = [d.id for d in districts if scope.covers_district(Permission.AVAILABILITY_REVIEW, d)]
    state, assessment = models.Availability, models.Assessment
    status = state.aggregate if listed is Listed.AGGREGATES else state.individual
    out = exists().where(
        state.school_year == assessment.school_year,
        state.program_id == assessment.program_id,
        state.district_id.in_([district.id for district in districts]),
        (status == "RELEASED") | ((status == "REVIEWING") & state.district_id.in_(reviewed)),
    )
    summatives = select(assessment.id).where(assessment.kind == "SUMMATIVE", asked)
    return summatives.exists() & ~summatives.where(out).exists()


def _districts(scope: Scope, permissions: Iterable[Permission]) -> set[int]:
    """Districts that any of the permissions reaches, wholly or in single schools."""
    found: set[int] = set()
    for reach in (scope.reaches.get(permission, Reach()) for permission in permissions):
        found |= set(scope.reference.districts) if reach.statewide else reach.districts
        found |= {scope.reference.schools[school].district.id for school in reach.schools}
    return found
