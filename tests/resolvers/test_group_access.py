"""Property: whatever people import, make, change and delete, a result opens by the one rule, its places unchanged.

`Eyes` reads product.md in plain Python over the rows as drawn and the groups as stored, without code of policies.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import models
from models import Base, Group, GroupEducator, GroupMember, PendingMember, Result, Student
from models.database import Database
from policies.identity import Grant, Viewer
from resolvers.context import Tenant
from resolvers.engine.ids import global_id
from seeds.factories import store
from tests.databases import empty
from tests.resolvers.drawn_worlds import LOGINS, Chance, DrawnWorld
from tests.resolvers.test_engine_equals_interpreter import CALM, SEED
from tests.resolvers.test_group_import import HEADER, IMPORT
from tests.resolvers.visibility import Eyes, Rows
from tests.worlds import ask, open_tenant

CREATE = "mutation ($input: CustomGroupInput!) { createCustomGroup(input: $input) { errors { code } } }"
UPDATE = "mutation ($input: UpdateCustomGroupInput!) { updateCustomGroup(input: $input) { errors { code } } }"
DELETE = "mutation ($input: DeleteGroupInput!) { deleteGroup(input: $input) { errors { code } } }"
RESULTS = "{ results(filter: {}, first: 200) { nodes { id } } }"
GROUP_KINDS = (Group, GroupMember, PendingMember, GroupEducator)
UNKNOWN = "8000000000"


@dataclass(frozen=True)
class Named:
    """A group as a file has it."""

    name: str
    school: models.School
    year: int
    subject: str
    ssids: Sequence[str]
    logins: Sequence[str]


@dataclass(frozen=True)
class Step:
    """What one viewer does: import `named`, or (`named` empty) something with custom or stored groups."""

    viewer: Viewer
    named: Sequence[Named] = ()
    document: str = ""
    group: int = 0
    input: dict[str, Any] = field(default_factory=dict)


@dataclass(repr=False)
class Story:
    world: DrawnWorld
    steps: list[Step]
    bystanders: list[Viewer]

    def __repr__(self) -> str:
        return f"{len(self.world.rows)} rows, " + "; ".join(map(str, self.steps))


@st.composite
def stories(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Story:
    return story(Chance.drawn(draw))


def story(chance: Chance) -> Story:
    world = DrawnWorld(chance)
    while len(world.students) < 3:
        world.students.append(world._student())
    people = [world.viewer(), world.viewer(), *(_manager(chance, world) for _ in range(2))]
    return Story(world, [_step(chance, world, people) for _ in range(chance.number(2, 6))], people)


def _manager(chance: Chance, world: DrawnWorld) -> Viewer:
    """Somebody who manages groups, and may teach somewhere."""
    role, level = chance.pick(
        (("GROUP_ADMINISTRATOR", "DISTRICT"), ("DISTRICT_COORDINATOR", "DISTRICT"), ("SITE_COORDINATOR", "SCHOOL"))
    )
    place = chance.pick(world.districts if level == "DISTRICT" else world.schools)
    manages = Grant(role, level, place.natural_id, 2026)
    teaches = Grant("TEACHER", "SCHOOL", chance.pick(world.schools).natural_id, 2026)
    return Viewer("test", chance.pick(LOGINS), None, (manages, teaches) if chance.yes(60) else (manages,))


def _step(chance: Chance, world: DrawnWorld, people: Sequence[Viewer]) -> Step:
    if chance.yes(70):
        viewer = chance.pick(people[2:]) if chance.yes(90) else people[0]
        named = [_named(chance, world, Eyes(Rows(world.rows), viewer)) for _ in range(chance.number(1, 2))]
        return Step(viewer, list({(one.name, one.school.id, one.year): one for one in named}.values()))
    document = chance.pick((CREATE, UPDATE, DELETE, DELETE))
    students = [global_id("Student", (student.id,)) for student in chance.some(world.students)]
    given = {} if document == DELETE else {"name": "Mine", "studentIds": students}
    return Step(chance.pick(people[1:]), document=document, group=chance.number(0, 9), input=given)


def _named(chance: Chance, world: DrawnWorld, eyes: Eyes) -> Named:
    """Mostly a group of a school whose groups the viewer manages, there before or not."""
    managed = [school for school in world.schools if eyes.over("GROUP_WRITE", school.id)]
    school = chance.pick(managed if managed and chance.yes(90) else world.schools)
    known = [row for row in world.rows if isinstance(row, Group) and row.school_id == school.id]
    again = chance.pick(known) if known and chance.yes() else None
    return Named(
        name=again.name if again else chance.pick(("A", "B")),
        school=school,
        year=again.school_year if again else chance.pick((2026, 2026, 2025)),
        subject=chance.pick(("", "All", "ELA", "math")),
        ssids=chance.some([*(student.ssid for student in world.students), UNKNOWN]),
        logins=[login for login in (*LOGINS, "new@example.org") if chance.yes(40)],
    )


@settings(CALM, max_examples=40, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(story=stories())
async def test_no_sequence_of_changes_of_groups_opens_what_the_rule_does_not(database: Database, story: Story) -> None:
    await play(database, story)


@pytest.mark.prove
@pytest.mark.parametrize("number", range(150))
async def test_no_longer_search_finds_such_a_sequence(database: Database, number: int) -> None:
    await play(database, story(Chance.seeded(f"{SEED} groups {number}")))


async def play(database: Database, story: Story) -> None:
    """Do every step, and compare what everybody sees with what the rule opens to them."""
    await empty(database)
    await database.run(lambda session: store(session, *story.world.rows))
    tenant, places = open_tenant(database), await places_of(database)
    for step in story.steps:
        before = await rows_of(database, story.world)
        applied = await take(tenant, before, step)
        after = await rows_of(database, story.world)
        assert not applied or all(as_imported(Eyes(before, step.viewer), after, named) for named in step.named)
        assert allowed(after, step.viewer) <= allowed(before, step.viewer), "nobody opens a result to themselves"
        if not step.named:
            assert all(allowed(after, viewer) <= allowed(before, viewer) for viewer in story.bystanders)
    assert await places_of(database) == places, "no student is made or moved"
    for viewer in story.bystanders:
        assert await shown(tenant, viewer) == allowed(await rows_of(database, story.world), viewer)


async def take(tenant: Tenant, before: Rows, step: Step) -> bool:
    """Do one step; whether it was an import that was applied, which is the case exactly where product.md says so."""
    viewer = step.viewer if step.viewer.login else None
    if not step.named:
        groups = sorted(before.all(Group), key=lambda group: group.id)
        if step.document == CREATE:
            await ask(tenant, viewer, CREATE, input=step.input)
        elif groups:
            group = groups[step.group % len(groups)]
            given = {"id": global_id("Group", (group.district_id, group.id)), **step.input}
            await ask(tenant, viewer, step.document, input=given)
        return False
    eyes = Eyes(before, step.viewer)
    answer = await ask(tenant, viewer, IMPORT, input={"csv": csv_of(step.named)})
    if not eyes.holds("GROUP_WRITE") or viewer is None:
        assert answer.codes == ["FORBIDDEN" if viewer else "UNAUTHENTICATED"]
        return False
    payload = answer.data["importGroups"]
    applied: bool = payload["errors"] == []
    assert applied == all(may_import(eyes, named) for named in step.named)
    if applied:
        ssids = {ssid for named in step.named for ssid in named.ssids}
        assert payload["pending"] == sorted(ssid for ssid in ssids if not in_scope(eyes, ssid))
    return applied


def may_import(eyes: Eyes, named: Named) -> bool:
    if not eyes.over("GROUP_WRITE", named.school.id):
        return False
    opened = [school.id for school in eyes.rows.all(models.School) if eyes.over("GROUP_PII_READ", school.id)]
    widens = not all(eyes.over("INDIVIDUAL_PII_READ", one, locally=True) for one in (named.school.id, *opened))
    return eyes.viewer.login not in named.logins or not widens


def in_scope(eyes: Eyes, ssid: str) -> bool:
    [student] = eyes.rows.all(Student, ssid=ssid) or [None]
    if student is None:
        return False
    schools = [result.school_id for result in eyes.rows.all(Result, student_id=student.id)]
    return any(eyes.over("GROUP_WRITE", school) for school in (student.current_school_id, *schools))


def as_imported(before: Eyes, after: Rows, named: Named) -> bool:
    """Whether the group names whom the file names, members being the students of the importer's scope."""
    [group] = after.all(Group, name=named.name, school_id=named.school.id, school_year=named.year, deleted_at=None)
    members = {after.one(Student, row.student_id).ssid for row in after.all(GroupMember, group_id=group.id)}
    pending = {row.ssid for row in after.all(PendingMember, group_id=group.id)}
    logins = {row.login for row in after.all(GroupEducator, group_id=group.id)}
    scoped = {ssid for ssid in named.ssids if in_scope(before, ssid)}
    return (members, pending, logins) == (scoped, set(named.ssids) - scoped, set(named.logins))


