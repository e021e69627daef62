"""The visibility rules of product.md as SQL predicates, written once (product.md: Visibility).

`Rules` knows a viewer's shape, never their values: those are bind parameters (`Scope.values`). Predicates are over
Core tables, so that the gate, which puts them into statements, never meets its own work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    SmallInteger,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    null,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.sql.elements import False_, True_, UnaryExpression
from sqlalchemy.sql.operators import custom_op

import models
from models.arrays import among
from policies.permission import GROUP, INDIVIDUAL, READ_AGGREGATES, READ_STUDENTS, Permission
from policies.scope import Shape, parameter

Predicate = ColumnElement[bool]

GROUPS = models.Group.__table__
MEMBERS = models.GroupMember.__table__
EDUCATORS = models.GroupEducator.__table__
RESULTS = models.Result.__table__
STUDENTS = models.Student.__table__
AVAILABILITY = models.Availability.__table__


@dataclass(frozen=True, slots=True)
class Rules:
    """The predicates of one shape of viewer on one kind of database."""

    shape: Shape
    dialect: str
    keyed: bool = False
    """The statement already names its rows, so each is asked about on its own; otherwise the viewer's rows are
    collected first."""
    one: bool = False
    """And they are one student's."""

    def result(self, r: FromClause) -> Predicate:
        """visible(R)."""
        return both(either(self.individual(r), self._by_group(r)), self.available(r, "individual"))

    def aggregate_result(self, r: FromClause) -> Predicate:
        """A result that aggregates may count: statewide grants reach summatives only."""
        return both(
            self._reaches(r, r.c.district_id, r.c.school_id, Permission.AGGREGATE_READ),
            self.available(r, "aggregate"),
        )

    def individual(self, r: FromClause) -> Predicate:
        """in(S, INDIVIDUAL_PII_READ) or (T and in(H, INDIVIDUAL_PII_READ)) for a result."""
        here = self._reaches(r, r.c.district_id, r.c.school_id, INDIVIDUAL)
        if not self.shape.tested_elsewhere:
            return here
        now = self._reaches(r, r.c.current_district_id, r.c.current_school_id, INDIVIDUAL)
        return either(here, both(r.c.current_school_id.is_not(null()), now))

    def available(self, r: FromClause, report: str) -> Predicate:
        """R is interim or available(R), by the individual or the aggregate status."""
        write = self._over_district(Permission.AVAILABILITY_WRITE, r.c.district_id)
        review = either(write, self._over_district(Permission.AVAILABILITY_REVIEW, r.c.district_id))
        status = AVAILABILITY.c[report]
        released = exists().where(
            AVAILABILITY.c.school_year == r.c.school_year,
            AVAILABILITY.c.district_id == r.c.district_id,
            AVAILABILITY.c.program_id == r.c.program_id,
            either(status == "RELEASED", both(status == "REVIEWING", review)),
        )
        return either(r.c.interim, write, released.correlate(r))

    def student(self, s: FromClause) -> Predicate:
        """Students: a visible result, or their current school in reach, or membership and that school in reach."""
        if self.keyed:
            result = RESULTS.alias("a_result")
            seen = exists().where(result.c.student_id == s.c.id, self.result(result)).correlate(s)
            return either(self._at_school(s), self._in_group(s), seen)
        return s.c.id.in_(self._visible_students())

    def _at_school(self, s: FromClause) -> Predicate:
        return self.within(INDIVIDUAL, s.c.current_district_id, s.c.current_school_id)

    def _in_group(self, s: FromClause) -> Predicate:
        if not self.shape.groups_widen:
            return false()
        mine = _my_members(self.shape.group_years)
        alone = self.one and self.dialect == "sqlite"
        member = self._member(s, s.c.id) if alone else s.c.id.in_(select(mine.c.student_id))
        place = self.within(GROUP, s.c.current_district_id, s.c.current_school_id, statewide=True)
        return both(s.c.current_school_id.is_not(null()), place, member)

    def _member(self, row: FromClause, student: ColumnElement[int], *subject: ColumnElement[int]) -> Predicate:
        """Membership (for a subject) asked of each row: less to do for one student than to collect everybody's.

        Trap: on PostgreSQL each mention of these tables brings their policies along, which take longer to set up than
        the list to make: a rule that would mention them twice (of a student) asks the list.
        """
        member, group, educator = MEMBERS.alias("their_place"), GROUPS.alias("their_group"), EDUCATORS.alias("assigned")
        its = both(group.c.district_id == member.c.district_id, group.c.id == member.c.group_id)
        mine = exists().where(member.c.student_id == student, its, *_assigned(group, educator, self.shape.group_years))
        for one in subject:
            mine = mine.where(either(group.c.subject_id.is_(null()), group.c.subject_id == one))
        return mine.correlate(row)

    def _visible_students(self) -> Select[Any]:
        s, m = STUDENTS.alias("a_student"), STUDENTS.alias("a_member")
        at_school = select(s.c.id).where(self._at_school(s))
        in_groups = select(m.c.id).where(self._in_group(m))
        r = RESULTS.alias("a_result")
        tested = select(r.c.student_id).where(self.result(r))
        everyone = at_school.union(in_groups, tested).subquery("my_students")
        return select(everyone.c[0])

    def group(self, g: FromClause) -> Predicate:
        """Assigned: assigned to the viewer and in(its school, GROUP_PII_READ), or in(its school, GROUP_WRITE or
        INDIVIDUAL_PII_READ). Custom: the owner's."""
        mine = exists().where(
            EDUCATORS.c.district_id == g.c.district_id,
            EDUCATORS.c.group_id == g.c.id,
            EDUCATORS.c.login == LOGIN,
        )
        place = (g.c.district_id, g.c.school_id)
        assigned = either(
            both(self.within(GROUP, *place, statewide=True), mine.correlate(g)),
            self.within(Permission.GROUP_WRITE, *place, statewide=True),
            self.within(INDIVIDUAL, *place, statewide=True),
        )
        return both(
            g.c.deleted_at.is_(null()),
            either(both(g.c.kind == "ASSIGNED", assigned), both(g.c.kind == "CUSTOM", g.c.owner_login == LOGIN)),
        )

    def changeable_group(self, g: FromClause) -> Predicate:
        """A visible group that the viewer may change and delete: assigned, with GROUP_WRITE over its school; custom,
        their own, with CUSTOM_GROUP_WRITE anywhere."""
        manages = self.within(Permission.GROUP_WRITE, g.c.district_id, g.c.school_id, statewide=True)
        owns = g.c.owner_login == LOGIN if self.shape.reach(Permission.CUSTOM_GROUP_WRITE) else false()
        return either(both(g.c.kind == "ASSIGNED", manages), both(g.c.kind == "CUSTOM", owns))

    def in_group_scope(self, s: FromClause) -> Predicate:
        """Students whom the viewer may put into groups: their current school or a result's lies in the scope of
        GROUP_WRITE. It opens nothing: results still need the place in reach of GROUP_PII_READ."""
        current = self.within(Permission.GROUP_WRITE, s.c.current_district_id, s.c.current_school_id, statewide=True)
        r = RESULTS.alias("their_result")
        place = self.within(Permission.GROUP_WRITE, r.c.district_id, r.c.school_id, statewide=True)
        tested = exists().where(r.c.student_id == s.c.id, place).correlate(s)
        return either(both(s.c.current_school_id.is_not(null()), current), tested)

    def of_group(self, row: FromClause) -> Predicate:
        """A row that belongs to a group: visible with it."""
        g = GROUPS.alias("its_group")
        return (
            exists().where(g.c.district_id == row.c.district_id, g.c.id == row.c.group_id, self.group(g)).correlate(row)
        )

    def of_result(self, row: FromClause) -> Predicate:
        """A row that belongs to a result: visible with it."""
        r = RESULTS.alias("its_result")
        return (
            exists()
            .where(r.c.district_id == row.c.district_id, r.c.id == row.c.result_id, self.result(r))
            .correlate(row)
        )

    def listed_school(self, s: FromClause) -> Predicate:
        """Schools that lists show: those in reach of any permission, and those of districts in reach."""
        return either(*(self.within(p, s.c.district_id, s.c.id, statewide=True) for p in self.shape.reaches))

    def listed_district(self, d: FromClause) -> Predicate:
        """Districts that lists show: those in reach of any permission, and those of schools in reach."""
        return either(*(self._district_in_reach(d.c.id, p) for p in self.shape.reaches))

    def reads_states(self, district: ColumnElement[int]) -> Predicate:
        """States of availability and their history: of districts in the scope of AVAILABILITY_READ."""
        return self._over_district(Permission.AVAILABILITY_READ, district)

    def reads_log(self, row: FromClause) -> Predicate:
        """What the disclosure log says of a district: with AUDIT_READ over the district where results were taken."""
        return self._over_district(Permission.AUDIT_READ, row.c.district_id)

    def sees_unreleased(self, state: FromClause, report: str) -> Predicate:
        """A state that holds results back, though not from this viewer, in a district where they read results."""
        status, district = state.c[report], state.c.district_id
        write = self._over_district(Permission.AVAILABILITY_WRITE, district)
        review = either(write, self._over_district(Permission.AVAILABILITY_REVIEW, district))
        reads = READ_AGGREGATES if report == "aggregate" else READ_STUDENTS
        return both(
            either(both(status == "LOADING", write), both(status == "REVIEWING", review)),
            either(*(self._district_in_reach(district, permission) for permission in sorted(reads))),
        )

    def tested_elsewhere(self, r: FromClause) -> Predicate:
        """The result's school lies in none of the viewer's PII scopes."""
        places = (r.c.district_id, r.c.school_id)
        inside = either(*(self.within(p, *places, statewide=True) for p in (INDIVIDUAL, GROUP)))
        return ~inside

    def masked(self, field: str, row: FromClause) -> ColumnElement[Any]:
        """A demographic column of a student or a result as this viewer may see it: ADMIN_ONLY needs
        INDIVIDUAL_PII_READ over the row (S, or T and H; for a student H)."""
        column = row.c[field]
        if self.shape.fields[field] == "ENABLED":
            return column
        over = self._over_current(row)
        if "school_id" in row.c:
            over = either(
                self.within(INDIVIDUAL, row.c.district_id, row.c.school_id, statewide=True),
                over if self.shape.tested_elsewhere else false(),
            )
        return case((over, column)) if self.may_use(field) else type_coerce(null(), column.type)

    def _over_current(self, row: FromClause) -> Predicate:
        """in(H, INDIVIDUAL_PII_READ); no current school lies nowhere."""
        place = (row.c.current_district_id, row.c.current_school_id)
        return both(row.c.current_school_id.is_not(null()), self.within(INDIVIDUAL, *place, statewide=True))

    def may_use(self, field: str) -> bool:
        """Whether the viewer sees the field on any row; otherwise naming it is FORBIDDEN."""
        policy = self.shape.fields[field]
        return policy == "ENABLED" or (policy == "ADMIN_ONLY" and bool(self.shape.reach(INDIVIDUAL)))

    def within(
        self,
        permission: Permission,
        district: ColumnElement[int],
        school: ColumnElement[int],
        *,
        statewide: bool = False,
    ) -> Predicate:
        """in(X, P) by grants at district level or below; by statewide ones too where asked."""
        reach = self.shape.reach(permission)
        if statewide and reach.statewide:
            return true()
        return either(
            false(),
            *self._one_of(permission, "districts", reach.districts, district),
            *self._one_of(permission, "schools", reach.schools, school),
        )

    def _reaches(
        self, r: FromClause, district: ColumnElement[int], school: ColumnElement[int], permission: Permission
    ) -> Predicate:
        """in(X, P) for a result: a statewide grant counts for summatives only."""
        local = self.within(permission, district, school)
        return either(~r.c.interim, local) if self.shape.reach(permission).statewide else local

    def _by_group(self, r: FromClause) -> Predicate:
        """Membership in an active assigned group of the viewer, of any subject or the result's, with the place in
        reach of GROUP_PII_READ."""
        if not self.shape.reach(GROUP) or not self.shape.groups_widen:
            return false()
        place = self.within(GROUP, r.c.district_id, r.c.school_id, statewide=True)
        if self.shape.tested_elsewhere:
            now = self.within(GROUP, r.c.current_district_id, r.c.current_school_id, statewide=True)
            place = either(place, both(r.c.current_school_id.is_not(null()), now))
        if self.one:
            return both(place, self._member(r, r.c.student_id, r.c.subject_id))
        mine = _my_members(self.shape.group_years)
        any_subject = select(mine.c.student_id).where(mine.c.subject_id.is_(null()))
        one_subject = select(mine.c.student_id, mine.c.subject_id).where(mine.c.subject_id.is_not(null()))
        member = either(r.c.student_id.in_(any_subject), tuple_(r.c.student_id, r.c.subject_id).in_(one_subject))
        return both(place, member)

    def _over_district(self, permission: Permission, district: ColumnElement[int]) -> Predicate:
        reach = self.shape.reach(permission)
        if reach.statewide:
            return true()
        return either(*self._one_of(permission, "districts", reach.districts, district))

    def _district_in_reach(self, district: ColumnElement[int], permission: Permission) -> Predicate:
        reach = self.shape.reach(permission)
        if reach.statewide:
            return true()
        s = models.School.__table__.alias("a_school")
        schools = (
            exists().where(s.c.district_id == district, *self._one_of(permission, "schools", reach.schools, s.c.id))
            if reach.schools
            else None
        )
        own = self._one_of(permission, "districts", reach.districts, district)
        return either(*own, *([schools.correlate(district.table)] if schools is not None else []))

    def _one_of(self, permission: Permission, kind: str, count: int, subject: ColumnElement[int]) -> list[Predicate]:
        if count == 0:
            return []
        values = bindparam(parameter(permission, kind), type_=BigInteger() if count == 1 else None)
        if self.keyed:
            subject = _tested_only(subject)
        return [subject == values if count == 1 else among(subject, values, self.dialect)]


