"""A field's rule acts alike wherever the field can be asked for: shown, filtered by, sorted by, broken down by."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

import models
from models.database import Database
from models.demographics import DEMOGRAPHIC_COLUMNS, ETHNICITIES
from policies.fields import POLICIES
from policies.identity import Viewer
from resolvers import results, students
from resolvers.context import Tenant
from resolvers.engine.ask import row_of
from resolvers.engine.ordering import Term, order_by
from schema import schema
from tests.worlds import Answer, SmallWorld, ask, viewer

KNOWN: Mapping[str, Any] = {
    "gender": "FEMALE", "ethnicities": ETHNICITIES["ASIAN"], "english_learner": True, "elas": "EL",
    "primary_language": "vie", "iep": True, "section504": True, "economic_disadvantage": True, "migrant": True,
    "military_connected": "YES", "enrolled_grade": "04",
}  # fmt: skip
"""What every student of the world has."""

CONDITIONS = {
    "gender": ("gender", "[FEMALE]"), "ethnicities": ("ethnicity", "[ASIAN]"),
    "english_learner": ("englishLearner", "true"), "elas": ("elas", "[EL]"),
    "primary_language": ("primaryLanguage", '{eq: "vie"}'), "iep": ("iep", "true"),
    "section504": ("section504", "true"), "economic_disadvantage": ("economicDisadvantage", "true"),
    "migrant": ("migrant", "true"), "military_connected": ("militaryConnected", "[YES]"),
    "enrolled_grade": ("enrolledGrade", '{in: ["04"]}'),
}  # fmt: skip
"""Field -> a condition that every student meets."""

DIMENSIONS = {
    "gender": ("GENDER", "FEMALE"), "ethnicities": ("ETHNICITY", "ASIAN"),
    "english_learner": ("ENGLISH_LEARNER", "YES"), "elas": ("ELAS", "EL"),
    "primary_language": ("PRIMARY_LANGUAGE", "vie"), "iep": ("IEP", "YES"), "section504": ("SECTION_504", "YES"),
    "economic_disadvantage": ("ECONOMIC_DISADVANTAGE", "YES"), "migrant": ("MIGRANT", "YES"),
    "military_connected": ("MILITARY", "YES"), "enrolled_grade": ("ENROLLED_GRADE", "04"),
}  # fmt: skip
"""Field -> the break-down by it, and the value that every student is in."""

FIELDS = {name: CONDITIONS[name][0] for name in DEMOGRAPHIC_COLUMNS} | {"ethnicities": "ethnicities"}
"""Field -> its name where it is shown."""

SHOWN = "demographics { " + " ".join(f"{column}: {name}" for column, name in FIELDS.items()) + " }"
every_mix = pytest.mark.parametrize("shift", range(len(POLICIES)))


class World(SmallWorld):
    """The small world, in which everything is known of everybody. Neighbouring fields have different rules: over the
    three shifts each field has each rule."""

    def __init__(self, shift: int = 0, **tenant: Any) -> None:
        self.policy = {
            field: POLICIES[(place + shift) % len(POLICIES)] for place, field in enumerate(DEMOGRAPHIC_COLUMNS)
        }
        super().__init__(**{"field_policy": self.policy, **tenant})
        for row in self.rows:
            if isinstance(row, models.Student | models.Result):
                for name, value in KNOWN.items():
                    setattr(row, name, value)

    def partly(self) -> Viewer:
        """Sees Ana (Oak) through a group, and individually Eva (Elm): only over her do they hold ADMIN_ONLY fields."""
        teacher = ("TEACHER", "SCHOOL", self.oak.natural_id)
        return viewer("teacher@example.org", teacher, ("SITE_EDUCATOR", "SCHOOL", self.elm.natural_id))

    def reporter(self) -> Viewer:
        """Counts the results of the North, and sees those of Elm."""
        reporter = ("AGGREGATE_REPORTER", "DISTRICT", self.north.natural_id)
        return viewer("reporter@example.org", reporter, ("SITE_EDUCATOR", "SCHOOL", self.elm.natural_id))


STUDENT = {"students": "firstName", "results": "student { firstName }"}


async def listed(tenant: Tenant, who: Viewer, list_: str, where: str = "{}", below: str = "") -> Answer:
    return await ask(tenant, who, f"{{ {list_}(filter: {where}) {{ nodes {{ {STUDENT[list_]} {below} }} }} }}")


def by_name(answer: Answer, list_: str) -> dict[str, Any]:
    """The rows of a list, by the student's first name."""
    assert answer.errors == []
    nodes = answer.data[list_]["nodes"]
    return {node["student"]["firstName"] if list_ == "results" else node["firstName"]: node for node in nodes}


