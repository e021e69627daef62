"""Breaks of what rows are seen: a condition of the rule is left out, turned round or asked of the wrong thing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import BigInteger, cast, exists, false, null, select, true

from policies import rows
from policies.permission import GROUP, INDIVIDUAL, Permission
from policies.rows import AVAILABILITY, EDUCATORS, GROUPS, LOGIN, MEMBERS, ROW_RULES, SCHOOL_YEAR, Rules, both, either
from tests.mutation.breaks import Break, Patch

MEMBERSHIP = ("kind", "deleted", "login", "school year")


def rule(name: str, broken: Callable[..., Any]) -> Patch:
    """Replace one rule, wherever the gate keeps it."""

    def patch(mp: pytest.MonkeyPatch) -> None:
        sound = getattr(Rules, name)
        mp.setattr(Rules, name, broken)
        for table, kept in ROW_RULES.items():
            if kept is sound:
                mp.setitem(ROW_RULES, table, broken)

    return patch


def row_rule(table: str, broken: Callable[..., Any]) -> Patch:
    return lambda mp: mp.setitem(ROW_RULES, table, broken)


def everything(_rules: Rules, *_arguments: Any) -> Any:
    return true()


def available_without(left_out: str) -> Patch:
    """A state of any school year, district or program lets a result out."""

    def available(self: Rules, r: Any, report: str) -> Any:
        write = self._over_district(Permission.AVAILABILITY_WRITE, r.c.district_id)
        review = either(write, self._over_district(Permission.AVAILABILITY_REVIEW, r.c.district_id))
        keys = [
            AVAILABILITY.c[key] == r.c[key] for key in ("school_year", "district_id", "program_id") if key != left_out
        ]
        status = AVAILABILITY.c[report]
        out = either(status == "RELEASED", both(status == "REVIEWING", review))
        return either(r.c.interim, write, exists().where(*keys, out).correlate(r))

    return rule("available", available)


def available_by(report: str) -> Patch:
    sound = Rules.available
    return rule("available", lambda self, r, _report: sound(self, r, report))


def held_as(permission: Permission, stand_in: Permission | None) -> Patch:
    """Over districts, a permission counts as another, or as none."""
    sound = Rules._over_district

    def over(self: Rules, asked: Permission, district: Any) -> Any:
        if asked is permission:
            return (
                false() if stand_in is None else either(sound(self, asked, district), sound(self, stand_in, district))
            )
        return sound(self, asked, district)

    return rule("_over_district", over)


def members(*left_out: str, of_subject: bool = True) -> Patch:
    """Membership without some of its conditions."""
    conditions = {
        "kind": GROUPS.c.kind == "ASSIGNED",
        "deleted": GROUPS.c.deleted_at.is_(null()),
        "login": EDUCATORS.c.login == LOGIN,
    }

    def my_members(group_years: str) -> Any:
        asked = dict(conditions)
        if group_years == "CURRENT":
            asked["school year"] = GROUPS.c.school_year == SCHOOL_YEAR
        subject = GROUPS.c.subject_id if of_subject else cast(null(), BigInteger()).label("subject_id")
        found = select(MEMBERS.c.student_id, subject).where(
            MEMBERS.c.group_id == GROUPS.c.id,
            EDUCATORS.c.group_id == GROUPS.c.id,
            *(condition for name, condition in asked.items() if name not in left_out),
        )
        return found.subquery("members")

    return lambda mp: mp.setattr(rows, "_my_members", my_members)


def statewide_too(self: Rules, r: Any, district: Any, school: Any, permission: Permission) -> Any:
    return self.within(permission, district, school, statewide=True)


def either_way(self: Rules, r: Any) -> Any:
    return either(self.individual(r), self._by_group(r), self.available(r, "individual"))


def both_ways(self: Rules, r: Any) -> Any:
    return both(self.individual(r), self._by_group(r), self.available(r, "individual"))


def by_any_group_seen(self: Rules, r: Any) -> Any:
    g = GROUPS.alias("a_group")
    return r.c.student_id.in_(select(MEMBERS.c.student_id).join(g, MEMBERS.c.group_id == g.c.id).where(self.group(g)))


def anywhere(self: Rules, r: Any) -> Any:
    return r.c.student_id.in_(select(rows._my_members(self.shape.group_years).c.student_id))


def at_a_managed_school(self: Rules, s: Any) -> Any:
    places = s.c.current_district_id, s.c.current_school_id
    return either(self.within(INDIVIDUAL, *places), self.within(Permission.GROUP_WRITE, *places, statewide=True))


def statewide_students(self: Rules, s: Any) -> Any:
    return self.within(INDIVIDUAL, s.c.current_district_id, s.c.current_school_id, statewide=True)


def group_shown(left_out: str) -> Patch:
    def group(self: Rules, g: Any) -> Any:
        place = (g.c.district_id, g.c.school_id)
        mine = exists().where(EDUCATORS.c.group_id == g.c.id, EDUCATORS.c.login == LOGIN).correlate(g)
        assigned = either(
            both(self.within(GROUP, *place, statewide=True), true() if left_out == "assignment" else mine),
            mine if left_out == "place" else false(),
            self.within(Permission.GROUP_WRITE, *place, statewide=True),
            self.within(INDIVIDUAL, *place, statewide=True),
        )
        own = true() if left_out == "owner" else g.c.owner_login == LOGIN
        shown = either(both(g.c.kind == "ASSIGNED", assigned), both(g.c.kind == "CUSTOM", own))
        return shown if left_out == "deleted" else both(g.c.deleted_at.is_(null()), shown)

    return rule("group", group)


def log_of_all(self: Rules, row: Any) -> Any:
    return true() if self.shape.reach(Permission.AUDIT_READ) else false()


def elsewhere_of_individuals(self: Rules, r: Any) -> Any:
    return ~self.within(INDIVIDUAL, r.c.district_id, r.c.school_id, statewide=True)


AVAILABLE = "available(R), by the INDIVIDUAL status of (school year, D, p)"
MEMBER = "the student is a member of some active assigned group of V's login whose subject is null or s"

BREAKS = [
    Break("the subject of a group is not asked", MEMBER, members(of_subject=False), "results"),
    Break("availability is not asked", "and ( R is interim or available(R) )", rule("available", everything),
          "results"),
    Break("results are let out by the aggregate status", AVAILABLE, available_by("aggregate"), "results"),
    Break("reports count by the individual status", "aggregate reports use the AGGREGATE status",
          available_by("individual"), "counted results"),
    Break("a release of one year is one of all", AVAILABLE, available_without("school_year"), "results"),
    Break("a release in one district is one in all", AVAILABLE, available_without("district_id"), "results"),
    Break("a release of one program is one of all", AVAILABLE, available_without("program_id"), "results"),
    Break("reviewers see what is loading", "Loading or no row -> holders of AVAILABILITY_WRITE over D",
          held_as(Permission.AVAILABILITY_WRITE, Permission.AVAILABILITY_REVIEW), "results"),
    Break("reviewers see nothing early", "Reviewing -> holders of AVAILABILITY_REVIEW or _WRITE over D",
          held_as(Permission.AVAILABILITY_REVIEW, None), "results"),
    Break("OR for AND", "( individual or group ) and ( R is interim or available(R) )", rule("result", either_way),
          "results"),
    Break("AND for OR", "in(S, INDIVIDUAL_PII_READ) ... or (the student is a member ...)", rule("result", both_ways),
          "results"),
    Break("a grant of the state opens interims", "for an interim R only grants at district level or below count here",
          rule("_reaches", statewide_too), "results"),
    Break("a grant of the state opens every student",
          "in(H, INDIVIDUAL_PII_READ) by a grant at district level or below",
          rule("_at_school", statewide_students), "students"),
    Break("membership needs no place", "and ( in(S, GROUP_PII_READ) or (T and in(H, GROUP_PII_READ)) )",
          rule("_by_group", anywhere), "results"),
    Break("a group of others opens results", "some active assigned group of V's login", members("login"), "results"),
    Break("a deleted group opens results", "Active group = not deleted", members("deleted"), "results"),
    Break("last year's groups open results", "of the tenant's school year", members("school year"), "results"),
    Break("a custom group widens access", "A custom group never widens access", members("kind"), "results"),
    Break("whoever sees a group sees its results", "being able to see or manage a group opens no results",
          rule("_by_group", by_any_group_seen), "results"),
    Break("GROUP_WRITE opens students", "Students: visible if ... in(H, INDIVIDUAL_PII_READ)",
          rule("_at_school", at_a_managed_school), "students"),
    Break("groups are shown to all who teach at their school", "an assigned group is visible if assigned to V's login",
          group_shown("assignment"), "groups"),
    Break("groups are shown wherever they are", "and in(its school, GROUP_PII_READ)", group_shown("place"), "groups"),
    Break("custom groups are shown to all", "A custom group: its owner only", group_shown("owner"), "groups"),
    Break("deleted groups are shown", "Active group = not deleted", group_shown("deleted"), "groups"),
    Break("members of every group are listed", "what hangs under them is scoped", row_rule("group_member",
          everything), "members"),
    Break("educators of every group are listed", "Educators: logins of visible groups",
          row_rule("group_educator", everything), "educators"),
    Break("pending members of every group are listed", "an SSID ... opens nothing",
          row_rule("pending_member", everything), "pending members"),
    Break("sub-scores go without their result's rule", "visible(R)", row_rule("sub_score", everything), "sub-scores"),
    Break("writing traits go without their result's rule", "visible(R)", row_rule("trait_score", everything),
          "writing traits"),
    Break("targets go without their result's rule", "visible(R)", row_rule("target_score", everything), "targets"),
    Break("item responses go without their result's rule", "item responses: holders of a PII permission",
          row_rule("item_response", everything), "item responses"),
    Break("the log is shown whole", "readable with AUDIT_READ over the student's district", rule("reads_log",
          log_of_all), "the log"),
    Break("the students of the log are shown whole", "readable with AUDIT_READ over the student's district",
          row_rule("disclosure_student", log_of_all), "students in the log"),
    Break("states of availability are shown to all", "AVAILABILITY_READ shows the table of states",
          rule("reads_states", everything), "states of availability"),
    Break("all schools are listed", "lists show V's scopes", rule("listed_school", everything), "listed schools"),
    Break("all districts are listed", "lists show V's scopes", rule("listed_district", everything), "listed districts"),
    Break("what teachers teach counts as elsewhere", "S lies in none of V's PII scopes",
          rule("tested_elsewhere", elsewhere_of_individuals), "results tested elsewhere"),
    Break("everybody's groups may be changed", "GROUP_WRITE", rule("changeable_group", everything),
          "changeable groups"),
    Break("anybody may be put into a group",
          "An SSID that is not (yet) a student of the importer's scope is a pending member",
          rule("in_group_scope", everything), "changes"),
]  # fmt: skip
