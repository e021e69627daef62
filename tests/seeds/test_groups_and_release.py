"""The sandbox's groups, assigned and custom, and what of it is released: all that a training needs to show."""

from collections import Counter, defaultdict

from sqlalchemy import select

from models import (
    Availability,
    AvailabilityChange,
    District,
    Group,
    GroupEducator,
    GroupMember,
    PendingMember,
    Program,
    School,
    Student,
    Subject,
)
from tests.seeds.conftest import Ask

MAIN = "99910010000000"


async def test_assigned_groups_have_20_to_50_students_of_their_school_and_a_teacher(ask: Ask) -> None:
    members = await ask(
        select(GroupMember.group_id)
        .join(Group, (Group.district_id == GroupMember.district_id) & (Group.id == GroupMember.group_id))
        .where(Group.kind == "ASSIGNED")
    )
    sizes = Counter(group for (group,) in members)
    taught = {group for (group,) in await ask(select(GroupEducator.group_id))}
    groups = {group for (group,) in await ask(select(Group.id).where(Group.kind == "ASSIGNED"))}
    strangers = await ask(
        select(Student.id)
        .join(GroupMember, GroupMember.student_id == Student.id)
        .join(Group, (Group.district_id == GroupMember.district_id) & (Group.id == GroupMember.group_id))
        .where(Group.school_year == 2026, Student.current_school_id.is_distinct_from(Group.school_id))
        .where(Group.kind == "ASSIGNED")
    )
    assert sizes.keys() == taught == groups
    assert set(sizes.values()) <= set(range(20, 51))
    assert strangers == []


async def test_some_groups_are_of_a_subject_some_of_all_and_some_of_last_year(ask: Ask) -> None:
    kinds = await ask(
        select(Group.school_year, Subject.code)
        .outerjoin(Subject, Subject.id == Group.subject_id)
        .where(Group.kind == "ASSIGNED")
        .distinct()
    )
    this_year = {(2026, subject) for subject in ("ELA", "MATH", "SCIENCE", "ELPAC", None)}
    assert set(kinds) == this_year | {(2025, subject) for subject in ("ELA", "MATH", "SCIENCE")}


async def test_groups_for_english_development_have_english_learners_only(ask: Ask) -> None:
    learning = await ask(
        select(Student.elas)
        .join(GroupMember, GroupMember.student_id == Student.id)
        .join(Group, (Group.district_id == GroupMember.district_id) & (Group.id == GroupMember.group_id))
        .join(Subject, Subject.id == Group.subject_id)
        .where(Subject.code == "ELPAC")
        .distinct()
    )
    assert learning == [("EL",)]


async def test_teachers_have_custom_groups_of_students_of_their_own(ask: Ask) -> None:
    custom = await ask(select(Group.id, Group.owner_login, Group.school_id).where(Group.kind == "CUSTOM"))
    assert len(custom) > 20
    assert all(owner and school is None for _, owner, school in custom)
    pupils: dict[str, set[int]] = defaultdict(set)
    for login, student in await ask(
        select(GroupEducator.login, GroupMember.student_id).join(
            GroupMember,
            (GroupMember.district_id == GroupEducator.district_id) & (GroupMember.group_id == GroupEducator.group_id),
        )
    ):
        pupils[login].add(student)
    members: dict[int, set[int]] = defaultdict(set)
    for group, student in await ask(select(GroupMember.group_id, GroupMember.student_id)):
        members[group].add(student)
    for group, owner, _ in custom:
        assert 6 <= len(members[group]) <= 12
        assert members[group] <= pupils[owner]


async def test_the_teacher_who_comes_without_a_choice_has_groups_of_both_kinds(ask: Ask) -> None:
    """Who has the most groups of a school stands for its teachers (`policies.sandbox`)."""
    owners = {owner for (owner,) in await ask(select(Group.owner_login).where(Group.kind == "CUSTOM"))}
    for (school,) in await ask(
        select(School.id).join(District, District.id == School.district_id).where(District.natural_id == MAIN)
    ):
        taught = Counter(
            login
            for (login,) in await ask(
                select(GroupEducator.login)
                .join(Group, (Group.district_id == GroupEducator.district_id) & (Group.id == GroupEducator.group_id))
                .where(Group.school_id == school, Group.school_year == 2026)
            )
        )
        assert min(taught, key=lambda login: (-taught[login], login)) in owners


async def test_some_members_are_still_pending(ask: Ask) -> None:
    pending = [ssid for (ssid,) in await ask(select(PendingMember.ssid))]
    assert pending
    assert await ask(select(Student.id).where(Student.ssid.in_(pending))) == []


async def test_everything_is_released_but_three_programs_of_2026_in_the_main_district(ask: Ask) -> None:
    rows = await ask(
        select(
            District.natural_id, Program.code, Availability.school_year, Availability.individual, Availability.aggregate
        )
        .join(District, District.id == Availability.district_id)
        .join(Program, Program.id == Availability.program_id)
    )
    held = {row for row in map(tuple, rows) if row[3:] != ("RELEASED", "RELEASED")}
    assert held == {
        (MAIN, "SB_SUMMATIVE_MATH", 2026, "REVIEWING", "LOADING"),
        (MAIN, "CAST", 2026, "LOADING", "LOADING"),
        (MAIN, "ELPAC_SUMMATIVE", 2026, "RELEASED", "REVIEWING"),
    }
    summative = {code for (code, kinds) in await ask(select(Program.code, Program.kinds)) if kinds == ["SUMMATIVE"]}
    assert {row[1] for row in rows} == summative


async def test_the_history_leads_to_the_present_state(ask: Ask) -> None:
    place = (Availability.district_id, Availability.program_id, Availability.school_year)
    states = {
        (*row[:3], report): row[3 + number]
        for row in await ask(select(*place, Availability.individual, Availability.aggregate))
        for number, report in enumerate(("INDIVIDUAL", "AGGREGATE"))
    }
    change = AvailabilityChange
    reached: dict[tuple[object, ...], str] = {}
    for *key, before, after in await ask(
        select(
            change.district_id, change.program_id, change.school_year, change.report, change.before, change.after
        ).order_by(change.changed_at, change.id)
    ):
        assert before == reached.get(tuple(key), "LOADING")
        reached[tuple(key)] = after
    of_2026 = {key: state for key, state in states.items() if key[2] == 2026}
    assert {key: reached.get(key, "LOADING") for key in of_2026} == of_2026
