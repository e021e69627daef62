"""Each demographic field is shown, shown to administrators, or withheld, as the tenant's field policy says."""

from collections.abc import Mapping

import pytest

from models.database import Database
from models.demographics import DEMOGRAPHIC_COLUMNS
from policies.fields import default_policy, field_policy
from tests.worlds import SmallWorld, ask, viewer

CALIFORNIA = {
    "economic_disadvantage": "DISABLED",
    "english_learner": "DISABLED",
    "elas": "ENABLED",
    "migrant": "ENABLED",
    "primary_language": "ENABLED",
    "ethnicities": "ENABLED",
    "gender": "ADMIN_ONLY",
    "iep": "ADMIN_ONLY",
    "military_connected": "ADMIN_ONLY",
    "section504": "ADMIN_ONLY",
    "enrolled_grade": "ENABLED",
}


def test_the_default_is_california_s_policy() -> None:
    assert default_policy() == CALIFORNIA


def test_every_demographic_column_has_a_policy() -> None:
    assert set(field_policy(None)) == set(DEMOGRAPHIC_COLUMNS)


def test_a_tenant_s_own_rule_wins_field_by_field() -> None:
    policy = field_policy({"gender": "ENABLED"})
    assert policy["gender"] == "ENABLED"
    assert policy["iep"] == "ADMIN_ONLY"


@pytest.mark.parametrize("own", [{"gender": "SHOWN"}, {"gender": ""}, {"gender": "enabled"}])
def test_an_unknown_rule_withholds_the_field(own: Mapping[str, str]) -> None:
    assert field_policy(own)["gender"] == "DISABLED"


def test_a_field_that_is_no_demographic_is_left_out() -> None:
    assert "ssid" not in field_policy({"ssid": "DISABLED"})


STUDENT_GENDERS = "{ students { nodes { firstName demographics { gender } } } }"


@pytest.mark.parametrize(
    ("rule", "who", "shown"),
    [
        ("ENABLED", "teacher", "FEMALE"),
        ("ENABLED", "coordinator", "FEMALE"),
        ("ADMIN_ONLY", "teacher", None),
        ("ADMIN_ONLY", "coordinator", "FEMALE"),
        ("ADMIN_ONLY", "site_educator", "FEMALE"),
        ("DISABLED", "teacher", None),
        ("DISABLED", "coordinator", None),
        ("DISABLED", "state_administrator", None),
    ],
)
async def test_who_sees_a_field(database: Database, rule: str, who: str, shown: str | None) -> None:
    world = SmallWorld(field_policy={"gender": rule})
    tenant = await world.stored_in(database)
    answer = await ask(tenant, getattr(world, who)(), STUDENT_GENDERS)
    assert {student["demographics"]["gender"] for student in answer.data["students"]["nodes"]} == {shown}


@pytest.mark.parametrize(
    ("rule", "who", "allowed"),
    [
        ("ENABLED", "teacher", True),
        ("ADMIN_ONLY", "teacher", False),
        ("ADMIN_ONLY", "coordinator", True),
        ("DISABLED", "coordinator", False),
    ],
)
@pytest.mark.parametrize("filter", ["{gender: [FEMALE]}", "{not: {gender: [FEMALE]}}", "{or: [{gender: []}]}"])
async def test_naming_a_field_that_is_withheld_everywhere_is_forbidden(
    database: Database, rule: str, who: str, allowed: bool, filter: str
) -> None:
    world = SmallWorld(field_policy={"gender": rule})
    tenant = await world.stored_in(database)
    answer = await ask(tenant, getattr(world, who)(), f"{{ students(filter: {filter}) {{ totalCount }} }}")
    assert answer.codes == ([] if allowed else ["FORBIDDEN"])


async def test_a_field_held_over_some_rows_is_null_on_the_others(database: Database) -> None:
    """On those it matches neither a condition nor its negation."""
    world = SmallWorld(field_policy={"gender": "ADMIN_ONLY"})
    tenant = await world.stored_in(database)
    teacher = viewer(
        "teacher@example.org",
        ("TEACHER", "SCHOOL", world.oak.natural_id),
        ("SITE_EDUCATOR", "SCHOOL", world.elm.natural_id),
    )
    shown = await ask(tenant, teacher, STUDENT_GENDERS)
    genders = {student["firstName"]: student["demographics"]["gender"] for student in shown.data["students"]["nodes"]}
    assert genders == {"Ana": None, "Eva": "FEMALE"}
    for asked, expected in (("{gender: [FEMALE]}", ["Eva"]), ("{not: {gender: [FEMALE]}}", [])):
        answer = await ask(tenant, teacher, f"{{ students(filter: {asked}) {{ nodes {{ firstName }} }} }}")
        assert [student["firstName"] for student in answer.data["students"]["nodes"]] == expected


@pytest.mark.parametrize("field", ["enrolledGrade", "offGrade", "demographics { enrolledGrade }"])
async def test_a_withheld_field_shows_nowhere_on_a_result(database: Database, field: str) -> None:
    world = SmallWorld(field_policy={"enrolled_grade": "DISABLED"})
    tenant = await world.stored_in(database)
    answer = await ask(tenant, world.coordinator(), f"{{ results(filter: {{}}) {{ nodes {{ shown: {field} }} }} }}")
    assert {str(node["shown"]) for node in answer.data["results"]["nodes"]} <= {"None", "{'enrolledGrade': None}"}
