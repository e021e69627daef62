"""Roles carry exactly the permissions of product.md's table, and outside names map to roles as it says."""

import csv
from pathlib import Path

import pytest

from policies import roles
from policies.permission import Permission
from policies.roles import known_roles, permissions_of, roles_of_toms
from tests.policies.product_roles import LEVELS, ROLES, TOMS, permissions

POLICIES = Path(roles.__file__).parent
NAMES = sorted({role for role, _ in ROLES})


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("role", NAMES)
def test_a_role_carries_the_permissions_of_the_table(role: str, level: str) -> None:
    assert permissions_of(role, level) == permissions(role, level)


def test_the_policy_knows_the_roles_of_the_table_and_no_other() -> None:
    assert known_roles() == set(NAMES)


def test_the_policy_file_is_the_table_line_by_line() -> None:
    with (POLICIES / "policy.csv").open(newline="", encoding="utf-8") as file:
        lines = [tuple(word.strip() for word in line[1:]) for line in csv.reader(file) if line]
    table = {
        (role, level.replace("*", "ANY"), permission)
        for (role, level), carried in ROLES.items()
        for permission in carried.split()
    }
    assert len(lines) == len(set(lines))
    assert set(lines) == table


def test_every_permission_is_carried_by_some_role() -> None:
    assert {permission for carried in ROLES.values() for permission in carried.split()} == set(Permission)


@pytest.mark.parametrize(("level", "member"), [("DISTRICT_GROUP", "DISTRICT"), ("SCHOOL_GROUP", "SCHOOL")])
@pytest.mark.parametrize("role", NAMES)
def test_a_grant_at_a_group_of_organizations_is_one_at_each_member(role: str, level: str, member: str) -> None:
    assert permissions_of(role, level) == permissions(role, member)


@pytest.mark.parametrize("role", ["", "teacher", "TEACHER ", "ADMIN", "*", "ANY", "p"])
def test_an_unknown_role_grants_nothing(role: str) -> None:
    assert permissions_of(role, "SCHOOL") == frozenset()


@pytest.mark.parametrize("level", ["", "ANY", "school", "CLASSROOM"])
def test_an_unknown_level_grants_nothing_to_a_role_of_certain_levels(level: str) -> None:
    assert permissions_of("TEACHER", level) == frozenset()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", TOMS)
def test_a_name_of_toms_or_rdw_stands_for_the_roles_listed(name: str, level: str) -> None:
    assert sorted(roles_of_toms(name, level)) == sorted(TOMS[name].get(level, "").split())


def test_the_mapping_of_outside_names_lists_those_of_the_product_only() -> None:
    with (POLICIES / "toms_roles.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["name"] for row in rows} == set(TOMS)
    assert {row["role"] for row in rows} <= known_roles()


@pytest.mark.parametrize("name", ["Nobody", "", "lea caaspp coordinator", "TEACHER"])
def test_an_unlisted_outside_name_stands_for_nothing(name: str) -> None:
    assert [roles_of_toms(name, level) for level in LEVELS] == [()] * len(LEVELS)
