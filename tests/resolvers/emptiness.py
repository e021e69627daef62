"""Why a list is empty, as product.md (Visibility, Reasons) allows it to be said, in plain Python.

Only the viewer's own grants and groups and the states of release are looked at.
"""

from typing import Any

import models
from tests.policies.product_roles import ROLES, permissions
from tests.resolvers.conditions import matches
from tests.resolvers.visibility import Eyes

STUDENTS = {"INDIVIDUAL_PII_READ", "GROUP_PII_READ"}
OPENED_BY: dict[str, set[str]] = {
    "Student": STUDENTS,
    "Result": STUDENTS,
    "Group": {*STUDENTS, "GROUP_WRITE", "CUSTOM_GROUP_WRITE"},
    "AggregateRow": {"AGGREGATE_READ"},
    "School": set(" ".join(ROLES.values()).split()),
    "District": set(" ".join(ROLES.values()).split()),
}
WITHOUT_OWN_GROUPS: dict[str, set[str]] = {
    "Student": {"INDIVIDUAL_PII_READ"},
    "Result": {"INDIVIDUAL_PII_READ"},
    "Group": {"INDIVIDUAL_PII_READ", "GROUP_WRITE"},
}
OF_ASSESSMENTS = {
    "schoolYear": "schoolYear",
    "subject": "subject",
    "program": "program",
    "kind": "kind",
    "grade": "grade",
    "assessment": "naturalId",
}
"""What a filter of results says of assessments -> the same of a filter of assessments."""


def reason_of_nothing(eyes: Eyes, kind: str, filter: dict[str, Any] | None) -> str:
    """The reason of an empty list of a kind."""
    if kind == "Open":
        return "NOTHING_MATCHES"
    if not eyes.holds(*OPENED_BY[kind]):
        return _without_permission(eyes, OPENED_BY[kind])
    if kind in WITHOUT_OWN_GROUPS and not eyes.holds(*WITHOUT_OWN_GROUPS[kind]):
        own = [g for g in eyes.rows.all(models.Group, kind="ASSIGNED", deleted_at=None) if _seen_as_own(eyes, g)]
        if not own:
            return "NO_ASSIGNED_GROUPS"
        this_year = [g for g in own if eyes.tenant.group_years == "ALL" or g.school_year == eyes.tenant.school_year]
        if not this_year and kind != "Group":
            return "GROUPS_OF_ANOTHER_YEAR"
    if kind == "Result":
        asked = [a for a in eyes.rows.all(models.Assessment) if _asked(eyes, a, filter)]
        return held_back(eyes, asked, "individual", STUDENTS)
    return "NOT_VISIBLE_OR_UNKNOWN"


def held_back(eyes: Eyes, asked: list[models.Assessment], report: str, permissions: set[str]) -> str:
    """NOT_RELEASED where summatives are asked for and none is out for the viewer in any district of theirs."""
    districts = [d for d in eyes.rows.all(models.District) if eyes.touches(d, permissions)]
    summatives = [a for a in asked if a.kind == "SUMMATIVE"]
    out = any(eyes.released(a.school_year, d.id, a.program_id, report) for a in summatives for d in districts)
    writes = any(eyes.over_district("AVAILABILITY_WRITE", d.id) for d in districts)
    return "NOT_RELEASED" if summatives and not out and not writes else "NOT_VISIBLE_OR_UNKNOWN"


def _without_permission(eyes: Eyes, needed: set[str]) -> str:
    grants = eyes.viewer.grants or ()
    if not grants:
        return "NO_GRANTS"
    if any(eyes.why_of_grant(g) == "OTHER_SCHOOL_YEAR" and permissions(g.role, g.level) & needed for g in grants):
        return "GRANTS_OF_ANOTHER_YEAR"
    counts = any(eyes.why_of_grant(grant) == "COUNTS" for grant in grants)
    return "PERMISSION_HELD_NOWHERE" if counts else "NO_GRANT_COUNTS"


def _seen_as_own(eyes: Eyes, group: models.Group) -> bool:
    return eyes.assigned(group) and eyes.over("GROUP_PII_READ", group.school_id)


def _asked(eyes: Eyes, assessment: models.Assessment, filter: dict[str, Any] | None) -> bool:
    given = filter or {}
    own = {OF_ASSESSMENTS[name]: value for name, value in given.items() if name in OF_ASSESSMENTS}
    return matches(eyes, "Assessment", assessment, own) is True and all(
        _asked(eyes, assessment, part) for part in given.get("and") or ()
    )
