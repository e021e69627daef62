"""What the gate lets through, and how values reach the database: these notice mutants that nothing else does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    func,
    join,
    null,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import aliased

from models import Base, Group, Result, School, Student
from models.arrays import among, keys_parameters, keys_table
from models.database import Database
from policies.errors import BadInput, Ungated
from policies.gate import Admitted, Gate, Keys
from policies.identity import Grant as Granted
from policies.identity import Viewer
from policies.rows import OWNED_BY
from policies.scope import Scope, decide
from resolvers.context import Tenant
from seeds.factories import (
    DisclosureFactory,
    DisclosureStudentFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    PendingMemberFactory,
)
from seeds.factories.row import MOMENT
from tests.policies.places import OAK, reference
from tests.worlds import SmallWorld, viewer


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def tenant(database: Database, world: SmallWorld) -> Tenant:
    return await world.stored_in(database)


@pytest.fixture
async def scope(tenant: Tenant, world: SmallWorld) -> Scope:
    return (await tenant.context(world.teacher())).scope


def unopened(dialect: str) -> tuple[Gate, Scope]:
    """A gate of no database, and a teacher's scope: nothing is run."""
    gate = Gate.__new__(Gate)
    gate.dialect = dialect
    grant = Granted("TEACHER", "SCHOOL", OAK.natural_id, 2026)
    return gate, decide(Viewer("test", "teacher@example.org"), [grant], reference())


ADMITTED: dict[str, Callable[[], Any]] = {
    "an average of sums": lambda: select(func.sum(Result.scale_score), func.count(), func.min(Result.level)),
    "the greatest": lambda: select(func.max(Result.scale_score)),
    "a value instead of null": lambda: select(func.coalesce(Result.scale_score, 0)),
    "a number within parents": lambda: select(
        func.row_number().over(partition_by=Result.student_id, order_by=(Result.completed_at, Result.id))
    ),
    "a case": lambda: select(case((Result.level == 1, 1), else_=0)),
    "a cast": lambda: select(cast(Result.scale_score, BigInteger)),
    "a type": lambda: select(type_coerce(null(), Integer), Student.id),
    "true and false": lambda: select(Student.id).where(true() != Student.migrant),
    "a negation in brackets": lambda: select(Student.id).where(~((Student.id == 1) | (Student.id == 2))),
    "an order by a label": lambda: select((Result.level + 1).label("next")).order_by((Result.level + 1).label("next")),
    "a union of parts with a limit": lambda: select(Student.id).limit(1).union(select(aliased(Student).id).limit(1)),
    "a scalar": lambda: select(select(func.count(Student.id)).scalar_subquery()),
    "a model's columns again": lambda: select(Student).with_only_columns(Student.id),
    "other columns after a join": lambda: (
        select(Student).join(Result, Result.student_id == Student.id).with_only_columns(Student.id)
    ),
    "an alias in a join": lambda: select(School.id).select_from(join(School, aliased(Student), true())),
    "a source of rows": lambda: select(select(Student.id).subquery().c.id),
}


@pytest.mark.parametrize("name", ADMITTED)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_what_resolvers_write_is_admitted(name: str, dialect: str) -> None:
    gate, scope = unopened(dialect)
    assert "SELECT" in gate.admit(ADMITTED[name](), scope).sql


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_list_and_a_table_of_keys_are_admitted(dialect: str) -> None:
    gate, scope = unopened(dialect)
    listed = among(Student.__table__.c.id, bindparam("listed"), gate.dialect)
    assert [slot.name for slot in gate.admit(select(Student.id).where(listed), scope).slots].count("listed") == 1
    keys = Keys(keys_table({"id": BigInteger()}, gate.dialect), None)
    under = select(Student.id).select_from(join(keys.table, Student, keys.table.c.id == Student.id))
    assert gate.admit(under, scope, keys=keys).sql


async def test_values_are_converted_for_the_database(tenant: Tenant, scope: Scope) -> None:
    """Both those written into a statement and those given to it."""
    gate = tenant.engine.gate
    rows = await gate.fetch(gate.admit(select(func.max(Result.id), func.count()), scope), scope, {})
    [(_, seen)] = [tuple(row) for row in rows]
    later = MOMENT + timedelta(days=1)
    written = select(func.count()).where(Result.completed_at < later)
    given = select(func.count()).where(Result.completed_at < bindparam("before", type_=Result.completed_at.type))
    for statement, values in ((written, {}), (given, {"before": later})):
        assert [row[0] for row in await gate.fetch(gate.admit(statement, scope), scope, values)] == [seen]


async def test_a_number_too_large_is_bad_input(tenant: Tenant, scope: Scope) -> None:
    gate = tenant.engine.gate
    admitted = gate.admit(select(Student.id).where(Student.id == bindparam("key", type_=BigInteger())), scope)
    with pytest.raises(BadInput):
        await gate.fetch(admitted, scope, {"key": 2**70})


async def test_viewers_of_one_shape_share_a_statement(tenant: Tenant, world: SmallWorld) -> None:
    gate = tenant.engine.gate
    at_oak, at_elm = [
        (await tenant.context(viewer("who@example.org", ("SITE_EDUCATOR", "SCHOOL", school.natural_id)))).scope
        for school in (world.oak, world.elm)
    ]
    admitted = gate.admit(select(Student.first_name), at_oak)
    assert {row[0] for row in await gate.fetch(admitted, at_oak, {})} == {"Ana", "Ben"}
    assert {row[0] for row in await gate.fetch(admitted, at_elm, {})} == {"Eva"}


def test_only_counting_is_long(tenant: Tenant, scope: Scope) -> None:
    gate = tenant.engine.gate
    assert gate.admit(select(func.count()).select_from(Result), scope, grain="aggregate").long
    assert not gate.admit(select(Result.id), scope).long


