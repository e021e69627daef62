"""The gate puts the viewer's rules wherever rows come from, and runs nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    exists,
    func,
    join,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from models import (
    District,
    Group,
    GroupEducator,
    GroupMember,
    PendingMember,
    Result,
    School,
    Student,
    SubScore,
)
from models.arrays import among, keys_parameters, keys_table
from models.database import Database
from policies.errors import Ungated
from policies.gate import Gate, Keys
from policies.scope import Scope
from tests.worlds import SmallWorld, viewer


class Door:
    """A gate as one viewer finds it."""

    def __init__(self, gate: Gate, scope: Scope) -> None:
        self.gate = gate
        self.scope = scope

    async def read(self, statement: Any, given: dict[str, Any] | None = None, **options: Any) -> list[tuple[Any, ...]]:
        admitted = self.gate.admit(statement, self.scope, **options)
        return sorted(tuple(row) for row in await self.gate.fetch(admitted, self.scope, given or {}))


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def door(database: Database, world: SmallWorld) -> Door:
    """The small world's teacher: of all students they see Ana only."""
    tenant = await world.stored_in(database)
    return Door(tenant.engine.gate, (await tenant.context(world.teacher())).scope)


def ssids_beside(other: Any) -> Any:
    return select(Student.ssid, other.c.ssid).select_from(join(Student, other, true()))


RULED: dict[str, Callable[[], Any]] = {
    "columns": lambda: select(Student.ssid),
    "a model": lambda: select(Student).with_only_columns(Student.ssid),
    "a table": lambda: select(Student.__table__.c.ssid),
    "an alias": lambda: select(aliased(Student).ssid),
    "an alias of an alias": lambda: select(Student.__table__.alias().alias().c.ssid),
    "a join": lambda: select(Student.ssid).join(School, School.id == Student.current_school_id),
    "the right of a join": lambda: select(Student.ssid).select_from(School).join(Student, true()).distinct(),
    "a join of joins": lambda: (
        select(Student.ssid).select_from(join(join(District, School, true()), Student, true())).distinct()
    ),
    "the left of an outer join": lambda: select(Student.ssid).outerjoin(School, School.id == Student.current_school_id),
    "a cross product": lambda: select(Student.ssid).where(School.id == Student.current_school_id),
    "a subquery as a source": lambda: select(select(Student.ssid).subquery().c.ssid),
    "an alias of a subquery": lambda: select(select(Student.ssid).subquery().alias().c.ssid),
    "a subquery of a subquery": lambda: select(select(select(Student.ssid).subquery().c.ssid).subquery().c.ssid),
    "an ORM alias of a subquery": lambda: select(aliased(Student, select(Student).subquery()).ssid),
    "a union": lambda: select(Student.ssid).union(select(aliased(Student).ssid)),
    "a union as a source": lambda: select(
        union_all(select(Student.ssid), select(Student.ssid).where(Student.ssid == "")).subquery().c.ssid
    ),
    "an intersection": lambda: select(Student.ssid).intersect(select(aliased(Student).ssid)),
    "a scalar subquery": lambda: select(select(func.max(Student.ssid)).scalar_subquery()),
    "a scalar subquery over a join": lambda: select(
        select(func.min(Student.ssid)).select_from(join(Student, School, true())).scalar_subquery()
    ),
}


@pytest.mark.parametrize("name", RULED)
async def test_rules_reach_rows_through(door: Door, world: SmallWorld, name: str) -> None:
    """Whatever the form, the teacher reads Ana's SSID and no other."""
    assert await door.read(RULED[name]()) == [(world.ana.ssid,)]


@pytest.mark.parametrize("keyed", [False, True])
async def test_both_forms_of_a_rule_show_the_same_rows(door: Door, world: SmallWorld, keyed: bool) -> None:
    assert await door.read(select(Student.ssid), keyed=keyed) == [(world.ana.ssid,)]
    results = await door.read(select(Result.student_id).distinct(), keyed=keyed)
    assert results == [(world.ana.id,)]


