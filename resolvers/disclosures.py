"""Which disclosures: what the log says of districts in the scope of AUDIT_READ, and the students it lists."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, Select, exists, select

import models
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask, Parent, row_of
from resolvers.engine.ids import global_id
from resolvers.filters import Condition, Predicate, by_code, by_column, combined, compared

Disclosure, Listed, Student = models.Disclosure, models.DisclosureStudent, models.Student

KEY = ("district_id", "id")
LIST = ("district_id", "list_id")
ORDERS = {"SERVED_AT": Sort("served_at")}
STUDENT_ORDERS = {"SSID": Sort("ssid")}


def _of_student(ask: Ask, row: FromClause, operators: Any) -> Predicate:
    """Disclosures that list a student; naming an SSID tells nothing of it but what the log says."""
    listed, student = row_of(Listed), row_of(Student)
    return (
        exists()
        .where(
            listed.c.district_id == row.c.district_id,
            listed.c.list_id == row.c.list_id,
            listed.c.student_id == student.c.id,
            compared(ask, student.c.ssid, operators),
        )
        .correlate(row)
    )


CONDITIONS: Mapping[str, Condition] = {
    "school_year": by_column("school_year"),
    "served_at": by_column("served_at"),
    "login": by_column("login"),
    "district": by_code(models.District, "natural_id", "district_id"),
    "student": _of_student,
}


def all_disclosures(ask: Ask, filter: Any) -> Select[Any]:
    return select(Disclosure).where(combined(ask, row_of(Disclosure), filter, CONDITIONS))


def students_of_disclosure(ask: Ask, disclosure: Parent) -> Select[Any]:
    return (
        select(Student)
        .join(Listed, Listed.student_id == Student.id)
        .where(Listed.district_id == disclosure.district_id, Listed.list_id == disclosure.list_id)
    )


def students_listed(ask: Ask, disclosure: Parent) -> Select[Any]:
    return select(Listed).where(Listed.district_id == disclosure.district_id, Listed.list_id == disclosure.list_id)


def student_id(key: int) -> str:
    """The global id of a listed student."""
    return global_id("Student", (key,))
