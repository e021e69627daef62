"""What the battery asks for rows, as statements, and what product.md answers, as plain Python over the same rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Select, exists, join, select, true
from sqlalchemy.orm import aliased

from models import (
    Availability,
    AvailabilityChange,
    Disclosure,
    DisclosureStudent,
    District,
    Group,
    GroupEducator,
    GroupMember,
    ItemResponse,
    PendingMember,
    Result,
    School,
    Student,
    SubScore,
    TargetScore,
    TraitScore,
)
from policies.identity import Viewer
from tests.resolvers.visibility import Eyes, Rows

Found = set[tuple[Any, ...]]
MASKED = ("gender", "elas", "english_learner")


@dataclass(frozen=True)
class Question:
    """`ask` makes a statement, given the viewer's rules; `expected` says which rows it finds."""

    ask: Callable[[Any], Select[Any]]
    expected: Callable[["Seen"], Found]
    keyed: bool = False
    one: bool = False
    counted: bool = False
    of_few: bool = False
    """Answered by another question's rule: a few viewers show that it is."""


class Seen(Eyes):
    """A viewer's sight, remembered."""

    def __init__(self, rows: Rows, viewer: Viewer) -> None:
        super().__init__(rows, viewer)
        self._groups_of: dict[int, list[Group]] = {}

    def active_groups_of(self, student_id: int) -> list[Group]:
        if student_id not in self._groups_of:
            self._groups_of[student_id] = super().active_groups_of(student_id)
        return self._groups_of[student_id]

    @cached_property
    def results(self) -> list[Result]:
        return [r for r in self.rows.all(Result) if self.result(r)]

    @cached_property
    def students(self) -> list[Student]:
        return [s for s in self.rows.all(Student) if self.student(s)]

    @cached_property
    def groups(self) -> list[Group]:
        return [g for g in self.rows.all(Group) if self.group(g)]


def under_results(eyes: Seen, model: type[Any]) -> Found:
    seen = {r.id for r in eyes.results}
    return {(row.result_id,) for row in eyes.rows.all(model) if row.result_id in seen}


def under_groups(eyes: Seen, model: type[Any], column: str) -> Found:
    seen = {g.id for g in eyes.groups}
    return {(row.group_id, getattr(row, column)) for row in eyes.rows.all(model) if row.group_id in seen}


def of_districts(eyes: Seen, model: type[Any], permission: str, *columns: str) -> Found:
    rows = [row for row in eyes.rows.all(model) if eyes.over_district(permission, row.district_id)]
    return {tuple(getattr(row, column) for column in columns) for row in rows}


def counted(eyes: Seen, r: Result) -> bool:
    """Whether an aggregate may count a result."""
    return eyes.over("AGGREGATE_READ", r.school_id, locally=r.interim) and (r.interim or eyes.available(r, "aggregate"))


def changeable(eyes: Seen, g: Group) -> bool:
    if g.kind == "CUSTOM":
        return eyes.group(g) and eyes.holds("CUSTOM_GROUP_WRITE")
    return eyes.group(g) and eyes.over("GROUP_WRITE", g.school_id)


def one_by_one(rows: Iterable[Any]) -> Found:
    return {(row.id,) for row in rows}


def masks(rules: Any, model: type[Any]) -> Select[Any]:
    table = model.__table__
    return select(model.id, *(rules.masked(name, table).label(f"shown_{name}") for name in MASKED))


def shown(eyes: Seen, rows: Iterable[Any]) -> Found:
    return {(row.id, *(eyes.demographic(name, row) for name in MASKED)) for row in rows}


def results_of_students() -> Select[Any]:
    return select(Student.id, Result.id).join(Result, Result.student_id == Student.id)


def beside_schools(results: Any) -> Select[Any]:
    return select(results.id).select_from(join(School, results, true())).distinct()