def csv_of(groups: Sequence[Named]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER.split(","))
    for named in groups:
        of_group = [named.name, named.school.natural_id, named.year, named.subject]
        writer.writerows([*of_group, ssid, ""] for ssid in named.ssids)
        writer.writerows([*of_group, "", login.upper()] for login in named.logins)
        writer.writerow([*of_group, "", ""])
    return text.getvalue()


async def rows_of(database: Database, world: DrawnWorld) -> Rows:
    """The world as drawn, with the groups that are stored now."""

    def read(session: Any) -> list[Base]:
        return [row for kind in GROUP_KINDS for row in session.scalars(select(kind))]

    drawn = [row for row in world.rows if not isinstance(row, GROUP_KINDS)]
    return Rows([*drawn, *await database.run(read)])


async def places_of(database: Database) -> list[Any]:
    """H of every student and S and H of every result."""
    columns = (
        (Student.id, Student.current_district_id, Student.current_school_id),
        (Result.id, Result.school_id, Result.current_district_id, Result.current_school_id),
    )
    return await database.run(
        lambda session: [sorted(tuple(row) for row in session.execute(select(*c))) for c in columns]
    )


def allowed(rows: Rows, viewer: Viewer) -> set[str]:
    """The results that the rule opens to a viewer."""
    eyes = Eyes(rows, viewer)
    return {global_id("Result", (r.district_id, r.id)) for r in rows.all(Result) if viewer.login and eyes.result(r)}


async def shown(tenant: Tenant, viewer: Viewer) -> set[str]:
    """The results that the API answers a viewer with."""
    answer = await ask(tenant, viewer if viewer.login else None, RESULTS)
    page = (answer.data or {}).get("results")
    return {node["id"] for node in page["nodes"]} if page else set()