HELD = {"ENABLED": {"Ana", "Eva"}, "ADMIN_ONLY": {"Eva"}, "DISABLED": set[str]()}
"""Rule -> on whose rows the partly permitted viewer holds the field."""


@every_mix
@pytest.mark.parametrize("list_", ["students", "results"])
async def test_a_field_is_shown_on_the_rows_where_it_is_held(database: Database, list_: str, shift: int) -> None:
    world = World(shift)
    rows = by_name(await listed(await world.stored_in(database), world.partly(), list_, below=SHOWN), list_)
    assert set(rows) == {"Ana", "Eva"}
    for field, rule in world.policy.items():
        assert {name for name, row in rows.items() if row["demographics"][field] is not None} == HELD[rule], field


@every_mix
@pytest.mark.parametrize("list_", ["students", "results"])
async def test_a_field_is_matched_on_the_rows_where_it_is_held(database: Database, list_: str, shift: int) -> None:
    """On the others it is null, and matches neither a condition nor its negation."""
    world = World(shift)
    tenant, who = await world.stored_in(database), world.partly()
    for field, rule in world.policy.items():
        name, value = CONDITIONS[field]
        condition = f"{{{name}: {value}}}"
        negation = f"{{not: {condition}}}"
        for where, expected in (
            (condition, HELD[rule]),
            (negation, set()),
            (f"{{not: {negation}}}", HELD[rule]),
            (f"{{or: [{condition}, {negation}]}}", HELD[rule]),
        ):
            answer = await listed(tenant, who, list_, where)
            if rule == "DISABLED":
                assert answer.codes == ["FORBIDDEN"], where
            else:
                assert set(by_name(answer, list_)) == expected, where


async def test_admin_only_held_nowhere_is_withheld_like_disabled(database: Database) -> None:
    world = World(field_policy=dict.fromkeys(DEMOGRAPHIC_COLUMNS, "ADMIN_ONLY"))
    tenant = await world.stored_in(database)
    shown = by_name(await listed(tenant, world.teacher(), "students", below=SHOWN), "students")
    assert [row["demographics"] for row in shown.values()] == [dict.fromkeys(DEMOGRAPHIC_COLUMNS)]
    for name, value in CONDITIONS.values():
        for list_ in STUDENT:
            answer = await listed(tenant, world.teacher(), list_, f"{{not: {{{name}: {value}}}}}")
            assert answer.codes == ["FORBIDDEN"]


async def test_what_is_forbidden_is_named_and_nothing_else(database: Database) -> None:
    world = World(field_policy=dict.fromkeys(DEMOGRAPHIC_COLUMNS, "DISABLED"))
    tenant = await world.stored_in(database)
    for name, value in CONDITIONS.values():
        context = await tenant.context(world.coordinator())
        context.document = f"{{ students(filter: {{or: [{{{name}: {value}}}]}}) {{ totalCount }} }}"
        result = await schema.execute(context.document, context_value=context)
        told = [error.message for error in result.errors or ()]
        assert told == [f"filter.{name}: this field is not available to you."]


REPORT = """query ($codes: [CDSCode!]!, $by: [[Dimension!]!]!) {
  aggregateReport(input: {schoolYears: [2026], subjects: ["ELA"], assessmentKind: ICA, grades: ["03"],
      organizations: {schools: $codes}, breakDownBy: $by}) {
    rows { nodes { organization { name } subgroup { value } summary { studentsTested } } } } }"""


