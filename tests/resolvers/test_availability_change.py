"""Availability changes one step at a time, by who may take the step in that district, all that is asked or nothing."""

import asyncio
from itertools import permutations, product
from typing import Any

import pytest
from sqlalchemy import select, update

import models
from models.access import AVAILABILITY, REPORTS
from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from seeds.factories import AvailabilityFactory
from tests.policies.product_roles import ROLES, permissions
from tests.worlds import Answer, SmallWorld, ask, viewer

SET = """mutation ($input: SetAvailabilityInput!) { setAvailability(input: $input) {
  changes { schoolYear district program report before after changedBy } errors { code element message } } }"""
WHO = "somebody@example.org"


class World(SmallWorld):
    """The small world, with the ELA of the North in a given state."""

    def __init__(self, individual: str = "LOADING", aggregate: str = "LOADING") -> None:
        super().__init__()
        self.rows = [row for row in self.rows if not isinstance(row, models.Availability)]
        states = {"individual": individual, "aggregate": aggregate}
        self.keep(AvailabilityFactory.build(district=self.north, program=self.summative, **states))

    def key(self, **other: Any) -> dict[str, Any]:
        return {"schoolYear": 2026, "district": self.north.natural_id, "program": "SUM_ELA", **other}

    def somebody(self, role: str, level: str) -> Viewer:
        places = {"STATE": "", "DISTRICT": self.north.natural_id, "SCHOOL": self.oak.natural_id}
        return viewer(WHO, (role, level, places[level]))


async def set_to(
    tenant: Tenant, who: Viewer | None, status: str, *keys: Any, reports: tuple[str, ...] = ("INDIVIDUAL",)
) -> Answer:
    return await ask(tenant, who, SET, input={"keys": list(keys), "reports": list(reports), "status": status})


def errors(answer: Answer) -> list[tuple[str, str]]:
    return [(error["code"], error["element"]) for error in answer.data["setAvailability"]["errors"]]


async def stored(tenant: Tenant) -> dict[tuple[str, int], tuple[str, str]]:
    """(district, school year) -> (individual, aggregate)."""
    rows = select(models.Availability, models.District.name).join(models.District)
    return await tenant.database.run(
        lambda session: {
            (name, row.school_year): (row.individual, row.aggregate) for row, name in session.execute(rows)
        }
    )


async def history(tenant: Tenant) -> list[tuple[str, ...]]:
    change = models.AvailabilityChange
    columns = select(change.report, change.before, change.after, change.changed_by).order_by(change.id)
    return await tenant.database.run(lambda session: [tuple(row) for row in session.execute(columns)])


STEPS = {
    ("LOADING", "REVIEWING"): {"AVAILABILITY_WRITE"},
    ("REVIEWING", "LOADING"): {"AVAILABILITY_WRITE"},
    ("REVIEWING", "RELEASED"): {"AVAILABILITY_REVIEW", "AVAILABILITY_WRITE"},
    ("RELEASED", "REVIEWING"): {"AVAILABILITY_REVIEW", "AVAILABILITY_WRITE"},
}
"""product.md (Visibility), written out a second time: the steps there are, and what each needs."""
EVERYONE = [(role, "STATE" if level == "*" else level) for role, level in ROLES]


@pytest.mark.parametrize("report", REPORTS)
async def test_every_role_takes_exactly_its_steps(database: Database, report: str) -> None:
    world = World()
    tenant = await world.stored_in(database)
    for (role, level), (before, after) in product(EVERYONE, permutations(AVAILABILITY, 2)):
        await put(tenant, report, before)
        answer = await set_to(tenant, world.somebody(role, level), after, world.key(), reports=(report,))
        held = permissions(role, level)
        if not held & {"AVAILABILITY_REVIEW", "AVAILABILITY_WRITE"}:
            expected: list[Any] = ["FORBIDDEN"]
        elif (before, after) not in STEPS:
            expected = [("BAD_INPUT", "keys[0]")]
        else:
            expected = [] if held & STEPS[before, after] else [("FORBIDDEN", "keys[0]")]
        assert (answer.codes or errors(answer)) == expected, (role, level, before, after)
        now = dict(zip(REPORTS, (await stored(tenant))["North", 2026], strict=True))[report]
        assert now == (before if expected else after), (role, level, before, after)


async def put(tenant: Tenant, report: str, status: str) -> None:
    """Set the one stored status, past every rule."""
    change = update(models.Availability).values({report.lower(): status})
    await tenant.database.run(lambda session: session.execute(change))


async def test_without_a_token_nothing_is_changed(database: Database) -> None:
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    assert (await set_to(tenant, None, "RELEASED", world.key())).codes == ["UNAUTHENTICATED"]
    assert await stored(tenant) == {("North", 2026): ("REVIEWING", "LOADING")}


@pytest.mark.parametrize(
    ("reports", "after"),
    [
        (("INDIVIDUAL",), ("REVIEWING", "LOADING")),
        (("AGGREGATE",), ("LOADING", "REVIEWING")),
        (("INDIVIDUAL", "AGGREGATE"), ("REVIEWING", "REVIEWING")),
    ],
)
async def test_a_status_is_set_for_the_reports_named(
    database: Database, reports: tuple[str, ...], after: tuple[str, str]
) -> None:
    world = World()
    tenant = await world.stored_in(database)
    answer = await set_to(tenant, world.state_administrator(), "REVIEWING", world.key(), reports=reports)
    assert await stored(tenant) == {("North", 2026): after}
    assert await history(tenant) == [(report, "LOADING", "REVIEWING", "state@example.org") for report in reports]
    assert answer.data["setAvailability"]["changes"] == [
        {
            "schoolYear": 2026,
            "district": world.north.natural_id,
            "program": "SUM_ELA",
            "report": report,
            "before": "LOADING",
            "after": "REVIEWING",
            "changedBy": "state@example.org",
        }
        for report in reports
    ]


