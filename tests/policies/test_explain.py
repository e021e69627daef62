"""The chain of reasons is a second reading of the rule: its verdicts are the rows that the gate shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import GroupEducator, Result, Student
from models.database import Database
from policies.explain import Step, explain, explain_shown, facts_about, verdicts
from policies.identity import Viewer
from policies.scope import Scope
from seeds.factories import GroupEducatorFactory, GroupFactory, GroupMemberFactory, store
from tests.databases import empty
from tests.resolvers.drawn_worlds import Chance, DrawnWorld
from tests.worlds import TEACHER, SmallWorld, open_tenant, viewer

CALM = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
VIEWERS_A_WORLD = 4


@dataclass
class Case:
    world: DrawnWorld
    viewers: list[Viewer]

    def __repr__(self) -> str:
        return f"{len(self.world.rows)} rows"


@st.composite
def cases(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Case:
    world = DrawnWorld(Chance.drawn(draw))
    return Case(world, [world.viewer() for _ in range(VIEWERS_A_WORLD)])


@settings(CALM, max_examples=25)
@given(case=cases())
async def test_the_verdicts_are_what_the_gate_shows(database: Database, case: Case) -> None:
    await empty(database)
    await database.run(lambda session: store(session, *case.world.rows))
    tenant = open_tenant(database)
    for who in case.viewers:
        context = await tenant.context(who)
        students, results = await database.run(lambda session, scope=context.scope: opened(session, scope))
        assert students == await shown(context, Student.id), who
        assert results == await shown(context, Result.district_id, Result.id), who


def opened(session: Session, scope: Scope) -> tuple[set[Any], set[Any]]:
    """The keys of all students and all results that the verdicts open."""
    students, results = set(), set()
    for student_id in session.scalars(select(Student.id)).all():
        found = verdicts(facts_about(session, scope, student_id))
        students |= {(student_id,)} if found.student.opens else set()
        results |= {key for key, step in found.results.items() if step.opens}
    return students, results


async def shown(context: Any, *key: Any) -> set[Any]:
    gate = context.tenant.engine.gate
    rows = await gate.fetch(gate.admit(select(*key), context.scope), context.scope, {})
    return {tuple(row) for row in rows}


def told(steps: list[Step], kind: str) -> list[tuple[str, bool, str]]:
    return [(step.subject, step.opens, step.reason) for step in steps if step.kind == kind]


async def test_the_chain_names_grants_groups_states_and_results(database: Database) -> None:
    world = SmallWorld()
    tenant = await world.stored_in(database)
    scope = (await tenant.context(world.teacher())).scope
    steps = await database.run(lambda session: explain(session, scope, world.ana.ssid))
    oak = world.oak.natural_id
    assert told(steps, "GRANT") == [(f"grant TEACHER at SCHOOL {oak} 2026", True, "COUNTS")]
    assert told(steps, "GROUP") == [("group Owls", True, "assigned to the viewer, all subjects")]
    assert told(steps, "AVAILABILITY") == [(f"{world.summative.name} 2026 in North", True, "RELEASED")]
    assert told(steps, "STUDENT") == [("student", True, "a result is visible")]
    assert {(opens, why) for _, opens, why in told(steps, "RESULT")} == {
        (True, "in the group Owls, and GROUP_PII_READ over Oak")
    }


async def test_the_operator_s_chain_says_what_holds_a_result_back(database: Database) -> None:
    world = SmallWorld()
    tenant = await world.stored_in(database)
    educator = viewer("south@example.org", ("DISTRICT_EDUCATOR", "DISTRICT", world.south.natural_id))
    scope = (await tenant.context(educator)).scope
    steps = await database.run(lambda session: explain(session, scope, world.fay.ssid))
    assert told(steps, "AVAILABILITY") == [(f"{world.summative.name} 2026 in South", False, "LOADING")]
    assert (False, "not released: LOADING for South") in {(opens, why) for _, opens, why in told(steps, "RESULT")}


async def test_a_viewer_s_own_chain_names_no_group_that_they_do_not_see(database: Database) -> None:
    """Such a group opens the result, being assigned to them; but its school is out of their reach."""
    world = SmallWorld()
    world.rows = [row for row in world.rows if not isinstance(row, GroupEducator)]
    hidden = world.keep(GroupFactory.build(school=world.fir, name="Hidden"))
    world.keep(GroupMemberFactory.build(group=hidden, student=world.ana))
    world.keep(GroupEducatorFactory.build(group=hidden, login=TEACHER))
    tenant = await world.stored_in(database)
    context = await tenant.context(world.teacher())
    keys = await shown(context, Result.district_id, Result.id)
    assert len(keys) == 2
    steps = await database.run(lambda session: explain_shown(session, context.scope, world.ana.id, keys))
    assert told(steps, "GROUP") == []
    assert {why for _, _, why in told(steps, "RESULT")} == {"in an assigned group, and GROUP_PII_READ over Oak"}
    operator = await database.run(lambda session: explain(session, context.scope, world.ana.ssid))
    assert [subject for subject, _, _ in told(operator, "GROUP")] == ["group Hidden"]
