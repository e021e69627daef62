"""RDW's own counts of who sees how many results of its fixture; each place where product.md differs is a test by name.

RDW's callers also hold TEST_DATA_LOADING_READ statewide; ours review availability statewide (REVIEWER).
"""

import pytest

from models.database import Database
from policies.identity import Viewer
from resolvers.context import Tenant
from tests.visibility.rdw import REVIEWER, SOMEONE, SOMEONE_ELSE, Fixture, seen
from tests.worlds import ask

Grants = list[tuple[str, str, str]]
EVERY_DISTRICT = [("DISTRICT_EDUCATOR", "DISTRICT", number) for number in ("10", "20", "30")]
EVERY_SCHOOL = [("TEACHER", "SCHOOL", number) for number in ("10", "20", "30", "40")]


async def test_individual_pii_counts_as_in_rdw(database: Database) -> None:
    """reference/rdw-reporting.md 2d: school -10, school group -10, district -20, everywhere."""
    fixture = Fixture()
    callers: dict[str, Grants] = {
        "school": [("SITE_EDUCATOR", "SCHOOL", "10")],
        "school group": [("SITE_EDUCATOR", "SCHOOL_GROUP", "10")],
        "district": [("DISTRICT_EDUCATOR", "DISTRICT", "20")],
        "everywhere": EVERY_DISTRICT,
    }
    tenant = await fixture.stored_in(database)
    counts = {name: await seen(tenant, fixture.who(*g, REVIEWER), fixture.one) for name, g in callers.items()}
    assert counts == {"school": 2, "school group": 1, "district": 4, "everywhere": 7}


async def test_group_pii_counts_as_in_rdw(database: Database) -> None:
    """reference/rdw-reporting.md 2d: by way of the math group, of 2025; other login; both permissions."""
    fixture = Fixture()
    callers: dict[str, tuple[Grants, str]] = {
        "everywhere": (EVERY_SCHOOL, SOMEONE),
        "school": (EVERY_SCHOOL[:1], SOMEONE),
        "other login": (EVERY_SCHOOL, SOMEONE_ELSE),
        "both permissions": ([*EVERY_DISTRICT, *EVERY_SCHOOL], SOMEONE),
    }
    tenant = await fixture.stored_in(database)
    counts = {
        name: await seen(tenant, fixture.who(*grants, REVIEWER, login=login), fixture.one)
        for name, (grants, login) in callers.items()
    }
    assert counts == {"everywhere": 6, "school": 2, "other login": 0, "both permissions": 7}


@pytest.mark.parametrize(("tested_elsewhere", "of_mover", "of_one"), [(False, 1, 2), (True, 2, 6)])
async def test_transfer_access_counts_as_in_rdw(
    database: Database, tested_elsewhere: bool, of_mover: int, of_one: int
) -> None:
    """reference/rdw-reporting.md 2d: the transfer student asked from -40; the math group asked from -10."""
    fixture = Fixture(tested_elsewhere=tested_elsewhere)
    tenant = await fixture.stored_in(database)
    assert await seen(tenant, fixture.who(("SITE_EDUCATOR", "SCHOOL", "40")), fixture.mover) == of_mover
    assert await seen(tenant, fixture.who(*EVERY_SCHOOL[:1], REVIEWER, login=SOMEONE), fixture.one) == of_one


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("REVIEWING", {"nobody": 2, "of district 30": 2, "of district 10": 3, "of the state": 7}),
        ("LOADING", {"nobody": 2, "of district 30": 2, "of district 10": 2, "of the state": 2}),
        (None, {"nobody": 2, "of district 30": 2, "of district 10": 2, "of the state": 2}),
        ("RELEASED", {"nobody": 7, "of district 30": 7, "of district 10": 7, "of the state": 7}),
    ],
)
async def test_the_embargo_counts_as_in_rdw(database: Database, status: str | None, counts: dict[str, int]) -> None:
    """reference/rdw-reporting.md 2e: interims always; summatives once released, or to reviewers of their district."""
    fixture = Fixture(status=status)
    role = "AVAILABILITY_ADMINISTRATOR"
    reviewers: dict[str, Grants] = {
        "nobody": [],
        "of district 30": [(role, "DISTRICT", "30")],
        "of district 10": [(role, "DISTRICT", "10")],
        "of the state": [REVIEWER],
    }
    tenant = await fixture.stored_in(database)
    callers = {name: fixture.who(*EVERY_DISTRICT, *grants) for name, grants in reviewers.items()}
    assert {name: await seen(tenant, who, fixture.one) for name, who in callers.items()} == counts


async def test_rdw_counts_7_statewide_where_product_md_leaves_interims_to_the_districts(database: Database) -> None:
    """product.md, Visibility: for an interim only grants at district level or below count."""
    fixture = Fixture(status="RELEASED")
    who = fixture.who(("STATE_ADMINISTRATOR", "STATE", ""))
    assert await seen(await fixture.stored_in(database), who, fixture.one) == 5


async def test_rdw_counts_2_statewide_under_review_where_product_md_lets_every_such_reader_set_availability(
    database: Database,
) -> None:
    """RDW 2e: statewide PII alone sees released and interim results only. product.md, Roles and grants: who reads
    statewide is the STATE_ADMINISTRATOR, with AVAILABILITY_WRITE."""
    fixture = Fixture(status="REVIEWING")
    who = fixture.who(("STATE_ADMINISTRATOR", "STATE", ""))
    assert await seen(await fixture.stored_in(database), who, fixture.one) == 5


