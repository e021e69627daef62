"""Answers that the engine once got wrong: one small operation each."""

import pytest

from models.database import Database
from models.demographics import ETHNICITIES
from tests.worlds import SmallWorld, ask, viewer


async def test_a_computed_truth_is_true_or_false(database: Database) -> None:
    """Not 1 or 0, whatever the viewer's permissions make of the expression."""
    world = SmallWorld()
    tenant = await world.stored_in(database)
    for who in (world.teacher(), world.site_educator(), world.coordinator(), world.state_administrator()):
        results = (await ask(tenant, who, "{ results(filter: {}) { nodes { testedElsewhere } } }")).data["results"]
        assert results["nodes"]
        assert all(node["testedElsewhere"] in (True, False) for node in results["nodes"])
        assert all(isinstance(node["testedElsewhere"], bool) for node in results["nodes"])


async def test_an_enum_is_an_argument_of_reference_data(database: Database) -> None:
    world = SmallWorld()
    tenant = await world.stored_in(database)
    document = "query ($kind: AssessmentKind) { programs { levels(schoolYear: 2026, kind: $kind) { number } } }"
    literal = document.replace("$kind: AssessmentKind", "$kind: AssessmentKind = ICA")
    for answer in (await ask(tenant, None, document, kind="ICA"), await ask(tenant, None, literal)):
        assert [len(program["levels"]) for program in answer.data["programs"]] == [4, 0]


async def test_a_list_may_have_variables_in_it(database: Database) -> None:
    world = SmallWorld()
    tenant = await world.stored_in(database)
    document = "query ($one: SSID!) { students(filter: {ssid: {in: [$one, $one]}}) { nodes { firstName } } }"
    for student in (world.ana, world.eva):
        answer = await ask(tenant, world.coordinator(), document, one=student.ssid)
        assert answer.data == {"students": {"nodes": [{"firstName": student.first_name}]}}


@pytest.mark.parametrize("code", ["ELA", "unknown"])
async def test_what_has_no_code_matches_neither_a_code_nor_its_negation(database: Database, code: str) -> None:
    """A group of all subjects has no subject, and Ana's group is one; whether the code exists makes no difference."""
    world = SmallWorld()
    tenant = await world.stored_in(database)
    for condition in (f'{{subject: {{eq: "{code}"}}}}', f'{{not: {{subject: {{eq: "{code}"}}}}}}'):
        answer = await ask(tenant, world.teacher(), f"{{ groups(filter: {condition}) {{ totalCount }} }}")
        assert answer.data == {"groups": {"totalCount": 0}}


async def test_a_viewer_of_two_schools_keeps_both(database: Database) -> None:
    world = SmallWorld()
    tenant = await world.stored_in(database)
    schools = [("SITE_EDUCATOR", "SCHOOL", school.natural_id) for school in (world.oak, world.fir)]
    answer = await ask(tenant, viewer("two@example.org", *schools), "{ students { nodes { firstName } } }")
    assert [student["firstName"] for student in answer.data["students"]["nodes"]] == ["Ana", "Ben", "Fay"]


async def test_a_list_may_name_an_ethnicity_twice(database: Database) -> None:
    world = SmallWorld()
    world.ana.ethnicities = ETHNICITIES["HISPANIC_OR_LATINO"]
    tenant = await world.stored_in(database)
    twice = "{ students(filter: {ethnicity: [HISPANIC_OR_LATINO, HISPANIC_OR_LATINO]}) { nodes { firstName } } }"
    answer = await ask(tenant, world.teacher(), twice)
    assert answer.data == {"students": {"nodes": [{"firstName": "Ana"}]}}