QUESTIONS: Mapping[str, Question] = {
    "results": Question(lambda _: select(Result.id), lambda eyes: one_by_one(eyes.results)),
    "results by key": Question(lambda _: select(Result.id), lambda eyes: one_by_one(eyes.results), keyed=True),
    "results of one student": Question(
        lambda _: select(Result.id), lambda eyes: one_by_one(eyes.results), keyed=True, one=True
    ),
    "one student": Question(lambda _: select(Student.id), lambda eyes: one_by_one(eyes.students), keyed=True, one=True),
    "students": Question(lambda _: select(Student.id), lambda eyes: one_by_one(eyes.students)),
    "students by key": Question(lambda _: select(Student.id), lambda eyes: one_by_one(eyes.students), keyed=True),
    "groups": Question(lambda _: select(Group.id), lambda eyes: one_by_one(eyes.groups)),
    "counted results": Question(
        lambda _: select(Result.id),
        lambda eyes: one_by_one(r for r in eyes.rows.all(Result) if counted(eyes, r)),
        counted=True,
    ),
    "members": Question(
        lambda _: select(GroupMember.group_id, GroupMember.student_id),
        lambda eyes: under_groups(eyes, GroupMember, "student_id"),
    ),
    "educators": Question(
        lambda _: select(GroupEducator.group_id, GroupEducator.login),
        lambda eyes: under_groups(eyes, GroupEducator, "login"),
        of_few=True,
    ),
    "pending members": Question(
        lambda _: select(PendingMember.group_id, PendingMember.ssid),
        lambda eyes: under_groups(eyes, PendingMember, "ssid"),
        of_few=True,
    ),
    "sub-scores": Question(
        lambda _: select(SubScore.result_id), lambda eyes: under_results(eyes, SubScore), of_few=True
    ),
    "writing traits": Question(
        lambda _: select(TraitScore.result_id), lambda eyes: under_results(eyes, TraitScore), of_few=True
    ),
    "targets": Question(
        lambda _: select(TargetScore.result_id), lambda eyes: under_results(eyes, TargetScore), of_few=True
    ),
    "item responses": Question(
        lambda _: select(ItemResponse.result_id),
        lambda eyes: under_results(eyes, ItemResponse),
        keyed=True,
        of_few=True,
    ),
    "states of availability": Question(
        lambda _: select(Availability.school_year, Availability.district_id, Availability.program_id),
        lambda eyes: of_districts(eyes, Availability, "AVAILABILITY_READ", "school_year", "district_id", "program_id"),
    ),
    "changes of availability": Question(
        lambda _: select(AvailabilityChange.id),
        lambda eyes: of_districts(eyes, AvailabilityChange, "AVAILABILITY_READ", "id"),
        of_few=True,
    ),
    "the log": Question(
        lambda _: select(Disclosure.id), lambda eyes: of_districts(eyes, Disclosure, "AUDIT_READ", "id")
    ),
    "students in the log": Question(
        lambda _: select(DisclosureStudent.list_id),
        lambda eyes: of_districts(eyes, DisclosureStudent, "AUDIT_READ", "list_id"),
    ),
    "students shown by the log": Question(
        lambda _: select(DisclosureStudent.list_id, Student.id).join(
            Student, DisclosureStudent.student_id == Student.id
        ),
        lambda eyes: of_districts(eyes, DisclosureStudent, "AUDIT_READ", "list_id", "student_id"),
    ),
    "results tested elsewhere": Question(
        lambda rules: select(Result.id).where(rules.tested_elsewhere(Result.__table__)),
        lambda eyes: one_by_one(r for r in eyes.results if eyes.tested_elsewhere(r)),
    ),
    "demographics of students": Question(lambda rules: masks(rules, Student), lambda eyes: shown(eyes, eyes.students)),
    "demographics of results": Question(lambda rules: masks(rules, Result), lambda eyes: shown(eyes, eyes.results)),
    "changeable groups": Question(
        lambda rules: select(Group.id).where(rules.changeable_group(Group.__table__)),
        lambda eyes: one_by_one(g for g in eyes.rows.all(Group) if changeable(eyes, g)),
    ),
    "listed schools": Question(
        lambda rules: select(School.id).where(rules.listed_school(School.__table__)),
        lambda eyes: one_by_one(s for s in eyes.rows.all(School) if eyes.lists_school(s)),
    ),
    "listed districts": Question(
        lambda rules: select(District.id).where(rules.listed_district(District.__table__)),
        lambda eyes: one_by_one(d for d in eyes.rows.all(District) if eyes.lists_district(d)),
    ),
    "students joined to their results": Question(
        lambda _: results_of_students(), lambda eyes: {(r.student_id, r.id) for r in eyes.results}, of_few=True
    ),
    "students beside others' results": Question(
        lambda _: select(Student.id).join(Result, Result.student_id != Student.id).distinct(),
        lambda eyes: one_by_one(s for s in eyes.students if any(r.student_id != s.id for r in eyes.results)),
    ),
    "an alias of results, joined": Question(
        lambda _: beside_schools(aliased(Result)), lambda eyes: one_by_one(eyes.results), of_few=True
    ),
    "schools where a result is": Question(
        lambda _: select(School.id).where(exists().where(Result.school_id == School.id)),
        lambda eyes: {(r.school_id,) for r in eyes.results},
        of_few=True,
    ),
    "results of a subquery": Question(
        lambda _: select(select(Result.id).subquery().c.id), lambda eyes: one_by_one(eyes.results), of_few=True
    ),
}