@every_mix
async def test_a_break_down_shows_what_the_viewer_holds(database: Database, shift: int) -> None:
    world = World(shift)
    tenant = await world.stored_in(database)
    for field, rule in world.policy.items():
        dimension, value = DIMENSIONS[field]
        answer = await ask(tenant, world.coordinator(), REPORT, codes=[world.oak.natural_id], by=[[dimension]])
        if rule == "DISABLED":
            assert answer.codes == ["FORBIDDEN"], field
        else:
            rows = answer.data["aggregateReport"]["rows"]["nodes"]
            told = [(row["subgroup"], row["summary"]["studentsTested"]) for row in rows]
            assert told == [([{"value": value}], 2)], field


async def test_a_reporter_who_holds_a_field_nowhere_may_not_break_down_by_it(database: Database) -> None:
    world = World(field_policy=dict.fromkeys(DEMOGRAPHIC_COLUMNS, "ADMIN_ONLY"))
    tenant = await world.stored_in(database)
    reporter = viewer("reporter@example.org", ("AGGREGATE_REPORTER", "DISTRICT", world.north.natural_id))
    for dimension, _ in DIMENSIONS.values():
        answer = await ask(tenant, reporter, REPORT, codes=[world.oak.natural_id], by=[[dimension]])
        assert answer.codes == ["FORBIDDEN"]


@every_mix
async def test_a_break_down_counts_what_is_withheld_as_unknown(database: Database, shift: int) -> None:
    """The statement of a break-down, over three rows that the viewer counts and one that they also see."""
    world = World(shift)
    tenant = await world.stored_in(database)
    scope = (await tenant.context(world.reporter())).scope
    gate = tenant.engine.gate
    for field, rule in world.policy.items():
        r = row_of(models.Result)
        known = gate.rules(scope.shape).masked(field, r).is_not(None).label("known")
        counted: Any = select(known, func.count()).where(r.c.interim).group_by(known)
        rows = await gate.fetch(gate.admit(counted, scope, grain="aggregate"), scope, {})
        expected = {"ENABLED": {1: 3}, "ADMIN_ONLY": {1: 1, 0: 2}, "DISABLED": {0: 3}}[rule]
        assert {int(row[0]): row[1] for row in rows} == expected, field


@pytest.mark.parametrize("descending", [False, True])
async def test_rows_where_a_field_is_withheld_are_sorted_as_unknown(database: Database, descending: bool) -> None:
    """Last both ways, whatever the value is: the order says nothing of it."""
    world = World(field_policy=dict.fromkeys(DEMOGRAPHIC_COLUMNS, "ADMIN_ONLY"))
    tenant = await world.stored_in(database)
    scope = (await tenant.context(world.partly())).scope
    gate, s = tenant.engine.gate, row_of(models.Student)
    for field in DEMOGRAPHIC_COLUMNS:
        term = Term(gate.rules(scope.shape).masked(field, s), descending, nullable=True)
        admitted = gate.admit(select(s.c.first_name).order_by(*order_by([term])), scope)
        assert [row[0] for row in await gate.fetch(admitted, scope, {})] == ["Eva", "Ana"], field


def test_no_list_is_ordered_by_a_demographic_as_it_is_stored() -> None:
    for orders in (students.ORDERS, results.ORDERS):
        assert [name for name, sort in orders.items() if sort.by in DEMOGRAPHIC_COLUMNS] == []


@pytest.mark.parametrize("tested_elsewhere", [True, False])
async def test_the_present_school_holds_a_field_of_earlier_results_only_with_tested_elsewhere(
    database: Database, tested_elsewhere: bool
) -> None:
    """S, or T and H; for a student H."""
    rules = dict.fromkeys(DEMOGRAPHIC_COLUMNS, "ADMIN_ONLY")
    world = World(field_policy=rules, tested_elsewhere=tested_elsewhere)
    for row in world.rows:
        if isinstance(row, models.Student | models.Result) and row.current_school_id == world.oak.id:
            row.current_district_id, row.current_school_id = world.north.id, world.elm.id
    tenant = await world.stored_in(database)
    below = "school { name } demographics { iep } student { demographics { iep } }"
    answer = await ask(tenant, world.partly(), f"{{ results(filter: {{}}) {{ nodes {{ {below} }} }} }}")
    at_oak = [node for node in answer.data["results"]["nodes"] if node["school"]["name"] == "Oak"]
    assert {node["demographics"]["iep"] for node in at_oak} == {True if tested_elsewhere else None}
    assert {node["student"]["demographics"]["iep"] for node in at_oak} == {True}
