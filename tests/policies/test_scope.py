"""A scope is the union of what each grant opens, and says of each grant why it counts or not."""

import pytest

from models.reference import School
from policies.identity import Grant, Viewer
from policies.permission import GROUP, INDIVIDUAL, Permission
from policies.scope import Reach, Scope, decide
from tests.policies.places import EAST, ELM, FIR, NORTH, OAK, SOUTH, YEW, reference

SCHOOLS = (OAK, ELM, FIR, YEW)


def scope(*grants: tuple[str, str, str], year: int = 2026) -> Scope:
    return decide(Viewer("test", "who@example.org"), [Grant(*grant, year) for grant in grants], reference())


def covered(decided: Scope, permission: Permission) -> list[School]:
    return [school for school in SCHOOLS if decided.covers(permission, school)]


@pytest.mark.parametrize(
    ("grant", "schools"),
    [
        (("SITE_EDUCATOR", "SCHOOL", OAK.natural_id), [OAK]),
        (("DISTRICT_EDUCATOR", "DISTRICT", NORTH.natural_id), [OAK, ELM]),
        (("SITE_EDUCATOR", "SCHOOL_GROUP", "CHARTERS"), [OAK, FIR]),
        (("DISTRICT_EDUCATOR", "DISTRICT_GROUP", "COUNTY"), [OAK, ELM, FIR]),
        (("STATE_ADMINISTRATOR", "STATE", "CA"), [OAK, ELM, FIR, YEW]),
        (("STATE_ADMINISTRATOR", "STATE", ""), [OAK, ELM, FIR, YEW]),
    ],
)
def test_a_grant_covers_the_schools_of_its_organization(grant: tuple[str, str, str], schools: list[School]) -> None:
    decided = scope(grant)
    assert covered(decided, INDIVIDUAL) == schools
    assert [reason.reason for reason in decided.reasons] == ["COUNTS"]


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        (("JANITOR", "SCHOOL", OAK.natural_id), "UNKNOWN_ROLE"),
        (("TEACHER", "DISTRICT", NORTH.natural_id), "NOT_AT_THIS_LEVEL"),
        (("STATE_ADMINISTRATOR", "TENANT", ""), "NOT_AT_THIS_LEVEL"),
        (("TEACHER", "SCHOOL", "99999999999999"), "UNKNOWN_ORGANIZATION"),
        (("TEACHER", "SCHOOL", ""), "UNKNOWN_ORGANIZATION"),
        (("TEACHER", "SCHOOL", NORTH.natural_id), "UNKNOWN_ORGANIZATION"),
        (("DISTRICT_EDUCATOR", "DISTRICT", OAK.natural_id), "UNKNOWN_ORGANIZATION"),
        (("DISTRICT_EDUCATOR", "DISTRICT_GROUP", ""), "UNKNOWN_ORGANIZATION"),
        (("SITE_EDUCATOR", "SCHOOL_GROUP", "NOBODY'S"), "UNKNOWN_ORGANIZATION"),
        (("STATE_ADMINISTRATOR", "STATE", "NV"), "UNKNOWN_ORGANIZATION"),
    ],
)
def test_a_grant_that_opens_nothing_says_why(grant: tuple[str, str, str], reason: str) -> None:
    decided = scope(grant)
    assert [given.reason for given in decided.reasons] == [reason]
    assert not decided.holds(Permission)


@pytest.mark.parametrize("year", [2025, 2027])
def test_a_grant_of_another_school_year_opens_nothing(year: int) -> None:
    decided = scope(("SITE_EDUCATOR", "SCHOOL", OAK.natural_id), year=year)
    assert [given.reason for given in decided.reasons] == ["OTHER_SCHOOL_YEAR"]
    assert not decided.holds(Permission)


def test_grants_add_up_per_permission() -> None:
    decided = scope(("TEACHER", "SCHOOL", OAK.natural_id), ("SITE_EDUCATOR", "SCHOOL", FIR.natural_id))
    assert covered(decided, INDIVIDUAL) == [FIR]
    assert covered(decided, GROUP) == [OAK, FIR]
    assert covered(decided, Permission.AGGREGATE_READ) == []


def test_a_school_of_a_covered_district_is_not_repeated() -> None:
    decided = scope(
        ("DISTRICT_EDUCATOR", "DISTRICT", NORTH.natural_id),
        ("SITE_EDUCATOR", "SCHOOL", OAK.natural_id),
        ("SITE_EDUCATOR", "SCHOOL", FIR.natural_id),
    )
    assert decided.reaches[INDIVIDUAL] == Reach(False, frozenset({NORTH.id}), frozenset({FIR.id}))


def test_single_schools_do_not_cover_their_district() -> None:
    decided = scope(*(("SITE_EDUCATOR", "SCHOOL", school.natural_id) for school in (OAK, ELM)))
    assert not decided.covers_district(INDIVIDUAL, NORTH)
    whole = scope(("DISTRICT_EDUCATOR", "DISTRICT", NORTH.natural_id))
    assert whole.covers_district(INDIVIDUAL, NORTH)
    assert not whole.covers_district(INDIVIDUAL, SOUTH)


def test_without_grants_nothing_is_covered() -> None:
    decided = scope()
    assert [covered(decided, permission) for permission in Permission] == [[]] * len(Permission)
    assert not decided.shape.reaches


def test_the_number_of_places_beyond_one_is_not_part_of_the_shape() -> None:
    def of(*schools: School) -> Scope:
        return scope(*(("SITE_EDUCATOR", "SCHOOL", school.natural_id) for school in schools))

    assert of(OAK).shape == of(FIR).shape
    assert of(OAK, FIR).shape == of(OAK, FIR, YEW).shape
    assert of(OAK).shape != of(OAK, FIR).shape
    assert hash(of(OAK).shape) == hash(of(FIR).shape)


def test_one_place_is_bound_as_a_value_and_several_as_a_list() -> None:
    one = scope(("SITE_EDUCATOR", "SCHOOL", OAK.natural_id))
    several = scope(*(("SITE_EDUCATOR", "SCHOOL", school.natural_id) for school in (FIR, OAK)))
    assert one.values["individual_pii_read_schools"] == OAK.id
    assert several.values["individual_pii_read_schools"] == [OAK.id, FIR.id]
    assert one.values["viewer_login"] == "who@example.org"


def test_the_whole_state_is_no_list_of_districts() -> None:
    decided = scope(("STATE_ADMINISTRATOR", "STATE", "CA"))
    assert decided.reaches[INDIVIDUAL] == Reach(statewide=True)
    assert decided.covers_district(INDIVIDUAL, EAST)
