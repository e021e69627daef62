"""`explain`: the chain for what the viewer sees, one answer for all else; other logins for tenant administrators."""

from typing import Any

import pytest

import models
from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from resolvers.engine.ids import global_id
from seeds.factories import GrantFactory
from tests.resolvers.overheard import overheard, texts
from tests.worlds import Answer, SmallWorld, ask, viewer

EXPLAIN = """query ($student: SSID, $result: ID, $login: String) {
    explain(student: $student, result: $result, login: $login) {
        login visible reason steps { kind subject opens reason }
    }
}"""
COORDINATOR = "stored.coordinator@example.org"


@pytest.fixture
def world() -> SmallWorld:
    """The small world, with a stored grant over its South."""
    world = SmallWorld()
    world.keep(
        GrantFactory.build(
            login=COORDINATOR, role="DISTRICT_EDUCATOR", level="DISTRICT", organization=world.south.natural_id
        )
    )
    return world


@pytest.fixture
async def tenant(database: Database, world: SmallWorld) -> Tenant:
    return await world.stored_in(database)


def id_of(world: SmallWorld, student: models.Student, *, interim: bool) -> str:
    """The global id of one of a student's two results."""
    (found,) = (
        row
        for row in world.rows
        if isinstance(row, models.Result) and row.student_id == student.id and row.interim == interim
    )
    return global_id("Result", (found.district_id, found.id))


def unknown_result(world: SmallWorld) -> str:
    return global_id("Result", (world.north.id, 1))


def administrator(level: str = "TENANT", organization: str = "") -> Viewer:
    return viewer("admin@example.org", ("TENANT_ADMINISTRATOR", level, organization))


def served(answer: Answer) -> set[Any]:
    """What has to be recorded of an answer: (district, student)."""
    assert answer.run is not None
    return answer.run.served


def kinds(explanation: Any) -> list[str]:
    return [step["kind"] for step in explanation["steps"]]


async def test_a_visible_student_has_the_whole_chain(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(tenant, world.teacher(), EXPLAIN, student=world.ana.ssid)
    found = answer.data["explain"]
    assert (found["login"], found["visible"], found["reason"]) == ("teacher@example.org", True, None)
    assert kinds(found) == ["GRANT", *["PERMISSION"] * 4, "GROUP", "AVAILABILITY", "STUDENT", "RESULT", "RESULT"]
    assert served(answer) == {(world.north.id, world.ana.id)}


async def test_a_visible_result_is_explained_alone(tenant: Tenant, world: SmallWorld) -> None:
    result = id_of(world, world.ana, interim=True)
    found = (await ask(tenant, world.teacher(), EXPLAIN, result=result)).data["explain"]
    assert found["visible"] is True
    assert kinds(found)[5:] == ["GROUP", "STUDENT", "RESULT"]


async def test_of_a_visible_student_only_visible_results_are_explained(tenant: Tenant, world: SmallWorld) -> None:
    """The South's summatives are not released: Fay's is neither named nor counted."""
    educator = viewer("south@example.org", ("DISTRICT_EDUCATOR", "DISTRICT", world.south.natural_id))
    found = (await ask(tenant, educator, EXPLAIN, student=world.fay.ssid)).data["explain"]
    assert kinds(found)[5:] == ["STUDENT", "RESULT"]
    assert all(step["opens"] for step in found["steps"] if step["kind"] == "RESULT")


@pytest.mark.parametrize("by", ["student", "result"])
async def test_hidden_and_unknown_have_one_answer_and_the_same_statements(
    tenant: Tenant, world: SmallWorld, by: str
) -> None:
    hidden = {"student": world.fay.ssid, "result": id_of(world, world.fay, interim=True)}[by]
    unknown = {"student": "0000000000", "result": unknown_result(world)}[by]
    for who in (world.teacher(), world.site_educator(), world.coordinator(), viewer("new@example.org")):
        answers, statements = [], []
        for value in (hidden, unknown):
            async with overheard(tenant) as heard:
                answers.append(await ask(tenant, who, EXPLAIN, **{by: value}))
            statements.append(texts(heard))
        assert answers[0].data == answers[1].data
        assert answers[0].data["explain"]["reason"] == "NOT_VISIBLE_OR_UNKNOWN"
        assert set(kinds(answers[0].data["explain"])) == {"GRANT", "PERMISSION"}
        assert [served(answer) for answer in answers] == [set(), set()]
        assert statements[0] == statements[1]
        assert len(statements[0]) == 1


@pytest.mark.parametrize("value", ["a visible student", "a hidden student", "an unknown student"])
async def test_another_login_needs_tenant_admin_whatever_is_asked(
    tenant: Tenant, world: SmallWorld, value: str
) -> None:
    ssid = {"a visible student": world.ana.ssid, "a hidden student": world.fay.ssid}.get(value, "0000000000")
    for who in (world.teacher(), world.state_administrator(), administrator("DISTRICT", world.north.natural_id)):
        async with overheard(tenant) as heard:
            answer = await ask(tenant, who, EXPLAIN, student=ssid, login=COORDINATOR)
        assert (answer.codes, heard) == (["FORBIDDEN"], [])


async def test_naming_one_s_own_login_is_asking_about_oneself(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(tenant, world.teacher(), EXPLAIN, student=world.ana.ssid, login=" Teacher@Example.org ")
    assert answer.data["explain"]["visible"] is True


async def test_a_tenant_administrator_has_the_operator_s_chain_of_another_login(
    tenant: Tenant, world: SmallWorld
) -> None:
    hidden = await ask(tenant, administrator(), EXPLAIN, student=world.ana.ssid, login=COORDINATOR)
    found = hidden.data["explain"]
    assert (found["login"], found["visible"], found["reason"]) == (COORDINATOR, False, "NOT_VISIBLE_OR_UNKNOWN")
    assert served(hidden) == {(world.north.id, world.ana.id)}
    assert "taken at Oak: out of scope" in {step["reason"] for step in found["steps"]}
    held = id_of(world, world.fay, interim=False)
    found = (await ask(tenant, administrator(), EXPLAIN, result=held, login=COORDINATOR)).data["explain"]
    assert found["visible"] is False
    assert kinds(found)[5:] == ["AVAILABILITY", "STUDENT", "RESULT"]
    unknown = await ask(tenant, administrator(), EXPLAIN, result=unknown_result(world), login=COORDINATOR)
    assert unknown.data["explain"]["steps"][-1]["reason"] == "no result has this id"


async def test_a_tenant_administrator_sees_no_more_for_themselves(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(tenant, administrator(), EXPLAIN, student=world.ana.ssid)
    assert answer.data["explain"]["reason"] == "NOT_VISIBLE_OR_UNKNOWN"


@pytest.mark.parametrize(
    "given", [{}, {"student": "1", "result": "res_1_1"}, {"result": "nothing"}, {"result": "stu_1"}]
)
async def test_what_cannot_be_asked_is_refused(tenant: Tenant, world: SmallWorld, given: dict[str, str]) -> None:
    assert (await ask(tenant, world.teacher(), EXPLAIN, **given)).codes == ["BAD_INPUT"]


async def test_nobody_signed_in_is_explained_nothing(tenant: Tenant, world: SmallWorld) -> None:
    assert (await ask(tenant, None, EXPLAIN, student=world.ana.ssid)).codes == ["UNAUTHENTICATED"]
