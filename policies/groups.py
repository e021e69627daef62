"""What managing groups may do: whose groups, with which students, and when managers may name themselves."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.arrays import one_of
from models.reference import School
from policies.permission import GROUP, INDIVIDUAL, Permission
from policies.rows import STUDENTS, Rules
from policies.scope import Reach, Scope


def may_write_groups(scope: Scope, school: School) -> bool:
    """Whether the viewer manages the groups of a school."""
    return scope.covers(Permission.GROUP_WRITE, school)


def may_assign_themselves(scope: Scope, school: School) -> bool:
    """Whether a group of the school may be assigned to the viewer who manages it: managing groups never widens one's
    own access (product.md: Student groups).

    It needs INDIVIDUAL_PII_READ over the school, and wherever GROUP_PII_READ is held: there a group would open the
    results of any student put into it, whatever the group's school. A grant at state level does not open interims.
    """
    individual, group = scope.reaches.get(INDIVIDUAL, Reach()), scope.reaches.get(GROUP, Reach())
    opened = [school, *(scope.reference.schools[id_] for id_ in group.schools)]
    return (
        not group.statewide
        and group.districts <= individual.districts
        and all(one.district.id in individual.districts or one.id in individual.schools for one in opened)
    )


def students_to_group(session: Session, scope: Scope, ssids: Collection[str]) -> dict[str, int]:
    """The students, of these SSIDs, whom the viewer may put into groups: SSID -> id."""
    reach = Rules(scope.shape, session.get_bind().dialect.name).in_group_scope(STUDENTS)
    found = select(STUDENTS.c.ssid, STUDENTS.c.id).where(one_of(STUDENTS.c.ssid, ssids, session), reach)
    return dict(session.execute(found, scope.values).all())