async def test_a_state_that_nobody_set_begins_as_loading(database: Database) -> None:
    world = World("RELEASED")
    tenant = await world.stored_in(database)
    south = world.key(district=world.south.natural_id)
    assert errors(await set_to(tenant, world.state_administrator(), "REVIEWING", south)) == []
    assert await stored(tenant) == {("North", 2026): ("RELEASED", "LOADING"), ("South", 2026): ("REVIEWING", "LOADING")}


async def test_what_has_the_status_already_stays_and_is_no_step(database: Database) -> None:
    world = World("RELEASED", "RELEASED")
    tenant = await world.stored_in(database)
    keys = (world.key(), world.key(), world.key(district=world.south.natural_id))
    answer = await set_to(tenant, world.state_administrator(), "LOADING", keys[2])
    assert answer.data["setAvailability"] == {"changes": [], "errors": []}
    answer = await set_to(tenant, world.coordinator(), "RELEASED", *keys[:2], reports=REPORTS)
    assert answer.data["setAvailability"] == {"changes": [], "errors": []}
    assert (await stored(tenant), await history(tenant)) == ({("North", 2026): ("RELEASED", "RELEASED")}, [])


async def test_one_refused_change_stops_all_of_them_and_each_is_named(database: Database) -> None:
    """A reviewer may release what is reviewed, but here also asks for what is still loading."""
    world = World("REVIEWING", "LOADING")
    tenant = await world.stored_in(database)
    who = viewer(WHO, ("AVAILABILITY_ADMINISTRATOR", "STATE", ""))
    south = world.key(district=world.south.natural_id)
    answer = await set_to(tenant, who, "RELEASED", world.key(), south, reports=REPORTS)
    assert answer.data["setAvailability"]["changes"] == []
    assert errors(answer) == [("BAD_INPUT", "keys[0]"), ("BAD_INPUT", "keys[1]"), ("BAD_INPUT", "keys[1]")]
    assert (await stored(tenant), await history(tenant)) == ({("North", 2026): ("REVIEWING", "LOADING")}, [])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"district": "99999999999999"}, ("NOT_FOUND", "keys[1].district")),
        ({"program": "NOPE"}, ("BAD_INPUT", "keys[1].program")),
        ({"program": "ICA_ELA"}, ("BAD_INPUT", "keys[1].program")),
        ({"schoolYear": 2019}, ("BAD_INPUT", "keys[1].schoolYear")),
    ],
)
async def test_what_no_results_can_be_of_is_named(
    database: Database, other: dict[str, Any], expected: tuple[str, str]
) -> None:
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    answer = await set_to(tenant, world.coordinator(), "RELEASED", world.key(), world.key(**other))
    assert errors(answer) == [expected]
    assert await stored(tenant) == {("North", 2026): ("REVIEWING", "LOADING")}


async def test_a_district_out_of_scope_reads_like_an_unknown_one(database: Database) -> None:
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    hidden, unknown = [
        await set_to(tenant, world.coordinator(), "RELEASED", world.key(district=code))
        for code in (world.south.natural_id, "99999999999999")
    ]
    assert hidden.data == unknown.data
    assert errors(hidden) == [("NOT_FOUND", "keys[0].district")]


async def test_a_grant_elsewhere_does_not_lend_its_step(database: Database) -> None:
    """Who reviews the South and reads the North's states may not release the North's results."""
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    who = viewer(WHO, ("AVAILABILITY_ADMINISTRATOR", "DISTRICT", world.south.natural_id))
    assert errors(await set_to(tenant, who, "RELEASED", world.key())) == [("NOT_FOUND", "keys[0].district")]
    assert await stored(tenant) == {("North", 2026): ("REVIEWING", "LOADING")}


async def test_too_many_at_once_are_refused(database: Database) -> None:
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    answer = await set_to(tenant, world.coordinator(), "RELEASED", *[world.key()] * 5001)
    assert errors(answer) == [("BAD_INPUT", "keys")]
    assert await history(tenant) == []


async def test_a_release_is_in_the_next_answer_and_taken_back_as_well(database: Database) -> None:
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    summatives = "{ results(filter: {kind: [SUMMATIVE]}) { totalCount } }"
    counts = []
    for status in ("REVIEWING", "RELEASED", "REVIEWING"):
        await set_to(tenant, world.coordinator(), status, world.key())
        counts.append((await ask(tenant, world.site_educator(), summatives)).data["results"]["totalCount"])
    assert counts == [0, 2, 0]
    assert [step[1:3] for step in await history(tenant)] == [("REVIEWING", "RELEASED"), ("RELEASED", "REVIEWING")]


async def test_changes_at_the_same_time_keep_an_unbroken_history(database: Database) -> None:
    world = World("REVIEWING")
    tenant = await world.stored_in(database)
    wanted = ["RELEASED", "REVIEWING"] * 4
    await asyncio.gather(*(set_to(tenant, world.coordinator(), status, world.key()) for status in wanted))
    steps = [(before, after) for _, before, after, _ in await history(tenant)]
    assert steps
    assert all(steps[place][1] == steps[place + 1][0] for place in range(len(steps) - 1))
    assert (await stored(tenant))["North", 2026][0] == steps[-1][1]