def test_a_part_met_twice_is_ruled_once(tenant: Tenant, scope: Scope) -> None:
    part = select(Group.id).scalar_subquery()
    assert tenant.engine.gate.admit(select(School.id, part).order_by(part), scope).sql.count("deleted_at") >= 1


def test_an_admitted_statement_has_no_expanding_list(tenant: Tenant, scope: Scope) -> None:
    with pytest.raises(Ungated, match="lists go through"):
        tenant.engine.gate.admit(select(Student.id).where(Student.id.in_(bindparam("ids", [1], expanding=True))), scope)


def test_the_viewer_s_values_are_told_from_given_and_constant_ones(tenant: Tenant, scope: Scope) -> None:
    mixed = select(Student.id).where(Student.id > bindparam("given", type_=BigInteger()), Student.id > 7)
    admitted: Admitted = tenant.engine.gate.admit(mixed, scope)
    assert {slot.origin for slot in admitted.slots} == {"viewer", "given", "constant"}
    assert [slot.value for slot in admitted.slots if slot.origin == "constant" and slot.value == 7] == [7]


@pytest.mark.parametrize("where", ["the join", "the condition"])
async def test_a_key_that_is_one_of_two_alternatives_shows_no_student(
    tenant: Tenant, scope: Scope, world: SmallWorld, where: str
) -> None:
    """By the other alternative any student stands beside the teacher's results."""
    either = or_(Result.student_id == Student.id, Student.ssid != "")
    beside = select(Student.ssid).join(Result, either if where == "the join" else true()).distinct()
    gate = tenant.engine.gate
    rows = await gate.fetch(gate.admit(beside if where == "the join" else beside.where(either), scope), scope, {})
    assert [row[0] for row in rows] == [world.ana.ssid]


BY_KEY: dict[str, Callable[[], Any]] = {
    "in the join": lambda: select(Student.ssid).join(Result, Result.student_id == Student.id),
    "the other way round": lambda: select(Student.ssid).join(Result, Student.id == Result.student_id),
    "in the condition": lambda: select(Student.ssid, Result.id).where(Result.student_id == Student.id),
    "among other conditions": lambda: select(Student.ssid, Result.id).where(
        and_(Result.level == 1, Result.student_id == Student.id)
    ),
    "below another join": lambda: select(Student.ssid).select_from(
        join(join(Student, Result, Result.student_id == Student.id), School, true())
    ),
}


@pytest.mark.parametrize("name", BY_KEY)
def test_a_student_whom_a_result_shows_is_not_asked_about_again(name: str) -> None:
    """The rows are the same; the question is dear."""
    gate, scope = unopened("sqlite")
    assert "my_students" in gate.admit(select(Student.ssid), scope).sql
    assert "my_students" not in gate.admit(BY_KEY[name](), scope).sql


@pytest.mark.parametrize("name", ["district", "school", "subject", "program", "assessment"])
def test_names_and_codes_are_open_to_everybody(name: str) -> None:
    gate, scope = unopened("sqlite")
    assert "WHERE" not in gate.admit(select(Base.metadata.tables[name].c.id), scope).sql


class TwoOfEach(SmallWorld):
    """Beside the Owls the Bats of Elm, and in the log of the North two lists: whatever has owners has two."""

    def __init__(self) -> None:
        super().__init__()
        self.bats = self.keep(GroupFactory.build(school=self.elm, name="Bats"))
        for student in (self.ana, self.eva):
            self.keep(GroupMemberFactory.build(group=self.bats, student=student))
        self.keep(GroupEducatorFactory.build(group=self.bats))
        for group in (self.group, self.bats):
            self.keep(PendingMemberFactory.build(group=group))
        for student in (self.ana, self.eva):
            listed = self.keep(DisclosureFactory.build(district=self.north))
            self.keep(DisclosureStudentFactory.build(disclosure=listed, student=student))


def test_whatever_hangs_under_a_result_or_a_group_is_known_as_theirs() -> None:
    """So that a page asks about its rows once, not about what hangs under each of them."""
    owners = {"result", "student_group"}
    under = {
        table.name
        for table in Base.metadata.sorted_tables
        if owners & {key.column.table.name for key in table.foreign_keys}
    }
    assert under | {"disclosure_student"} == set(OWNED_BY)


@pytest.mark.parametrize("name", OWNED_BY)
async def test_what_hangs_under_a_served_row_is_that_row_s_own(database: Database, name: str) -> None:
    """Although the statement does not say so itself: the gate does."""
    world = TwoOfEach()
    tenant = await world.stored_in(database)
    scope = (await tenant.context(world.coordinator())).scope
    owner, key = {
        "result": ("result", ("district_id", "id")),
        "student_group": ("student_group", ("district_id", "id")),
        "disclosure": ("disclosure", ("district_id", "list_id")),
    }[OWNED_BY[name][0]]
    table, owners = Base.metadata.tables[name], Base.metadata.tables[owner]
    mine = {"result": "result_id", "student_group": "group_id", "disclosure": "list_id"}[owner]
    gate = tenant.engine.gate

    async def found(statement: Any, given: Any, **how: Any) -> set[Any]:
        return {tuple(row) for row in await gate.fetch(gate.admit(statement, scope, **how), scope, given)}

    everybody_s = await found(select(table.c[mine]), {})
    assert len(everybody_s) > 1
    for served in await found(select(*(owners.c[column] for column in key)), {}):
        keys = Keys(keys_table(dict.fromkeys(key, BigInteger()), gate.dialect), owner)
        under = select(table.c[mine]).select_from(join(keys.table, table, true()))
        given = keys_parameters(key, [list(served)], gate.dialect)
        assert await found(under, given, keys=keys) == everybody_s & {(served[1],)}