def is_fay(student: Any) -> Any:
    return student.first_name == "Fay"


HIDDEN: dict[str, Callable[[], Any]] = {
    "exists": lambda: exists().where(is_fay(Student)),
    "exists of an alias": lambda: exists().where(is_fay(aliased(Student))),
    "not exists": lambda: ~(~exists().where(is_fay(Student))),
    "a subquery that correlates nothing": lambda: exists(
        select(Student.id).join(School, School.id == Student.current_school_id).where(is_fay(Student)).correlate(None)
    ),
    "a subquery over a join": lambda: exists(
        select(Student.id).select_from(join(Student, School, true())).where(is_fay(Student))
    ),
    "a subquery two levels down": lambda: exists(
        select(School.id).where(exists(select(District.id).where(is_fay(Student))))
    ),
    "membership in a subquery": lambda: School.id.in_(select(School.id).where(is_fay(Student))),
    "a case": lambda: select(func.count()).select_from(Student).where(is_fay(Student)).scalar_subquery() > 0,
    "a result's student": lambda: exists().where(is_fay(Student), Result.student_id == Student.id),
    "a sub-score": lambda: exists().where(
        SubScore.result_id == Result.id, Result.school_id == School.id, is_fay(Student)
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
async def test_a_hidden_student_decides_nothing_through(door: Door, name: str) -> None:
    assert await door.read(select(School.natural_id).where(HIDDEN[name]())) == []
    visible = select(School.natural_id).where(exists().where(Student.first_name == "Ana"))
    assert len(await door.read(visible)) == 3


@pytest.mark.parametrize(
    "beside", [lambda: select(Student.ssid), lambda: select(Student.ssid).join(School, true()).distinct()]
)
async def test_a_subquery_beside_its_table_has_its_own_rule(
    door: Door, world: SmallWorld, beside: Callable[[], Any]
) -> None:
    assert await door.read(ssids_beside(beside().subquery())) == [(world.ana.ssid, world.ana.ssid)]


async def test_a_correlated_table_keeps_the_rule_of_the_select_around(door: Door, world: SmallWorld) -> None:
    ours = exists(select(School.id).where(School.id == Student.current_school_id).correlate(Student))
    admitted = door.gate.admit(select(Student.ssid).where(ours), door.scope)
    assert admitted.sql.count("my_students") == door.gate.admit(select(Student.ssid), door.scope).sql.count(
        "my_students"
    )
    assert [tuple(row) for row in await door.gate.fetch(admitted, door.scope, {})] == [(world.ana.ssid,)]


async def test_rows_of_a_result_or_group_are_visible_with_it(door: Door, world: SmallWorld) -> None:
    results = {row[0] for row in await door.read(select(Result.id))}
    assert {row[0] for row in await door.read(select(SubScore.result_id))} <= results
    assert await door.read(select(Group.id)) == [(world.group.id,)]
    assert await door.read(select(GroupMember.student_id)) == [(world.ana.id,)]
    assert await door.read(select(GroupEducator.login)) == [("teacher@example.org",)]
    assert await door.read(select(PendingMember.ssid)) == []


async def test_a_student_shown_by_a_result_needs_the_join_by_key(door: Door, world: SmallWorld) -> None:
    by_key = select(Student.ssid).join(Result, Result.student_id == Student.id).distinct()
    assert await door.read(by_key) == [(world.ana.ssid,)]
    for other in (true(), Result.student_id != Student.id, (Result.student_id == Student.id) | true()):
        assert await door.read(select(Student.ssid).join(Result, other).distinct()) in ([], [(world.ana.ssid,)])


async def test_an_outer_join_s_condition_shows_nobody(door: Door, world: SmallWorld) -> None:
    around = join(Student, Result, true()).outerjoin(School, Result.student_id == Student.id)
    assert await door.read(select(Student.ssid).select_from(around).distinct()) == [(world.ana.ssid,)]


async def test_a_result_that_is_only_counted_shows_no_student(database: Database, world: SmallWorld) -> None:
    tenant = await world.stored_in(database)
    reporter = viewer("reporter@example.org", ("AGGREGATE_REPORTER", "DISTRICT", world.north.natural_id))
    door = Door(tenant.engine.gate, (await tenant.context(reporter)).scope)
    joined = select(Student.ssid).join(Result, Result.student_id == Student.id)
    assert (await door.read(select(func.count()).select_from(Result), grain="aggregate"))[0][0] > 0
    assert await door.read(joined, grain="aggregate") == []


async def test_rows_under_served_parents_are_theirs_only(database: Database, world: SmallWorld) -> None:
    tenant = await world.stored_in(database)
    door = Door(tenant.engine.gate, (await tenant.context(world.coordinator())).scope)
    results = await door.read(select(Result.district_id, Result.id).where(Result.interim))
    names = ("district_id", "id")
    keys = Keys(keys_table(dict.fromkeys(names, BigInteger()), database.kind), "result")
    under = select(SubScore.result_id).select_from(join(keys.table, SubScore, true()))
    given = keys_parameters(names, [list(key) for key in results[:1]], database.kind)
    assert await door.read(under, given, keys=keys) == [(results[0][1],)]


async def test_keys_from_outside_open_nothing(door: Door, world: SmallWorld) -> None:
    keys = Keys(keys_table({"id": BigInteger()}, door.gate.dialect), None)
    found = select(Student.ssid).select_from(join(keys.table, Student, keys.table.c.id == Student.id))
    given = keys_parameters(["id"], [world.ana.id, world.ben.id, world.fay.id], door.gate.dialect)
    assert await door.read(found, given, keys=keys) == [(world.ana.ssid,)]


async def test_a_statement_is_run_only_for_the_shape_it_was_admitted_for(database: Database, world: SmallWorld) -> None:
    tenant = await world.stored_in(database)
    gate = tenant.engine.gate
    coordinator, teacher = [(await tenant.context(who)).scope for who in (world.coordinator(), world.teacher())]
    admitted = gate.admit(select(Student.ssid), coordinator)
    assert len(await gate.fetch(admitted, coordinator, {})) == 3
    with pytest.raises(Ungated):
        await gate.fetch(admitted, teacher, {})


async def test_only_admitted_statements_are_run(door: Door) -> None:
    for statement in ("SELECT ssid FROM student", select(Student.ssid), text("SELECT 1")):
        with pytest.raises(Ungated):
            await door.gate.fetch(statement, door.scope, {})  # type: ignore[arg-type]


async def test_a_viewer_s_parameters_are_nobody_else_s_to_give(door: Door, world: SmallWorld) -> None:
    admitted = door.gate.admit(select(Student.ssid), door.scope)
    shadowing = {slot.name: "other@example.org" for slot in admitted.slots if slot.origin == "viewer"}
    assert "viewer_login" in shadowing
    rows = await door.gate.fetch(admitted, door.scope, shadowing)
    assert [tuple(row) for row in rows] == [(world.ana.ssid,)]


async def test_a_statement_s_own_parameter_does_not_become_the_viewer(door: Door, world: SmallWorld) -> None:
    same_name = select(Student.ssid).where(bindparam("viewer_login", "admin@example.org") == "teacher@example.org")
    assert await door.read(same_name) == [(world.ana.ssid,)]


async def test_a_list_is_one_parameter(door: Door, world: SmallWorld) -> None:
    listed = bindparam("listed", [world.ana.id, world.ben.id])
    statement = select(Student.ssid).where(among(Student.__table__.c.id, listed, door.gate.dialect))
    assert await door.read(statement) == [(world.ana.ssid,)]


async def test_nobody_signed_in_reads_nothing(database: Database, world: SmallWorld) -> None:
    tenant = await world.stored_in(database)
    door = Door(tenant.engine.gate, (await tenant.context(None)).scope)
    for model in (Student.id, Result.id, Group.id, GroupMember.student_id, GroupEducator.login, SubScore.result_id):
        assert await door.read(select(model)) == []
    assert await door.read(select(School.id).where(and_(exists().where(Student.id == Student.id), true()))) == []
