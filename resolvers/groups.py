"""Which groups: those a viewer sees, of a student or a school; their educators and counts."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

import models
from models.reference import Reference, Subject
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask, Parent, row_of
from resolvers.filters import Condition, by_code, by_column, by_enum, by_words, combined

Group = models.Group

ORDERS = {"NAME": Sort("sort_key"), "SCHOOL_YEAR": Sort("school_year")}


CONDITIONS: dict[str, Condition] = {
    "name": by_words("sort_key"),
    "school": by_code(models.School, "natural_id", "school_id"),
    "subject": by_code(models.Subject, "code", "subject_id"),
    "school_year": by_column("school_year"),
    "kind": by_enum("kind"),
}


def all_groups(ask: Ask, filter: Any = None) -> Select[Any]:
    return select(Group).where(combined(ask, row_of(Group), filter, CONDITIONS))


def groups_of_school(ask: Ask, school: Parent, filter: Any = None) -> Select[Any]:
    return all_groups(ask, filter).where(Group.school_id == school.id)


def groups_of_student(ask: Ask, student: Parent) -> Select[Any]:
    member = models.GroupMember
    return (
        select(Group)
        .join(member, (member.district_id == Group.district_id) & (member.group_id == Group.id))
        .where(member.student_id == student.id)
    )


def educators_of_group(ask: Ask, group: Parent) -> Select[Any]:
    educator = models.GroupEducator
    return select(educator).where(educator.district_id == group.district_id, educator.group_id == group.id)


def pending_members_of_group(ask: Ask, group: Parent) -> Select[Any]:
    pending = models.PendingMember
    return select(pending).where(pending.district_id == group.district_id, pending.group_id == group.id)


def changeable(ask: Ask, row: FromClause) -> ColumnElement[bool]:
    return ask.rules.changeable_group(row)


def subject_of_row(reference: Reference, subject_id: int) -> Subject:
    return reference.subjects[subject_id]
