"""Property: pages followed by their cursors are the whole list, once each and in order, for every list and order."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.database import Database
from resolvers.context import Tenant
from seeds.factories import store
from tests.databases import empty
from tests.resolvers.conditions import ordered
from tests.resolvers.drawn_worlds import Chance, DrawnWorld
from tests.resolvers.interpreter import Interpreter
from tests.resolvers.meaning import FIELDS, global_id
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
READERS = (
    ("TEACHER", "SCHOOL"),
    ("SITE_EDUCATOR", "SCHOOL"),
    ("DISTRICT_COORDINATOR", "DISTRICT"),
    ("STATE_ADMINISTRATOR", "STATE"),
)
SEED = os.environ.get("CERS_TEST_SEED", "2026")
CALM = settings(
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def worlds(draw: Any) -> DrawnWorld:
    return DrawnWorld(Chance.drawn(draw))


@settings(CALM, max_examples=4, derandomize=True)
@given(world=worlds())
async def test_followed_pages_are_the_whole_list(database: Database, world: DrawnWorld) -> None:
    await follow_every_list(database, world)


@pytest.mark.prove
@pytest.mark.parametrize("world", range(60))
async def test_followed_pages_are_the_whole_list_many_times(database: Database, world: int) -> None:
    await follow_every_list(database, DrawnWorld(Chance.seeded(f"{SEED} pages {world}"), most_students=12))


@settings(CALM, max_examples=6, derandomize=True)
@given(data=st.data())
async def test_a_cursor_of_another_viewer_opens_nothing(database: Database, data: st.DataObject) -> None:
    await borrow_cursors(database, Chance.drawn(data.draw), most_students=5)


@pytest.mark.prove
@pytest.mark.parametrize("world", range(40))
async def test_a_cursor_of_another_viewer_opens_nothing_many_times(database: Database, world: int) -> None:
    await borrow_cursors(database, Chance.seeded(f"{SEED} cursors {world}"), most_students=12)


async def borrow_cursors(database: Database, chance: Chance, most_students: int) -> None:
    """With a cursor of anybody's, a viewer gets just their own rows behind its place in the order."""
    world = DrawnWorld(chance, most_students)
    await empty(database)
    await database.run(lambda session: store(session, *world.rows))
    tenant, rows = open_tenant(database), Rows(world.rows)
    lender, borrower = (Eyes(rows, world.viewer(READERS)) for _ in range(2))
    for name, field, direction in chance.some(LISTS, most=8):
        order = {"field": field, "direction": direction}
        arguments = f"orderBy: {{field: {field}, direction: {direction}}}{', filter: {}' if name == 'results' else ''}"
        lent = await ask(
            tenant, lender.viewer, f"{{ list: {name}({arguments}) {{ edges {{ cursor node {{ id }} }} }} }}"
        )
        for edge in ((lent.data or {}).get("list") or {"edges": []})["edges"]:
            expected = ids_behind(lender, borrower, name, edge["node"]["id"], order)
            document = (
                f"query ($after: String) {{ list: {name}({arguments}, after: $after) {{ totalCount nodes {{ id }} }} }}"
            )
            got = await ask(tenant, borrower.viewer, document, after=edge["cursor"])
            if got.errors:
                refusal = "FORBIDDEN" if borrower.viewer.login else "UNAUTHENTICATED"
                assert got.codes == [refusal], (borrower.viewer, name)
                continue
            total = len(FIELDS["Query"][name](borrower, None, {}).rows)
            assert got.data["list"] == {"totalCount": total, "nodes": expected}, (borrower.viewer, name, order)


def ids_behind(lender: Eyes, borrower: Eyes, name: str, place: str, order: dict[str, str]) -> list[dict[str, str]]:
    """The borrower's rows behind a row of the lender's, in an order."""
    listing = FIELDS["Query"][name](borrower, None, {})
    (row,) = (r for r in FIELDS["Query"][name](lender, None, {}).rows if global_id(listing.type, r) == place)
    everything = ordered(borrower, listing.type, [r for r in listing.rows if r is not row] + [row], order)
    behind = everything[everything.index(row) + 1 :]
    return [{"id": global_id(listing.type, r)} for r in behind]


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
