"""Who imports groups: which schools' groups they may write, whom they may assign them to, and whose students count."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Student
from models.arrays import one_of
from models.reference import School
from policies.groups import may_assign_themselves, may_write_groups, students_to_group
from policies.scope import Scope


@dataclass(frozen=True, slots=True)
class Importer:
    """An importer: login (null = the command line), the schools whose groups they may write and may assign to
    themselves, and the students in their scope (SSIDs -> id of those who are)."""

    login: str | None
    may_write: Callable[[School], bool]
    may_assign_themselves: Callable[[School], bool]
    students: Callable[[Session, Collection[str]], Mapping[str, int]]


def importer_of(scope: Scope) -> Importer:
    """A viewer."""
    return Importer(
        scope.viewer.login,
        lambda school: may_write_groups(scope, school),
        lambda school: may_assign_themselves(scope, school),
        lambda session, ssids: students_to_group(session, scope, ssids),
    )


def every_student(session: Session, ssids: Collection[str]) -> dict[str, int]:
    """All known students of the SSIDs."""
    known = select(Student.ssid, Student.id).where(one_of(Student.ssid, ssids, session))
    return dict(session.execute(known).all())


OPERATOR = Importer(None, lambda _: True, lambda _: True, every_student)
"""The command line: every school, every student."""
