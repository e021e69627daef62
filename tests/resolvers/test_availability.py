"""The table of states shows what is held back, to those who may know; the banner says who sees it nevertheless."""

from typing import Any

import pytest

import models
from models.database import Database
from policies.identity import Grant, Viewer
from policies.rows import PARTS_OF_RESULT
from resolvers.context import Tenant
from seeds.factories import (
    AssessmentFactory,
    AvailabilityChangeFactory,
    AvailabilityFactory,
    ProgramFactory,
)
from tests.policies.product_roles import ROLES, permissions
from tests.worlds import SmallWorld, ask, viewer

STATES = """query ($filter: AvailabilityFilter, $orderBy: AvailabilityOrder, $first: Int! = 50, $after: String) {
  availability(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount emptyReason pageInfo { hasNextPage endCursor }
    nodes { schoolYear district { name } program { code } individual aggregate changedAt changedBy }
  } }"""


class World(SmallWorld):
    """Besides the ELA of the small world (released in the North) there is math: reviewed in the North, unset in the
    South; and ELA of the year before, unset everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.math = self.keep(ProgramFactory.build(code="SUM_MATH", subject=self.ela))
        labels = self.rows_of(models.LabelSet)[0]
        for program, year in ((self.math, 2026), (self.math, 2026), (self.summative, 2025)):
            self.keep(AssessmentFactory.build(program=program, label_set=labels, school_year=year))
        self.keep(
            AvailabilityFactory.build(
                district=self.north, program=self.math, individual="REVIEWING", aggregate="LOADING"
            )
        )

    def rows_of(self, model: type[Any]) -> list[Any]:
        return [row for row in self.rows if isinstance(row, model)]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def tenant(database: Database, world: World) -> Tenant:
    return await world.stored_in(database)


async def listed(tenant: Tenant, who: Viewer, **arguments: Any) -> list[tuple[Any, ...]]:
    answer = await ask(tenant, who, STATES, **arguments)
    assert answer.errors == []
    return [
        (node["schoolYear"], node["district"]["name"], node["program"]["code"], node["individual"], node["aggregate"])
        for node in answer.data["availability"]["nodes"]
    ]


NORTH = [
    (2025, "North", "SUM_ELA", "LOADING", "LOADING"),
    (2026, "North", "SUM_ELA", "RELEASED", "RELEASED"),
    (2026, "North", "SUM_MATH", "REVIEWING", "LOADING"),
]
SOUTH = [(year, "South", program, "LOADING", "LOADING") for year, _, program, _, _ in NORTH]


async def test_a_state_that_nobody_set_is_listed_as_loading(tenant: Tenant, world: World) -> None:
    assert sorted(await listed(tenant, world.state_administrator())) == sorted([*NORTH, *SOUTH])


async def test_a_district_s_coordinator_sees_the_states_of_the_district(tenant: Tenant, world: World) -> None:
    assert sorted(await listed(tenant, world.coordinator())) == NORTH


async def test_a_set_state_says_when_and_by_whom_and_an_unset_one_does_not(tenant: Tenant, world: World) -> None:
    answer = await ask(tenant, world.coordinator(), STATES)
    told = {(n["changedAt"], n["changedBy"], n["schoolYear"]) for n in answer.data["availability"]["nodes"]}
    assert told == {(None, None, 2025), ("2026-05-12T17:03:00Z", "operator@example.org", 2026)}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"schoolYear": {"eq": 2025}}, [NORTH[0], SOUTH[0]]),
        ({"program": {"eq": "SUM_MATH"}}, [NORTH[2], SOUTH[2]]),
        ({"individual": ["RELEASED", "REVIEWING"]}, [NORTH[1], NORTH[2]]),
        ({"aggregate": ["LOADING"], "not": {"individual": ["LOADING"]}}, [NORTH[2]]),
        ({"district": {"eq": "none such"}}, []),
        ({"or": [{"individual": ["RELEASED"]}, {"schoolYear": {"lte": 2025}}]}, [NORTH[0], NORTH[1], SOUTH[0]]),
    ],
)
async def test_states_are_filtered(tenant: Tenant, world: World, filter: Any, expected: list[Any]) -> None:
    assert sorted(await listed(tenant, world.state_administrator(), filter=filter)) == sorted(expected)


@pytest.mark.parametrize("name", ["SCHOOL_YEAR", "DISTRICT", "PROGRAM", "CHANGED_AT"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_of_every_order_show_each_state_once(
    tenant: Tenant, world: World, name: str, direction: str
) -> None:
    seen: list[tuple[Any, ...]] = []
    arguments: dict[str, Any] = {"orderBy": {"field": name, "direction": direction}, "first": 2, "after": None}
    while True:
        answer = await ask(tenant, world.state_administrator(), STATES, **arguments)
        seen += await listed(tenant, world.state_administrator(), **arguments)
        page = answer.data["availability"]["pageInfo"]
        if not page["hasNextPage"]:
            break
        arguments["after"] = page["endCursor"]
    assert sorted(seen) == sorted([*NORTH, *SOUTH])
    by = {"SCHOOL_YEAR": 0, "DISTRICT": 1, "PROGRAM": 2}
    if name in by:
        terms = [row[by[name]] for row in seen]
        assert terms == sorted(terms, reverse=direction == "DESC")
    else:
        assert [row[4] == row[3] == "LOADING" for row in seen] == [False] * 2 + [True] * 4


async def test_the_total_counts_what_is_listed(tenant: Tenant, world: World) -> None:
    answer = await ask(tenant, world.coordinator(), "{ availability { totalCount nodes { __typename } } }")
    assert answer.data["availability"] == {"totalCount": 3, "nodes": [{"__typename": "Availability"}] * 3}


async def test_states_out_of_scope_read_like_unknown_ones(tenant: Tenant, world: World) -> None:
    answers = [
        await ask(tenant, world.coordinator(), STATES, filter={"district": {"eq": code}})
        for code in (world.south.natural_id, "99999999999999")
    ]
    assert [answer.data for answer in answers] == [answers[0].data] * 2
    assert answers[0].data["availability"]["emptyReason"] == "NOT_VISIBLE_OR_UNKNOWN"


HISTORY = "{ availability { nodes { program { code } history { report before after changedBy district program } } } }"


async def test_the_history_is_told_with_each_state_earliest_first(database: Database, world: World) -> None:
    of = {"district": world.north, "program": world.math}
    world.keep(AvailabilityChangeFactory.build(**of, id=2, before="REVIEWING", after="LOADING", changed_by="b"))
    world.keep(AvailabilityChangeFactory.build(**of, id=1, before="LOADING", after="REVIEWING", changed_by="a"))
    world.keep(AvailabilityChangeFactory.build(district=world.south, program=world.math, changed_by="c"))
    answer = await ask(await world.stored_in(database), world.coordinator(), HISTORY)
    named = {"report": "INDIVIDUAL", "district": world.north.natural_id, "program": "SUM_MATH"}
    told = [node["history"] for node in answer.data["availability"]["nodes"] if node["history"]]
    assert told == [
        [
            {"before": "LOADING", "after": "REVIEWING", "changedBy": "a", **named},
            {"before": "REVIEWING", "after": "LOADING", "changedBy": "b", **named},
        ]
    ]


EVERYONE = [(role, "STATE" if level == "*" else level) for role, level in ROLES]


def of_role(world: World, role: str, level: str) -> Viewer:
    """Somebody with one role, in the North or at Oak where it is not statewide."""
    places = {"STATE": "", "DISTRICT": world.north.natural_id, "SCHOOL": world.oak.natural_id}
    return viewer("somebody@example.org", (role, level, places[level]))


async def test_who_reads_the_table_of_states(tenant: Tenant, world: World) -> None:
    for role, level in EVERYONE:
        answer = await ask(tenant, of_role(world, role, level), "{ availability { totalCount } }")
        if "AVAILABILITY_READ" in permissions(role, level):
            assert answer.data["availability"] == {"totalCount": {"STATE": 6, "DISTRICT": 3}[level]}, role
        else:
            assert answer.codes == ["FORBIDDEN"], role


async def test_the_table_of_states_needs_a_token(tenant: Tenant) -> None:
    assert (await ask(tenant, None, "{ availability { totalCount } }")).codes == ["UNAUTHENTICATED"]


BANNER = "{ viewer { unreleased { schoolYear program { code } report status districts } } }"


async def banner(tenant: Tenant, who: Viewer | None) -> list[tuple[Any, ...]]:
    answer = await ask(tenant, who, BANNER)
    assert answer.errors == []
    return sorted(
        (told["report"], told["schoolYear"], told["program"]["code"], told["status"], told["districts"])
        for told in answer.data["viewer"]["unreleased"]
    )


async def test_a_state_administrator_is_told_of_everything_that_is_not_released(tenant: Tenant, world: World) -> None:
    """Those with AVAILABILITY_WRITE see what is loading; states without a row count as well."""
    assert await banner(tenant, world.state_administrator()) == [
        ("AGGREGATE", 2025, "SUM_ELA", "LOADING", 2),
        ("AGGREGATE", 2026, "SUM_ELA", "LOADING", 1),
        ("AGGREGATE", 2026, "SUM_MATH", "LOADING", 2),
        ("INDIVIDUAL", 2025, "SUM_ELA", "LOADING", 2),
        ("INDIVIDUAL", 2026, "SUM_ELA", "LOADING", 1),
        ("INDIVIDUAL", 2026, "SUM_MATH", "LOADING", 1),
        ("INDIVIDUAL", 2026, "SUM_MATH", "REVIEWING", 1),
    ]


REVIEWED = [("INDIVIDUAL", 2026, "SUM_MATH", "REVIEWING", 1)]


async def test_a_coordinator_is_told_of_what_is_reviewed_in_the_district(tenant: Tenant, world: World) -> None:
    assert await banner(tenant, world.coordinator()) == REVIEWED


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([("AVAILABILITY_ADMINISTRATOR", "DISTRICT", "north")], []),
        ([("AVAILABILITY_ADMINISTRATOR", "DISTRICT", "north"), ("SITE_EDUCATOR", "SCHOOL", "oak")], REVIEWED),
        ([("AVAILABILITY_ADMINISTRATOR", "STATE", None), ("TEACHER", "SCHOOL", "oak")], REVIEWED),
        ([("AVAILABILITY_ADMINISTRATOR", "STATE", None), ("TEACHER", "SCHOOL", "fir")], []),
        ([("DISTRICT_EDUCATOR", "DISTRICT", "north")], []),
        ([("AVAILABILITY_ADMINISTRATOR", "DISTRICT", "south"), ("DISTRICT_EDUCATOR", "DISTRICT", "north")], []),
    ],
)
async def test_the_banner_needs_both_to_review_and_to_read_results_of_the_district(
    tenant: Tenant, world: World, roles: list[tuple[str, str, str | None]], expected: list[Any]
) -> None:
    grants = [(role, level, "" if place is None else getattr(world, place).natural_id) for role, level, place in roles]
    assert await banner(tenant, viewer("somebody@example.org", *grants)) == expected


async def test_grants_of_another_year_and_strangers_raise_no_banner(tenant: Tenant, world: World) -> None:
    last_year = Grant("DISTRICT_COORDINATOR", "DISTRICT", world.north.natural_id, 2025)
    assert await banner(tenant, Viewer("test", "late@example.org", None, (last_year,))) == []
    assert await banner(tenant, None) == []


async def test_the_banner_is_the_same_without_any_results(database: Database, world: World) -> None:
    """It follows from grants and availability alone."""
    world.rows = [row for row in world.rows if row.__tablename__ not in ("result", *PARTS_OF_RESULT)]
    assert await banner(await world.stored_in(database), world.coordinator()) == REVIEWED


async def test_a_viewer_who_cannot_review_costs_no_statement(tenant: Tenant, world: World) -> None:
    assert (await ask(tenant, world.teacher(), BANNER)).statements == 0
    assert (await ask(tenant, world.state_administrator(), "{ viewer { login } }")).statements == 0
