"""What only unusual grants show of scopes and rules: each of these notices mutants that nothing else does."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

import models
from models.database import Database
from policies.identity import Grant, Viewer
from policies.permission import GROUP, INDIVIDUAL
from policies.scope import Reach, Scope, decide
from seeds.factories import GroupMemberFactory, StudentFactory
from tests.policies.places import EAST, FIR, NORTH, OAK, SOUTH, reference
from tests.worlds import TEACHER, SmallWorld, viewer


def scope(*grants: tuple[str, str, str]) -> Scope:
    return decide(Viewer("test", "who@example.org"), [Grant(*grant, 2026) for grant in grants], reference())


def test_the_number_of_districts_beyond_one_is_not_part_of_the_shape() -> None:
    two, three = (
        scope(*(("DISTRICT_EDUCATOR", "DISTRICT", district.natural_id) for district in districts))
        for districts in ((NORTH, SOUTH), (NORTH, SOUTH, EAST))
    )
    assert two.shape == three.shape


@pytest.mark.parametrize(
    "grant",
    [
        ("DISTRICT_EDUCATOR", "DISTRICT", "COUNTY"),
        ("DISTRICT_EDUCATOR", "DISTRICT", "CHARTERS"),
        ("DISTRICT_EDUCATOR", "DISTRICT_GROUP", "CHARTERS"),
        ("DISTRICT_EDUCATOR", "DISTRICT_GROUP", NORTH.natural_id),
        ("SITE_EDUCATOR", "SCHOOL", "CHARTERS"),
        ("SITE_EDUCATOR", "SCHOOL", "COUNTY"),
        ("SITE_EDUCATOR", "SCHOOL_GROUP", "COUNTY"),
        ("SITE_EDUCATOR", "SCHOOL_GROUP", OAK.natural_id),
    ],
)
def test_a_code_names_an_organization_of_its_own_level_only(grant: tuple[str, str, str]) -> None:
    assert [given.reason for given in scope(grant).reasons] == ["UNKNOWN_ORGANIZATION"]


def test_a_group_of_organizations_without_a_code_has_no_members() -> None:
    """Organizations of no group are not the members of a nameless one."""
    assert not scope(("DISTRICT_EDUCATOR", "DISTRICT_GROUP", ""), ("SITE_EDUCATOR", "SCHOOL_GROUP", "")).reaches


def test_one_place_more_than_one_is_a_list() -> None:
    given = scope(("SITE_EDUCATOR", "SCHOOL", OAK.natural_id), ("SITE_EDUCATOR", "SCHOOL", FIR.natural_id))
    assert given.shape.reach(INDIVIDUAL).schools == 2


def test_whoever_holds_more_than_the_import_is_no_mere_importer() -> None:
    importer = ("SIS_CLIENT", "SCHOOL", OAK.natural_id)
    assert scope(importer).imports_only
    assert not scope(importer, ("TEACHER", "SCHOOL", OAK.natural_id)).imports_only
    assert not scope().imports_only


async def test_groups_open_what_they_hold_in_the_whole_state_where_a_role_has_that(database: Database) -> None:
    """No role of today has GROUP_PII_READ at state level; the rule says what it would open."""
    world = SmallWorld()
    homeless = world.keep(StudentFactory.build(school=None, first_name="Hal"))
    untested = world.keep(StudentFactory.build(school=world.fir, first_name="Una"))
    for member in (homeless, untested):
        world.keep(GroupMemberFactory.build(group=world.group, student=member))
    tenant = await world.stored_in(database)
    decided = (await tenant.context(viewer(TEACHER))).scope
    everywhere = replace(decided, reaches={GROUP: Reach(statewide=True)})
    gate, s, r, g = tenant.engine.gate, models.Student, models.Result, models.Group
    elsewhere = gate.rules(everywhere.shape).tested_elsewhere(r.__table__)

    async def found(statement: Any, **how: bool) -> set[Any]:
        return {row[0] for row in await gate.fetch(gate.admit(statement, everywhere, **how), everywhere, {})}

    for how in ({}, {"keyed": True}):
        assert await found(select(s.first_name), **how) == {"Ana", "Una"}
        assert await found(select(r.student_id), **how) == {world.ana.id}
        assert await found(select(g.name), **how) == {"Owls"}
    assert await found(select(r.id).where(elsewhere)) == set()
    assert everywhere.opening.districts is None