def either(*predicates: Predicate) -> Predicate:
    """OR that leaves out what is never true."""
    useful = [p for p in predicates if not isinstance(p, False_)]
    if any(isinstance(p, True_) for p in useful):
        return true()
    return or_(*useful) if useful else false()


def both(*predicates: Predicate) -> Predicate:
    """AND that leaves out what is always true."""
    useful = [p for p in predicates if not isinstance(p, True_)]
    if any(isinstance(p, False_) for p in useful):
        return false()
    return and_(*useful) if useful else true()


def _tested_only(column: ColumnElement[int]) -> ColumnElement[int]:
    """The column as a test, not as a way in: a planner would else look through a whole school for one student's
    results."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


@cache
def _my_members(group_years: str) -> CTE:
    """Members of the active groups assigned to the viewer, with each group's subject: found once per statement,
    however many of its rules ask.

    Trap: PostgreSQL takes groups for nearly empty and would look up the group of every member, were it not told to
    find the groups first; SQLite would go through all members of the tenant, were it not told to store the list.
    """
    groups = select(GROUPS.c.district_id, GROUPS.c.id, GROUPS.c.subject_id)
    groups = groups.where(*_assigned(GROUPS, EDUCATORS, group_years))
    mine = groups.cte("my_groups").prefix_with("MATERIALIZED", dialect="postgresql")
    members = select(MEMBERS.c.student_id, mine.c.subject_id).join(
        mine, both(MEMBERS.c.district_id == mine.c.district_id, MEMBERS.c.group_id == mine.c.id)
    )
    return members.cte("my_members").prefix_with("MATERIALIZED", dialect="sqlite")


def _assigned(group: FromClause, educator: FromClause, group_years: str) -> list[Predicate]:
    """Of groups beside their educators: the active ones assigned to the viewer."""
    conditions = [
        educator.c.district_id == group.c.district_id,
        educator.c.group_id == group.c.id,
        educator.c.login == LOGIN,
        group.c.kind == "ASSIGNED",
        group.c.deleted_at.is_(null()),
    ]
    return [*conditions, group.c.school_year == SCHOOL_YEAR] if group_years == "CURRENT" else conditions


LOGIN = bindparam("viewer_login", type_=String())
SCHOOL_YEAR = bindparam("tenant_school_year", type_=SmallInteger())


PARTS_OF_RESULT = ("sub_score", "trait_score", "target_score", "item_response")

ROW_RULES: dict[str, Callable[[Rules, FromClause], Predicate]] = {
    "result": Rules.result,
    "student": Rules.student,
    "student_group": Rules.group,
    "group_member": Rules.of_group,
    "pending_member": Rules.of_group,
    "group_educator": Rules.of_group,
    **dict.fromkeys(PARTS_OF_RESULT, Rules.of_result),
    "availability": lambda rules, row: rules.reads_states(row.c.district_id),
    "availability_change": lambda rules, row: rules.reads_states(row.c.district_id),
    "disclosure": Rules.reads_log,
    "disclosure_student": Rules.reads_log,
}
"""Protected tables: which of their rows a viewer may read. A table in neither list is refused."""

OPEN_TABLES = frozenset({"district", "school", "subject", "program", "assessment"})
"""Names and codes that every signed-in viewer may read."""

OWNED_BY = {
    **dict.fromkeys(PARTS_OF_RESULT, ("result", {"district_id": "district_id", "result_id": "id"})),
    "group_member": ("student_group", {"district_id": "district_id", "group_id": "id"}),
    "group_educator": ("student_group", {"district_id": "district_id", "group_id": "id"}),
    "pending_member": ("student_group", {"district_id": "district_id", "group_id": "id"}),
    "disclosure_student": ("disclosure", {"district_id": "district_id", "list_id": "list_id"}),
}
"""Rows visible exactly when their owner is: table -> (owner, own column -> owner's column)."""

SHOWN_WITH = {("result", "student"), ("disclosure_student", "student")}
"""A visible result makes its student visible: a join from the first by key needs no second question. What the log
lists is who it is, and no more of the student than the SSID is answered with it."""
