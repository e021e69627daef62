"""What an operation costs: one statement per level, made once per shape of viewer and arguments."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.sql.compiler import SQLCompiler

import models.reference
from models.database import Database
from policies.gate import Gate
from policies.identity import Viewer
from resolvers.context import Tenant
from tests.databases import empty
from tests.worlds import TEACHER, SmallWorld, ask, open_tenant, viewer

NESTED = """
query ($year: SchoolYear, $schools: [CDSCode!], $first: Int! = 10) {
  groups(first: 5) {
    nodes {
      name
      school { name district { name } }
      students(first: $first, filter: {school: {in: $schools}}) {
        nodes {
          ssid
          results(first: 2, filter: {schoolYear: {eq: $year}}) {
            nodes {
              assessment { label program { code } }
              school { name }
              student { lastName }
              score { value level { label } }
              subScores { code level { label } }
              writingTraits { category points }
              targetScores { studentRelative target { code } }
              items { response item { answerKey rubric { text } } }
            }
          }
        }
      }
    }
  }
}
"""
NESTED_LEVELS = ["groups", "students", "results", "subScores", "writingTraits", "targetScores", "items"]


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def tenant(database: Database, world: SmallWorld) -> Tenant:
    return await world.stored_in(database)


@contextmanager
def constructions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of what is built while inside: selects, admitted statements, compilations."""
    built: list[str] = []
    monkeypatch.setattr(models.reference, "RENEWAL_SECONDS", 3600)
    for owner, name in ((Select, "__init__"), (Select, "_generate"), (Gate, "admit"), (SQLCompiler, "__init__")):
        whole = getattr(owner, name)

        def counted(*given: Any, whole: Any = whole, label: str = f"{owner.__name__}.{name}", **named: Any) -> Any:
            built.append(label)
            return whole(*given, **named)

        monkeypatch.setattr(owner, name, counted)
    yield built
    monkeypatch.undo()


