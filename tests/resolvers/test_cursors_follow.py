"""Property: pages followed by their cursors are the whole list, once each and in order, for every list and order."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from models.database import Database
from resolvers.context import Tenant
from seeds.factories import store
from tests.databases import empty
from tests.resolvers.drawn_worlds import Chance, DrawnWorld
from tests.resolvers.interpreter import Interpreter
from tests.resolvers.visibility import Eyes, Rows
from tests.worlds import ask, open_tenant, viewer

ORDERS = {
    "students": ("NAME", "SSID", "BIRTHDAY"),
    "results": ("COMPLETED_AT", "SCHOOL_YEAR", "SCALE_SCORE", "LEVEL", "ASSESSMENT"),
    "groups": ("NAME", "SCHOOL_YEAR"),
    "schools": ("NAME", "CDS_CODE"),
    "districts": ("NAME", "CDS_CODE"),
    "assessments": ("LABEL", "SCHOOL_YEAR", "NATURAL_ID"),
}
LISTS = [
    (name, field, direction) for name, fields in ORDERS.items() for field in fields for direction in ("ASC", "DESC")
]
CALM = settings(
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def worlds(draw: Any) -> DrawnWorld:
    return DrawnWorld(Chance(draw))


@settings(CALM, max_examples=4, derandomize=True)
@given(world=worlds())
async def test_followed_pages_are_the_whole_list(database: Database, world: DrawnWorld) -> None:
    await follow_every_list(database, world)


@pytest.mark.prove
@seed(int(os.environ.get("CERS_TEST_SEED", "2026")))
@settings(CALM, max_examples=60)
@given(world=worlds())
async def test_followed_pages_are_the_whole_list_many_times(database: Database, world: DrawnWorld) -> None:
    await follow_every_list(database, world)


async def follow_every_list(database: Database, world: DrawnWorld) -> None:
    await empty(database)
    await database.run(lambda session: store(session, *world.rows))
    tenant, rows = open_tenant(database), Rows(world.rows)
    everywhere = [("DISTRICT_COORDINATOR", "DISTRICT", district.natural_id) for district in world.districts]
    who = viewer("coordinator@example.org", *everywhere)
    for name, field, direction in LISTS:
        arguments = f"orderBy: {{field: {field}, direction: {direction}}}{', filter: {}' if name == 'results' else ''}"
        whole = Interpreter(Eyes(rows, who), f"{{ list: {name}({arguments}, first: 200) {{ nodes {{ id }} }} }}", {})
        expected = [node["id"] for node in whole.answer()["list"]["nodes"]]
        assert await followed(tenant, who, name, arguments) == expected, (name, field, direction)


async def followed(tenant: Tenant, who: Any, name: str, arguments: str) -> list[str]:
    """The ids of a list, two a page."""
    document = f"""query ($after: String) {{ list: {name}({arguments}, first: 2, after: $after)
        {{ edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"""
    ids: list[str] = []
    after: str | None = None
    while True:
        page = (await ask(tenant, who, document, after=after)).data["list"]
        ids += [edge["node"]["id"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["endCursor"] == (page["edges"][-1]["cursor"] if page["edges"] else None)
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]