async def test_rdw_counts_1_in_a_district_group_where_product_md_counts_all_schools_of_its_districts(
    database: Database,
) -> None:
    """RDW's fixture puts school -20 alone into district group -10. product.md, Roles and grants: groups of
    organizations are expanded to members, and those of a district group are districts."""
    fixture = Fixture()
    who = fixture.who(("DISTRICT_EDUCATOR", "DISTRICT_GROUP", "10"), REVIEWER)
    assert await seen(await fixture.stored_in(database), who, fixture.one) == 3


async def test_rdw_counts_0_at_unknown_places_where_product_md_knows_no_permission(database: Database) -> None:
    """product.md, Roles and grants: an unknown organization grants nothing; design.md, Errors: a root field whose
    permission the viewer holds nowhere is FORBIDDEN."""
    fixture = Fixture()
    tenant = await fixture.stored_in(database)
    for level in ("SCHOOL", "SCHOOL_GROUP", "DISTRICT", "DISTRICT_GROUP"):
        role = "SITE_EDUCATOR" if level.startswith("SCHOOL") else "DISTRICT_EDUCATOR"
        await assert_forbidden(tenant, fixture.who((role, level, "unknown"), REVIEWER))


async def test_rdw_counts_6_for_group_pii_statewide_where_product_md_has_teachers_at_schools_only(
    database: Database,
) -> None:
    """product.md, Roles and grants: TEACHER is given at a school; at another level it carries nothing."""
    fixture = Fixture()
    who = fixture.who(("TEACHER", "STATE", ""), REVIEWER, login=SOMEONE)
    await assert_forbidden(await fixture.stored_in(database), who)


async def test_rdw_counts_6_by_a_group_of_any_year_where_product_md_counts_this_years_groups(
    database: Database,
) -> None:
    """product.md, Visibility: an active group is of the tenant's school year; `group_years` ALL is as RDW."""
    fixture = Fixture(group_years="CURRENT")
    who = fixture.who(*EVERY_SCHOOL, REVIEWER, login=SOMEONE)
    assert await seen(await fixture.stored_in(database), who, fixture.one) == 0


async def test_rdw_counts_0_of_a_student_without_a_school_where_product_md_asks_where_the_test_was(
    database: Database,
) -> None:
    """RDW 2d: a student with a null inferred school is invisible to all. product.md, Visibility: in(S, ...)."""
    fixture = Fixture(of_no_school=True)
    who = fixture.who(("SITE_EDUCATOR", "SCHOOL", "10"))
    assert await seen(await fixture.stored_in(database), who, fixture.one) == 2


async def test_rdw_counts_7_for_a_reader_of_what_is_loading_where_product_md_asks_for_availability_write(
    database: Database,
) -> None:
    """RDW 2e: TEST_DATA_LOADING_READ. product.md, Visibility: Loading is for holders of AVAILABILITY_WRITE;
    AVAILABILITY_READ shows the table of states, no results."""
    fixture = Fixture(status="LOADING")
    tenant = await fixture.stored_in(database)
    assert await seen(tenant, fixture.who(*EVERY_DISTRICT, REVIEWER), fixture.one) == 2
    writer = fixture.who(*EVERY_DISTRICT, ("STATE_ADMINISTRATOR", "STATE", ""))
    assert await seen(tenant, writer, fixture.one) == 7


async def test_rdw_counts_8_once_the_subject_is_released_where_product_md_releases_a_program(
    database: Database,
) -> None:
    """RDW 2e: state per (school year, district, subject). product.md, Visibility: status of (school year, D, p)."""
    fixture = Fixture(status="RELEASED")
    fixture.add_result(fixture.one, "summative math alternate", "10", 2025)
    assert await seen(await fixture.stored_in(database), fixture.who(*EVERY_DISTRICT), fixture.one) == 7


async def test_rdw_lists_0_students_who_were_tested_here_where_product_md_lists_whose_results_are_seen(
    database: Database,
) -> None:
    """RDW 2d, student list: INDIVIDUAL in(H), and H of neither is school 30. product.md, Visibility: Students."""
    fixture = Fixture(status="RELEASED")
    who = fixture.who(("SITE_EDUCATOR", "SCHOOL", "30"))
    assert await listed(await fixture.stored_in(database), who, "students") == 2


async def test_rdw_lists_1_member_with_results_where_product_md_lists_members_without(database: Database) -> None:
    """RDW 2d, student list: needs at least one exam. product.md, Visibility: Students."""
    fixture = Fixture()
    fixture.add_member()
    who = fixture.who(("TEACHER", "SCHOOL", "10"), login=SOMEONE)
    assert await listed(await fixture.stored_in(database), who, "students") == 2


async def test_rdw_lists_0_groups_to_those_not_assigned_where_product_md_lists_the_schools(database: Database) -> None:
    """RDW 2d: an administrator does not see colleagues' groups. product.md, Visibility: Groups."""
    fixture = Fixture()
    who = fixture.who(("SITE_EDUCATOR", "SCHOOL", "10"), login=SOMEONE_ELSE)
    assert await listed(await fixture.stored_in(database), who, "groups") == 1


async def listed(tenant: Tenant, who: Viewer, field: str) -> int:
    """How many rows a root list counts."""
    answer = await ask(tenant, who, f"{{ {field} {{ totalCount }} }}")
    return int(answer.data[field]["totalCount"])


async def assert_forbidden(tenant: Tenant, who: Viewer) -> None:
    """The caller may not ask for results at all."""
    answer = await ask(tenant, who, "{ results(filter: {}) { totalCount } }")
    assert (answer.data, answer.codes) == ({"results": None}, ["FORBIDDEN"])
