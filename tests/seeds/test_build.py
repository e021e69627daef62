"""Building tells how far it is; a larger sandbox begins with the usual one and never holds more than a part of it."""

import gc
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Select, func, inspect, select

from models import District, Group, GroupEducator, Result, School, Student
from models.database import Database
from seeds.people import Person
from seeds.places import places, regions
from seeds.sandbox import BATCH, Size, Writer, build
from tests.conftest import Heard
from tests.seeds.conftest import Ask


def test_progress_is_told_as_a_share_and_the_rows_stored_so_far(sandbox: Database, heard: Heard) -> None:
    assert len(heard) > 100
    assert heard == sorted(heard)
    assert heard[-1][0] == 1
    assert heard[-1][1] > 500_000
    assert max(later[0] - earlier[0] for earlier, later in pairwise(heard)) < 0.05


@pytest.mark.prove
async def test_a_larger_sandbox_begins_with_the_usual_one_and_holds_one_region_at_a_time(
    sqlite_url: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, alive = [], []
    flush = Writer.flush
    monkeypatch.setattr(Writer, "flush", lambda writer: (waiting.append(writer._held), flush(writer)))

    def progress(share: float, rows: int) -> None:
        if share > 0.99:
            alive.append(sum(isinstance(one, Person) for one in gc.get_objects()))

    larger = Database(sqlite_url)
    await larger.run(lambda session: build(session, size=Size(4, 3_600), progress=progress))

    async def asked(statement: Select[Any]) -> list[Any]:
        return await larger.run(lambda session: list(session.execute(statement).all()))

    students = await ask(select(*inspect(Student).columns).order_by(Student.id))
    assert (await asked(select(*inspect(Student).columns).order_by(Student.id)))[: len(students)] == students
    for model in (Result, Group):
        own = select(*inspect(model).columns).where(model.district_id <= 2).order_by(model.district_id, model.id)
        assert await asked(own) == await ask(own)
    ((everybody,),) = await asked(select(func.count()).select_from(Student))
    assert everybody == pytest.approx(3_600, abs=60)
    assert await asked(select(func.count()).select_from(District)) == [(4,)]
    assert max(waiting) < 1.5 * BATCH
    assert max(alive) < 700
    await larger.close()


async def test_further_districts_are_fictitious_and_have_teachers_of_their_own() -> None:
    land = places(400, 1_600_000)
    districts = {place.district.id: place.district for place in land}
    assert len({row.natural_id for row in districts.values()}) == 400
    assert len({row.name for row in districts.values()}) == 400
    assert all(row.natural_id.startswith("999") and len(row.natural_id) == 14 for row in districts.values())
    schools = {school.natural_id for place in land for school in place.schools.values()}
    assert len(schools) == sum(len(place.kinds) for place in land)
    assert sum(place.students for place in land) == pytest.approx(1_600_000, rel=0.01)


def test_students_move_between_two_districts_and_no_further() -> None:
    land = places(7, 60_000)
    found = regions(land)
    assert sorted(id(place) for region in found for place in region) == sorted(map(id, land))
    assert all(len({place.district.id for place in region}) == len(region) <= 2 for region in found)
    assert max(sum(place.students for place in region) for region in found) < 8_000


@pytest.mark.parametrize(
    ("districts", "students", "problem"),
    [
        (2, 5_000, "districts: 2 is not from 3 to"),
        (99_999, 10**9, "districts: 99999 is not from 3 to"),
        (20, 5_000, "students: 5000 are too few for 20 districts; 5528 are enough"),
    ],
)
def test_a_size_that_cannot_be_is_named(districts: int, students: int, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        places(districts, students)


async def test_no_two_teachers_share_a_login_across_schools(ask: Ask) -> None:
    rows = await ask(
        select(GroupEducator.login, School.id)
        .join(Group, (Group.district_id == GroupEducator.district_id) & (Group.id == GroupEducator.group_id))
        .join(School, School.id == Group.school_id)
        .distinct()
    )
    assert len(rows) == len({login for login, _ in rows})