async def test_each_level_is_one_statement(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(tenant, world.coordinator(), NESTED, year=2026, schools=[world.oak.natural_id])
    assert answer.errors == []
    assert answer.data["groups"]["nodes"][0]["students"]["nodes"][0]["results"]["nodes"][0]["items"] is not None
    assert answer.statements == len(NESTED_LEVELS)


async def test_more_parents_are_no_more_statements(tenant: Tenant, world: SmallWorld) -> None:
    document = "{ students { nodes { results { nodes { subScores { code } } } } } }"
    one = await ask(tenant, world.teacher(), document)
    many = await ask(tenant, world.coordinator(), document)
    assert len(one.data["students"]["nodes"]) < len(many.data["students"]["nodes"])
    assert one.statements == many.statements == 3


async def test_an_empty_level_asks_for_nothing_below_it(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(
        tenant, world.site_educator(), '{ students(filter: {ssid: {eq: "0"}}) { nodes { groups { id } } } }'
    )
    assert answer.data == {"students": {"nodes": []}}
    assert answer.statements == 1


@pytest.mark.parametrize(
    ("selection", "statements"),
    [
        ("nodes { ssid }", 1),
        ("totalCount", 1),
        ("nodes { ssid } totalCount", 2),
        ("nodes { ssid } edges { cursor node { ssid } } pageInfo { hasNextPage endCursor }", 1),
        ("nodes { studentsResults: results(first: 1) { totalCount } }", 2),
        ("nodes { results(first: 1) { totalCount nodes { id } } }", 3),
    ],
)
async def test_only_asking_for_a_total_counts_one(
    tenant: Tenant, world: SmallWorld, selection: str, statements: int
) -> None:
    answer = await ask(tenant, world.coordinator(), f"{{ students {{ {selection} }} }}")
    assert answer.errors == []
    assert answer.statements == statements


async def test_a_page_reads_one_row_more_than_it_shows(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(tenant, world.state_administrator(), "{ students(first: 2) { nodes { id } } }")
    assert len(answer.data["students"]["nodes"]) == 2
    assert answer.run is not None
    assert answer.run.rows == 3


async def test_several_nodes_are_one_statement_per_type(tenant: Tenant, world: SmallWorld) -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    students = [f"stu_{student.id:x}" for student in (world.ana, world.ben, world.eva)]
    answer = await ask(tenant, world.coordinator(), document, ids=[*students, f"sch_{world.fir.id:x}"])
    assert [node["__typename"] for node in answer.data["nodes"]] == ["Student", "Student", "Student", "School"]
    assert answer.statements == 2


async def test_reference_data_is_no_statement(tenant: Tenant, world: SmallWorld) -> None:
    answer = await ask(tenant, world.teacher(), "{ viewer { login } programs { levels(schoolYear: 2026) { label } } }")
    assert answer.data["programs"]
    assert answer.statements == 0


async def test_nothing_is_built_the_second_time(
    tenant: Tenant, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await ask(tenant, world.coordinator(), NESTED, year=2026, schools=[world.oak.natural_id])
    with constructions(monkeypatch) as built:
        second = await ask(tenant, world.coordinator(), NESTED, year=2026, schools=[world.oak.natural_id])
    assert second.data == first.data
    assert built == []


async def test_nothing_is_built_for_other_values_of_the_variables(
    tenant: Tenant, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(tenant, world.coordinator(), NESTED, year=2026, schools=[world.oak.natural_id], first=1)
    with constructions(monkeypatch) as built:
        other = await ask(tenant, world.coordinator(), NESTED, year=2025, schools=["1", "2", "3"], first=7)
    assert other.data["groups"]["nodes"][0]["students"]["nodes"] == []
    assert built == []


async def test_nothing_is_built_for_another_viewer_of_the_same_shape(
    tenant: Tenant, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    south = viewer("south@example.org", ("DISTRICT_COORDINATOR", "DISTRICT", world.south.natural_id))
    north_students = await ask(tenant, world.coordinator(), "{ students { nodes { firstName } } }")
    await tenant.context(south)
    with constructions(monkeypatch) as built:
        south_students = await ask(tenant, south, "{ students { nodes { firstName } } }")
    assert [s["firstName"] for s in north_students.data["students"]["nodes"]] == ["Ana", "Ben", "Eva"]
    assert [s["firstName"] for s in south_students.data["students"]["nodes"]] == ["Fay"]
    assert built == []


async def test_the_counter_sees_what_is_built(
    tenant: Tenant, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with constructions(monkeypatch) as built:
        await ask(tenant, world.coordinator(), NESTED, year=2026, schools=[])
    assert built.count("Gate.admit") == len(NESTED_LEVELS)
    assert {"Select.__init__", "SQLCompiler.__init__"} <= set(built)


async def test_a_document_that_differs_in_a_literal_is_another_plan(tenant: Tenant, world: SmallWorld) -> None:
    for first in (1, 2):
        answer = await ask(tenant, world.state_administrator(), f"{{ students(first: {first}) {{ nodes {{ id }} }} }}")
        assert len(answer.data["students"]["nodes"]) == first


async def test_two_operations_of_one_document_are_two_plans(tenant: Tenant, world: SmallWorld) -> None:
    document = "query A { students { nodes { ssid } } } query B { students { nodes { lastName } } }"
    for name, shown in (
        ("A", {"ssid": world.ana.ssid}),
        ("B", {"lastName": "Anason"}),
        ("A", {"ssid": world.ana.ssid}),
    ):
        answer = await ask(tenant, world.teacher(), document, operation=name)
        assert answer.data == {"students": {"nodes": [shown]}}


async def test_an_included_field_is_another_plan_than_a_skipped_one(tenant: Tenant, world: SmallWorld) -> None:
    document = "query ($full: Boolean!) { students { nodes { ssid lastName @include(if: $full) } } }"
    for full in (True, False, True):
        (student,) = (await ask(tenant, world.teacher(), document, full=full)).data["students"]["nodes"]
        assert ("lastName" in student) is full


async def test_lists_of_any_length_share_a_plan(
    tenant: Tenant, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = "query ($ids: [SSID!]!) { students(filter: {ssid: {in: $ids}}) { nodes { firstName } } }"
    ssids = [world.ana.ssid, world.ben.ssid, world.eva.ssid]
    await ask(tenant, world.coordinator(), document, ids=ssids[:1])
    with constructions(monkeypatch) as built:
        answer = await ask(tenant, world.coordinator(), document, ids=ssids)
    assert len(answer.data["students"]["nodes"]) == 3
    assert built == []


SHAPES = {
    "one school": (("SITE_EDUCATOR", "oak"),),
    "two schools": (("SITE_EDUCATOR", "oak"), ("SITE_EDUCATOR", "fir")),
    "a district": (("DISTRICT_EDUCATOR", "north"),),
    "a district and a school": (("DISTRICT_EDUCATOR", "north"), ("SITE_EDUCATOR", "fir")),
    "a district's coordinator": (("DISTRICT_COORDINATOR", "north"),),
    "groups": (("TEACHER", "oak"),),
    "groups and a school": (("TEACHER", "oak"), ("SITE_EDUCATOR", "elm")),
}


def of_shape(world: SmallWorld, name: str) -> Viewer:
    grants = []
    for role, place in SHAPES[name]:
        level = "DISTRICT" if role.startswith("DISTRICT") else "SCHOOL"
        grants.append((role, level, getattr(world, place).natural_id))
    return viewer(TEACHER, *grants)


async def test_viewers_of_different_shape_never_share_a_plan(
    tenant: Tenant, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {}
    for again in (False, True):
        for name in SHAPES:
            with constructions(monkeypatch) as built:
                await ask(tenant, of_shape(world, name), "{ students { nodes { ssid } } }")
            made[name, again] = "Gate.admit" in built
    assert made == {(name, again): not again for name in SHAPES for again in (False, True)}


@pytest.mark.parametrize(
    "setting", [{"tested_elsewhere": True}, {"group_years": "ALL"}, {"field_policy": {"elas": "DISABLED"}}]
)
async def test_a_tenant_s_settings_are_part_of_the_shape(database: Database, setting: dict[str, Any]) -> None:
    plain, other = SmallWorld(), SmallWorld(**setting)
    tenant = await plain.stored_in(database)
    before = (await tenant.context(plain.teacher())).scope.shape
    await empty(database)
    after = (await (await other.stored_in(database)).context(other.teacher())).scope.shape
    assert before != after
    assert hash(before) != hash(after)


async def test_the_plan_cache_is_bounded(database: Database, world: SmallWorld) -> None:
    await world.stored_in(database)
    tenant = open_tenant(database, plans=3)
    for number in range(10):
        await ask(tenant, world.teacher(), f"{{ students {{ nodes {{ name{number}: ssid }} }} }}")
    assert len(tenant.engine._plans._plans) == 3
    assert len(tenant.engine._plans._baked) == 3


async def test_the_plan_used_last_is_kept(
    database: Database, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.stored_in(database)
    tenant = open_tenant(database, plans=3)
    hot = "{ students { nodes { ssid } } }"
    await ask(tenant, world.teacher(), hot)
    for number in range(5):
        await ask(tenant, world.teacher(), f"{{ students {{ nodes {{ name{number}: ssid }} }} }}")
        with constructions(monkeypatch) as built:
            await ask(tenant, world.teacher(), hot)
        assert built == []
