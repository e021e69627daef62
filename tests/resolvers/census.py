"""What a viewer is told of access itself: their scope, the table of states, the disclosure log and explanations.

One question of each kind, and its answer as product.md (Visibility) has it, in plain Python over a world's rows.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import models
from tests.resolvers.drawn_worlds import Chance
from tests.resolvers.meaning import global_id
from tests.resolvers.visibility import Eyes

Expected = tuple[str, dict[str, Any], Any]
"""Document, variables, and the data; a code where the root field is refused."""
STATES = ("individual", "aggregate")


def scope(eyes: Eyes, _chance: Chance) -> Expected:
    """Grants with their reasons, permissions with their places, and the banner of what is not released."""
    places = "statewide districts { naturalId } schools { naturalId }"
    banner = "schoolYear program { code } report status districts"
    grants = "role level organization schoolYear reason"
    held = f"grants {{ {grants} }} permissions {{ permission {places} }}"
    document = f"{{ viewer {{ login {held} unreleased {{ {banner} }} }} }}"
    if eyes.imports_only:
        return document, {}, "FORBIDDEN"
    shown = {
        "login": eyes.viewer.login,
        "grants": [
            {
                "role": grant.role,
                "level": grant.level,
                "organization": grant.organization or None,
                "schoolYear": grant.school_year,
                "reason": eyes.why_of_grant(grant),
            }
            for grant in eyes.viewer.grants or ()
        ],
        "permissions": [_held(eyes, permission) for permission in sorted({held for held, _ in eyes.places})],
        "unreleased": sorted(_unreleased(eyes), key=str),
    }
    return document, {}, {"viewer": shown}


def _held(eyes: Eyes, permission: str) -> dict[str, Any]:
    held = [place for one, place in eyes.places if one == permission]
    districts = {place.natural_id for place in held if isinstance(place, models.District)}
    schools = {
        place.natural_id
        for place in held
        if isinstance(place, models.School) and eyes.district(place).natural_id not in districts
    }
    return {
        "permission": permission,
        "statewide": "STATE" in held,
        "districts": [{"naturalId": code} for code in sorted(districts)],
        "schools": [{"naturalId": code} for code in sorted(schools)],
    }


def _unreleased(eyes: Eyes) -> list[dict[str, Any]]:
    counted: Counter[tuple[Any, ...]] = Counter()
    for year, district, program, statuses in _states(eyes):
        for report, reads in (
            ("individual", ("INDIVIDUAL_PII_READ", "GROUP_PII_READ")),
            ("aggregate", ("AGGREGATE_READ",)),
        ):
            early = statuses[report] != "RELEASED" and eyes.released(year, district.id, program.id, report)
            if early and eyes.touches(district, reads):
                counted[year, program.code, report.upper(), statuses[report]] += 1
    return [
        {"schoolYear": year, "program": {"code": code}, "report": report, "status": status, "districts": count}
        for (year, code, report, status), count in counted.items()
    ]


def _states(eyes: Eyes) -> list[tuple[int, Any, Any, dict[str, str]]]:
    """Of every summative assessment's school year and program, in each district; LOADING unless set."""
    tested = {(a.school_year, a.program_id) for a in eyes.rows.all(models.Assessment, kind="SUMMATIVE")}
    keys = {(year, district.id, program) for year, program in tested for district in eyes.rows.all(models.District)}
    keys |= {(row.school_year, row.district_id, row.program_id) for row in eyes.rows.all(models.Availability)}
    return [
        (
            year,
            eyes.rows.one(models.District, district),
            eyes.rows.one(models.Program, program),
            {report: eyes.status(year, district, program, report) for report in STATES},
        )
        for year, district, program in keys
    ]


def availability(eyes: Eyes, _chance: Chance) -> Expected:
    fields = "schoolYear district { naturalId } program { code } individual aggregate"
    document = f"{{ availability(first: 200) {{ totalCount nodes {{ {fields} }} }} }}"
    if refused := _refused(eyes, "AVAILABILITY_READ"):
        return document, {}, refused
    nodes = [
        {
            "schoolYear": year,
            "district": {"naturalId": district.natural_id},
            "program": {"code": program.code},
            **statuses,
        }
        for year, district, program, statuses in _states(eyes)
        if eyes.over_district("AVAILABILITY_READ", district.id)
    ]
    return document, {}, {"availability": {"totalCount": len(nodes), "nodes": sorted(nodes, key=str)}}


def disclosures(eyes: Eyes, chance: Chance) -> Expected:
    fields = "login operation schoolYear district { naturalId } ofLog studentCount students { nodes { ssid } }"
    arguments = "filter: {login: {eq: $login}}"
    document = f"query ($login: String!) {{ disclosures({arguments}) {{ totalCount nodes {{ {fields} }} }} }}"
    login = chance.pick(("ana@example.org", "ben@example.org", "none"))
    if refused := _refused(eyes, "AUDIT_READ"):
        return document, {"login": login}, refused
    nodes = [
        {
            "login": row.login,
            "operation": row.operation,
            "schoolYear": row.school_year,
            "district": {"naturalId": eyes.rows.one(models.District, row.district_id).natural_id},
            "ofLog": row.of_log,
            "studentCount": len(_listed(eyes, row)),
            "students": {"nodes": [{"ssid": ssid} for ssid in sorted(_listed(eyes, row))]},
        }
        for row in eyes.rows.all(models.Disclosure, login=login)
        if eyes.over_district("AUDIT_READ", row.district_id)
    ]
    return (
        document,
        {"login": login},
        {"disclosures": {"totalCount": len(nodes), "nodes": sorted(nodes, key=str)}},
    )


