"""Which students: those of a group, a school, or all that the viewer may see."""

from typing import Any

from sqlalchemy import Select, select

import models
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask, Parent, row_of
from resolvers.filters import (
    DEMOGRAPHIC_CONDITIONS,
    Condition,
    by_code,
    by_column,
    by_words,
    combined,
)

Student = models.Student


ORDERS = {
    "NAME": Sort("sort_key"),
    "SSID": Sort("ssid"),
    "BIRTHDAY": Sort("birthday", nullable=True),
}


CONDITIONS: dict[str, Condition] = {
    "ssid": by_column("ssid"),
    "name": by_words("sort_key"),
    "birthday": by_column("birthday"),
    "school": by_code(models.School, "natural_id", "current_school_id"),
    **DEMOGRAPHIC_CONDITIONS,
}


def all_students(ask: Ask, filter: Any = None) -> Select[Any]:
    return _matching(ask, select(Student), filter)


def student_by_ssid(ask: Ask, ssid: Any) -> Select[Any]:
    return select(Student).where(Student.ssid == ssid)


def students_of_group(ask: Ask, group: Parent, filter: Any = None) -> Select[Any]:
    members = select(Student).join(models.GroupMember, models.GroupMember.student_id == Student.id)
    members = members.where(
        models.GroupMember.district_id == group.district_id, models.GroupMember.group_id == group.id
    )
    return _matching(ask, members, filter)


def students_of_school(ask: Ask, school: Parent, filter: Any = None) -> Select[Any]:
    return _matching(ask, select(Student).where(Student.current_school_id == school.id), filter)


def _matching(ask: Ask, students: Select[Any], filter: Any) -> Select[Any]:
    return students.where(combined(ask, row_of(Student), filter, CONDITIONS))
