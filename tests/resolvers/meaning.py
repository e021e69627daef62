"""What each field of the contract means, in plain Python over a world's rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import models
from models.demographics import ETHNICITIES
from tests.resolvers.conditions import DEMOGRAPHICS
from tests.resolvers.visibility import CALIFORNIA, Eyes


@dataclass(frozen=True)
class Thing:
    """A value of an object type."""

    type: str
    value: Any


@dataclass(frozen=True)
class Listing:
    """All rows of a connection that the viewer sees, before filter, order and page."""

    type: str
    rows: list[Any]
    open: bool = False
    """Everybody may read all of it."""

    @property
    def kind(self) -> str:
        """What its emptiness depends on."""
        return "Open" if self.open else self.type


Meaning = Callable[[Eyes, Any, dict[str, Any]], Any]
PREFIXES = {"Student": "stu", "Result": "res", "Group": "grp", "School": "sch", "District": "dis", "Assessment": "asm"}
KINDS: dict[str, Any] = {
    "Student": models.Student,
    "Result": models.Result,
    "Group": models.Group,
    "School": models.School,
    "District": models.District,
    "Assessment": models.Assessment,
}


def thing(type_: str, value: Any) -> Thing | None:
    return None if value is None else Thing(type_, value)


def things(type_: str, values: Any) -> list[Thing]:
    return [Thing(type_, value) for value in values]


def column(name: str) -> Meaning:
    return lambda _eyes, row, _given: getattr(row, name)


def other(type_: str, kind: Any, key: str) -> Meaning:
    """What a column of the row names."""
    return lambda eyes, row, _given: thing(type_, eyes.rows.one(kind, getattr(row, key)))


def moment(name: str) -> Meaning:
    return lambda _eyes, row, _given: f"{getattr(row, name):%Y-%m-%dT%H:%M:%SZ}"


def columns(*names: str) -> dict[str, Meaning]:
    """Fields that are columns of the same name."""
    return {camel(name): column(name) for name in names}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def global_id(type_: str, row: Any) -> str:
    key = [row.district_id, row.id] if type_ in ("Result", "Group") else [row.id]
    return "_".join([PREFIXES.get(type_, "itm"), *(f"{part:x}" for part in key)])


def by_id(eyes: Eyes, id: str) -> Thing | None:
    """What a global id names, if the viewer sees it."""
    for type_, kind in KINDS.items():
        for row in eyes.rows.all(kind):
            if global_id(type_, row) == id and visible(eyes, type_, row):
                return Thing(type_, row)
    return None


def visible(eyes: Eyes, type_: str, row: Any) -> bool:
    rules: dict[str, Any] = {"Student": eyes.student, "Result": eyes.result, "Group": eyes.group}
    return bool(rules[type_](row)) if type_ in rules else True


def listing(type_: str, rows: Callable[[Eyes, Any], list[Any]], *, open: bool = False) -> Meaning:
    return lambda eyes, parent, _given: Listing(
        type_, [row for row in rows(eyes, parent) if visible(eyes, type_, row)], open
    )


def members(eyes: Eyes, group: models.Group) -> list[models.Student]:
    of_group = {member.student_id for member in eyes.rows.all(models.GroupMember, group_id=group.id)}
    return [student for student in eyes.rows.all(models.Student) if student.id in of_group]


def results_of_members(eyes: Eyes, group: models.Group) -> list[models.Result]:
    of_group = {student.id for student in members(eyes, group)}
    return [
        result
        for result in eyes.rows.all(models.Result)
        if result.student_id in of_group and group.subject_id in (None, result.subject_id)
    ]


def latest_result(eyes: Eyes, student: models.Student, given: dict[str, Any]) -> Thing | None:
    """Of the visible results of a subject (and kind) the one completed last; of several, the one of the lowest id."""
    found = [
        r
        for r in eyes.rows.all(models.Result, student_id=student.id)
        if eyes.result(r)
        and eyes.rows.one(models.Subject, r.subject_id).code == given["subject"]
        and given.get("kind") in (None, eyes.rows.one(models.Assessment, r.assessment_id).kind)
    ]
    return thing("Result", min(found, key=lambda r: (-r.completed_at.timestamp(), r.id), default=None))


def groups_of_student(eyes: Eyes, student: models.Student, _given: Any) -> list[Thing]:
    groups = [g for g in eyes.rows.all(models.Group) if student in members(eyes, g) and eyes.group(g)]
    return things("Group", sorted(groups, key=lambda g: (g.sort_key, g.id)))


def levels(eyes: Eyes, label_set_id: int) -> list[tuple[int, str, bool]]:
    first = eyes.rows.one(models.LabelSet, label_set_id).proficient_from
    rows = sorted(eyes.rows.all(models.Level, label_set_id=label_set_id), key=lambda level: level.number)
    return [(row.number, row.label, first is not None and row.number >= first) for row in rows]


def numbered(eyes: Eyes, label_set_id: int, number: int | None) -> Thing | None:
    return thing("Level", next((level for level in levels(eyes, label_set_id) if level[0] == number), None))


def program_levels(eyes: Eyes, program: models.Program, given: dict[str, Any]) -> list[Thing]:
    kind, year = given.get("kind") or program.kinds[0], given["schoolYear"]
    for row in sorted(
        eyes.rows.all(models.ProgramLabels, program_id=program.id, kind=kind), key=lambda r: r.first_year
    ):
        if row.first_year <= year <= (row.last_year or year):
            return things("Level", levels(eyes, row.label_set_id))
    return []


def program_sub_scores(eyes: Eyes, program: models.Program, given: dict[str, Any]) -> list[Thing]:
    year = given["schoolYear"]
    rows = eyes.rows.all(models.SubScoreDefinition, program_id=program.id)
    there = [row for row in rows if row.first_year <= year <= (row.last_year or year)]
    return things("SubScoreDefinition", sorted(there, key=lambda row: row.position))


def off_grade(eyes: Eyes, r: models.Result, _given: Any) -> bool | None:
    grade, enrolled = eyes.rows.one(models.Assessment, r.assessment_id).grade, eyes.demographic("enrolled_grade", r)
    if enrolled is None:
        return None
    return bool(grade != enrolled and not (grade == "HS" and enrolled in ("09", "10", "11", "12")))


def sub_scores(eyes: Eyes, r: models.Result, given: dict[str, Any]) -> list[Thing]:
    rows = sorted(eyes.rows.all(models.SubScore, result_id=r.id), key=lambda row: row.definition_id)
    return things("SubScore", [s for s in rows if given.get("kind") in (None, definition(eyes, s).kind)])


def definition(eyes: Eyes, sub_score: models.SubScore) -> models.SubScoreDefinition:
    return eyes.rows.one(models.SubScoreDefinition, sub_score.definition_id)  # type: ignore[no-any-return]


def of_definition(name: str) -> Meaning:
    return lambda eyes, row, _given: getattr(definition(eyes, row), name)


def trait_scores(eyes: Eyes, r: models.Result, _given: Any) -> list[Thing]:
    rows = eyes.rows.all(models.TraitScore, result_id=r.id)
    return things("TraitScore", sorted(rows, key=lambda row: row.category))


def target_scores(eyes: Eyes, r: models.Result, _given: Any) -> list[Thing]:
    rows = eyes.rows.all(models.TargetScore, result_id=r.id)
    return things("TargetScore", sorted(rows, key=lambda row: row.target_id))


def rubric(eyes: Eyes, item: models.Item, _given: Any) -> list[Thing]:
    rows = eyes.rows.all(models.RubricPoint, item_id=item.id)
    return things("RubricPoint", sorted(rows, key=lambda row: row.points))


def item_responses(eyes: Eyes, r: models.Result, _given: Any) -> list[Thing]:
    rows = eyes.rows.all(models.ItemResponse, result_id=r.id)
    return things("ItemResponse", sorted(rows, key=lambda row: (row.position, row.item_id)))


def demographic(name: str) -> Meaning:
    return lambda eyes, row, _given: eyes.demographic(name, row)


def ethnicities(eyes: Eyes, row: Any, _given: Any) -> list[str] | None:
    mask = eyes.demographic("ethnicities", row)
    return None if mask is None else [code for code, bit in ETHNICITIES.items() if mask & bit]


def scored(type_: str) -> Meaning:
    return lambda _eyes, row, _given: None if row.scale_score is None else Thing(type_, row)


def school_by_code(kind: Any, type_: str) -> Meaning:
    return lambda eyes, _root, given: thing(type_, next(iter(eyes.rows.all(kind, natural_id=given["cdsCode"])), None))


def student_by_ssid(eyes: Eyes, _root: Any, given: dict[str, Any]) -> Thing | None:
    return thing(
        "Student", next((s for s in eyes.rows.all(models.Student, ssid=given["ssid"]) if eyes.student(s)), None)
    )


def correctness(_eyes: Eyes, row: models.ItemResponse, _given: Any) -> float | None:
    return None if row.points is None or not row.max_points else round(row.points / row.max_points, 4)


def field_policy(eyes: Eyes, _viewer: Any, _given: Any) -> list[Thing]:
    return things("FieldRule", [(camel(name), eyes.fields[name]) for name in CALIFORNIA])


def may_change_group(eyes: Eyes, g: models.Group, _given: Any) -> bool:
    return eyes.over("GROUP_WRITE", g.school_id) if g.kind == "ASSIGNED" else eyes.holds("CUSTOM_GROUP_WRITE")


PLACE = {"name": column("name"), "naturalId": column("natural_id")}
FIELDS: dict[str, dict[str, Meaning]] = {
    "Query": {
        "viewer": lambda eyes, _root, _given: Thing("Viewer", eyes.viewer),
        "node": lambda eyes, _root, given: by_id(eyes, given["id"]),
        "nodes": lambda eyes, _root, given: [by_id(eyes, named) for named in given["ids"]],
        "student": student_by_ssid,
        "students": listing("Student", lambda eyes, _root: eyes.rows.all(models.Student)),
        "groups": listing("Group", lambda eyes, _root: eyes.rows.all(models.Group)),
        "results": listing("Result", lambda eyes, _root: eyes.rows.all(models.Result)),
        "districts": listing(
            "District", lambda eyes, _root: [d for d in eyes.rows.all(models.District) if eyes.lists_district(d)]
        ),
        "schools": listing(
            "School", lambda eyes, _root: [s for s in eyes.rows.all(models.School) if eyes.lists_school(s)]
        ),
        "school": school_by_code(models.School, "School"),
        "district": school_by_code(models.District, "District"),
        "programs": lambda eyes, _root, _given: things(
            "Program", sorted(eyes.rows.all(models.Program), key=lambda program: program.code)
        ),
        "assessments": listing("Assessment", lambda eyes, _root: eyes.rows.all(models.Assessment), open=True),
    },
    "Viewer": {
        **columns("login", "display_name"),
        "tenant": lambda eyes, _viewer, _given: Thing("Tenant", eyes.tenant),
        "isSandbox": lambda eyes, _viewer, _given: eyes.tenant.sandbox,
        "fieldPolicy": field_policy,
    },
    "Tenant": columns("name", "sandbox", "school_year", "tested_elsewhere"),
    "FieldRule": {"field": lambda _eyes, rule, _given: rule[0], "rule": lambda _eyes, rule, _given: rule[1]},
    "Student": {
        **columns("ssid", "first_name", "middle_name", "last_name"),
        "birthday": lambda _eyes, row, _given: row.birthday and row.birthday.isoformat(),
        "school": other("School", models.School, "current_school_id"),
        "demographics": lambda _eyes, row, _given: Thing("Demographics", row),
        "results": listing("Result", lambda eyes, s: eyes.rows.all(models.Result, student_id=s.id)),
        "latestResult": latest_result,
        "groups": groups_of_student,
    },
    "Group": {
        **columns("name", "kind", "school_year"),
        "school": other("School", models.School, "school_id"),
        "subject": other("Subject", models.Subject, "subject_id"),
        "viewerCanUpdate": may_change_group,
        "viewerCanDelete": may_change_group,
        "studentCount": lambda eyes, g, _given: sum(map(eyes.student, members(eyes, g))),
        "pendingCount": lambda eyes, g, _given: len(eyes.rows.all(models.PendingMember, group_id=g.id)),
        "educators": lambda eyes, g, _given: things(
            "Educator", sorted(eyes.rows.all(models.GroupEducator, group_id=g.id), key=lambda row: row.login)
        ),
        "students": listing("Student", members),
        "results": listing("Result", results_of_members),
    },
    "Educator": columns("login"),
    "School": {
        **PLACE,
        "district": other("District", models.District, "district_id"),
        "students": listing("Student", lambda eyes, s: eyes.rows.all(models.Student, current_school_id=s.id)),
        "results": listing("Result", lambda eyes, s: eyes.rows.all(models.Result, school_id=s.id)),
        "groups": listing("Group", lambda eyes, s: eyes.rows.all(models.Group, school_id=s.id)),
    },
    "District": {
        **PLACE,
        "schools": listing("School", lambda eyes, d: eyes.rows.all(models.School, district_id=d.id), open=True),
    },
    "Subject": columns("code", "name"),
    "Level": {
        "number": lambda _eyes, level, _given: level[0],
        "label": lambda _eyes, level, _given: level[1],
        "proficient": lambda _eyes, level, _given: level[2],
    },
    "Program": {
        **columns("code", "name", "kinds", "grades", "source"),
        "confidence": lambda _eyes, row, _given: row.confidence.upper(),
        "subject": other("Subject", models.Subject, "subject_id"),
        "levels": program_levels,
        "subScores": program_sub_scores,
    },
    "SubScoreDefinition": {
        **columns("kind", "code", "name"),
        "levels": lambda eyes, row, _given: things("Level", levels(eyes, row.label_set_id)),
    },
    "Assessment": {
        **columns("natural_id", "name", "label", "kind", "grade", "school_year"),
        **columns("min_score", "max_score", "cut_scores"),
        "program": other("Program", models.Program, "program_id"),
        "subject": other("Subject", models.Subject, "subject_id"),
        "levels": lambda eyes, row, _given: things("Level", levels(eyes, row.label_set_id)),
    },
    "Item": {
        **columns("natural_id", "position", "type", "claim", "target", "standards", "depth_of_knowledge"),
        **columns("difficulty", "max_points", "answer_key", "writing_purpose"),
        "rubric": rubric,
    },
    "RubricPoint": columns("points", "text"),
    "TraitScore": columns("purpose", "category", "points", "max_points", "condition_code"),
    "TargetScore": {
        **columns("student_relative", "standard_met_relative"),
        "target": other("Target", models.Target, "target_id"),
    },
    "Target": columns("claim", "code", "name", "description", "reported"),
    "ItemResponse": {
        **columns("response", "points", "max_points"),
        "item": other("Item", models.Item, "item_id"),
        "correctness": correctness,
    },
    "Result": {
        **columns("school_year", "session", "manner", "validity", "completeness"),
        "student": other("Student", models.Student, "student_id"),
        "assessment": other("Assessment", models.Assessment, "assessment_id"),
        "school": other("School", models.School, "school_id"),
        "completedAt": moment("completed_at"),
        "enrolledGrade": demographic("enrolled_grade"),
        "testedElsewhere": lambda eyes, r, _given: eyes.tested_elsewhere(r),
        "offGrade": off_grade,
        "score": scored("Score"),
        "scoreUnavailableReason": column("unscored_reason"),
        "demographics": lambda _eyes, row, _given: Thing("Demographics", row),
        "subScores": sub_scores,
        "writingTraits": trait_scores,
        "targetScores": target_scores,
        "items": item_responses,
    },
    "Score": {
        "value": column("scale_score"),
        "standardError": column("standard_error"),
        "band": lambda _eyes, r, _given: None if r.standard_error is None else Thing("ScoreBand", r),
        "level": lambda eyes, r, _given: numbered(
            eyes, eyes.rows.one(models.Assessment, r.assessment_id).label_set_id, r.level
        ),
    },
    "ScoreBand": {
        "low": lambda _eyes, r, _given: round(r.scale_score - r.standard_error),
        "high": lambda _eyes, r, _given: round(r.scale_score + r.standard_error),
    },
    "SubScore": {
        **{name: of_definition(name) for name in ("kind", "code", "name")},
        "score": scored("SubScoreValue"),
        "level": lambda eyes, s, _given: numbered(eyes, definition(eyes, s).label_set_id, s.level),
    },
    "SubScoreValue": {"value": column("scale_score"), "standardError": column("standard_error")},
    "Demographics": {
        **{camel(name): demographic(name) for name in DEMOGRAPHICS.values()},
        "ethnicities": ethnicities,
    },
}  # fmt: skip
"""GraphQL type -> field -> its meaning. `id` and `__typename` are the interpreter's own."""