def _listed(eyes: Eyes, row: models.Disclosure) -> list[str]:
    listed = eyes.rows.all(models.DisclosureStudent, district_id=row.district_id, list_id=row.list_id)
    return [eyes.rows.one(models.Student, one.student_id).ssid for one in listed]


EXPLAINED = "{ login visible reason steps { kind opens } }"


def explained_student(eyes: Eyes, chance: Chance) -> Expected:
    """A student of the world, or an SSID that nobody has: hidden and unknown read the same."""
    document = f"query ($student: SSID!) {{ explain(student: $student) {EXPLAINED} }}"
    student = chance.pick([*eyes.rows.all(models.Student), None])
    given = {"student": student.ssid if student else "0000000000"}
    if refused := _refused(eyes):
        return document, given, refused
    shown = student is not None and eyes.student(student)
    of_student = eyes.rows.all(models.Result, student_id=student.id) if student is not None and shown else []
    return document, given, _explanation(eyes, shown, "STUDENT", [r for r in of_student if eyes.result(r)])


def explained_result(eyes: Eyes, chance: Chance) -> Expected:
    document = f"query ($result: ID!) {{ explain(result: $result) {EXPLAINED} }}"
    result = chance.pick([*eyes.rows.all(models.Result), None])
    given = {"result": global_id("Result", result) if result else "res_1_1"}
    if refused := _refused(eyes):
        return document, given, refused
    shown = result is not None and eyes.result(result)
    return document, given, _explanation(eyes, shown, "RESULT", [result] if shown else [])


def _explanation(eyes: Eyes, shown: bool, kind: str, results: list[Any]) -> Any:
    """The verdicts of the chain: of the student where one is shown, and of each visible result."""
    return {
        "explain": {
            "login": eyes.viewer.login,
            "visible": shown,
            "reason": None if shown else "NOT_VISIBLE_OR_UNKNOWN",
            "steps": {
                "GRANT": sorted(eyes.why_of_grant(grant) == "COUNTS" for grant in eyes.viewer.grants or ()),
                "STUDENT": [True] if shown else [],
                "RESULT": [True] * len(results),
            },
        }
    }


def explained_for_another(eyes: Eyes, chance: Chance) -> Expected:
    """As somebody without stored grants sees it: nothing, whoever the student is."""
    document = f'query ($student: SSID!) {{ explain(student: $student, login: "new@example.org") {EXPLAINED} }}'
    given = {"student": chance.pick([*(s.ssid for s in eyes.rows.all(models.Student)), "0000000000"])}
    if refused := _refused(eyes):
        return document, given, refused
    if ("TENANT_ADMIN", "STATE") not in eyes.places:
        return document, given, "FORBIDDEN"
    student = next(iter(eyes.rows.all(models.Student, ssid=given["student"])), None)
    results = eyes.rows.all(models.Result, student_id=student.id) if student else []
    steps = {"GRANT": [False], "STUDENT": [False], "RESULT": [False] * len(results)}
    explained = {"login": "new@example.org", "visible": False, "reason": "NOT_VISIBLE_OR_UNKNOWN", "steps": steps}
    return document, given, {"explain": explained}


def _refused(eyes: Eyes, permission: str | None = None) -> str | None:
    if eyes.viewer.login is None:
        return "UNAUTHENTICATED"
    return "FORBIDDEN" if eyes.imports_only or (permission and not eyes.holds(permission)) else None


QUESTIONS: dict[Callable[[Eyes, Chance], Expected], str | None] = {
    scope: None,
    availability: "AVAILABILITY_READ",
    disclosures: "AUDIT_READ",
    explained_student: "INDIVIDUAL_PII_READ",
    explained_result: "INDIVIDUAL_PII_READ",
    explained_for_another: "TENANT_ADMIN",
}
"""Question -> the permission that makes it worth asking."""


def in_no_order(data: Any) -> Any:
    """An answer without what the census does not ask: the order of states, disclosures and of the banner, and the
    steps of an explanation but for the verdicts."""
    for field in ("availability", "disclosures"):
        if data and data.get(field):
            data[field]["nodes"].sort(key=str)
    if data and data.get("viewer"):
        data["viewer"]["unreleased"].sort(key=str)
    if data and data.get("explain"):
        steps = data["explain"]["steps"]
        data["explain"]["steps"] = {
            kind: sorted(step["opens"] for step in steps if step["kind"] == kind)
            for kind in ("GRANT", "STUDENT", "RESULT")
        }
    return data
