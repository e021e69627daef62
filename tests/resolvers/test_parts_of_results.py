"""Writing traits, targets and rubrics are read with the results they belong to, by who sees those."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from models.database import Database
from resolvers.context import Tenant
from schema import schema
from tests.worlds import SmallWorld, ask, viewer

PARTS = """
query ($ssid: SSID!) { student(ssid: $ssid) { results { nodes {
    assessment { kind }
    writingTraits { purpose category points maxPoints conditionCode }
    targetScores { target { claim code name description reported } studentRelative standardMetRelative }
    items { item { answerKey writingPurpose rubric { points text } } }
} } } }
"""
TRAIT = {
    "purpose": "NARRATIVE", "category": "ORGANIZATION", "points": 3, "maxPoints": 4, "conditionCode": None
}  # fmt: skip


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def tenant(database: Database, world: SmallWorld) -> Tenant:
    return await world.stored_in(database)


async def parts(tenant: Tenant, who: Any, ssid: str) -> dict[str, Any]:
    """By kind of assessment, what the viewer reads of the student's results."""
    answer = await ask(tenant, who, PARTS, ssid=ssid)
    return {result.pop("assessment")["kind"]: result for result in answer.data["student"]["results"]["nodes"]}


async def test_traits_and_targets_are_the_summatives_and_rubrics_the_interims(
    tenant: Tenant, world: SmallWorld
) -> None:
    target = {name: getattr(world.target, name) for name in ("claim", "code", "name", "description", "reported")}
    assert await parts(tenant, world.teacher(), world.ana.ssid) == {
        "SUMMATIVE": {
            "writingTraits": [TRAIT],
            "targetScores": [{"target": target, "studentRelative": 0.125, "standardMetRelative": -0.25}],
            "items": [],
        },
        "ICA": {
            "writingTraits": [],
            "targetScores": [],
            "items": [{"item": {"answerKey": "A", "writingPurpose": None, "rubric": [
                {"points": 0, "text": "What earns 0"}, {"points": 1, "text": "What earns 1"}]}}],
        },
    }  # fmt: skip


async def test_who_does_not_see_the_student_reads_nothing(tenant: Tenant, world: SmallWorld) -> None:
    hidden = await ask(tenant, world.teacher(), PARTS, ssid=world.ben.ssid)
    unknown = await ask(tenant, world.teacher(), PARTS, ssid="0000000000")
    assert hidden.data == unknown.data == {"student": None}


async def test_traits_and_targets_wait_for_the_release(tenant: Tenant, world: SmallWorld) -> None:
    south = viewer("south@example.org", ("DISTRICT_EDUCATOR", "DISTRICT", world.south.natural_id))
    assert list(await parts(tenant, south, world.fay.ssid)) == ["ICA"]
    assert (await parts(tenant, world.state_administrator(), world.fay.ssid))["SUMMATIVE"]["writingTraits"] == [TRAIT]


async def test_who_counts_only_reads_no_part(tenant: Tenant, world: SmallWorld) -> None:
    counts = viewer("counts@example.org", ("AGGREGATE_REPORTER", "DISTRICT", world.north.natural_id))
    assert (await ask(tenant, counts, PARTS, ssid=world.ana.ssid)).codes == ["FORBIDDEN"]


def test_rubrics_hang_under_answers_to_items_only() -> None:
    """So they are read by who sees such an answer, and answers are stored for interims only."""
    kinds = [type_ for type_ in schema._schema.type_map.values() if isinstance(type_, GraphQLObjectType)]
    above = {
        below: {type_.name for type_ in kinds for field in type_.fields.values() if _name(field) == below}
        for below in ("RubricPoint", "Item", "ItemResponse")
    }
    assert above == {"RubricPoint": {"Item"}, "Item": {"ItemResponse"}, "ItemResponse": {"Result"}}


def _name(field: Any) -> str:
    return str(get_named_type(field.type).name)
