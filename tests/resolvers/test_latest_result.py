"""The latest result of a student: the visible one completed last, of a subject and perhaps of one kind."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.database import Database
from models.group import Group
from models.result import Result
from policies.identity import Viewer
from resolvers.engine.ids import global_id
from seeds.factories import AssessmentFactory, LabelSetFactory, ProgramFactory, ResultFactory, SubjectFactory
from tests.worlds import SmallWorld, ask

LATEST = 'query ($ssid: SSID!) { student(ssid: $ssid) { latestResult(subject: "ELA") { id } } }'
SPRING, SUMMER = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


def result(world: SmallWorld, completed_at: datetime, **given: Any) -> Result:
    """One more result of Ana, an ICA from Oak unless said otherwise."""
    given = {"student": world.ana, "assessment": world.ica_ela, "school": world.oak, **given}
    return world.keep(ResultFactory.build(completed_at=completed_at, **given))


def named(row: Result) -> dict[str, str]:
    return {"id": global_id("Result", (row.district_id, row.id))}


async def latest(world: SmallWorld, database: Database, viewer: Viewer, document: str = LATEST) -> Any:
    tenant = await world.stored_in(database)
    answer = await ask(tenant, viewer, document, ssid=world.ana.ssid)
    assert answer.errors == []
    return answer.data["student"]["latestResult"]


async def test_it_is_the_one_completed_last(database: Database, world: SmallWorld) -> None:
    last = result(world, SUMMER)
    result(world, SPRING)
    assert await latest(world, database, world.coordinator()) == named(last)


async def test_of_several_completed_at_once_it_is_the_one_of_the_lowest_id(
    database: Database, world: SmallWorld
) -> None:
    tied = [result(world, SUMMER) for _ in range(3)]
    assert await latest(world, database, world.coordinator()) == named(min(tied, key=lambda row: row.id))


async def test_a_result_of_another_subject_does_not_count(database: Database, world: SmallWorld) -> None:
    last = result(world, SPRING)
    math = world.keep(ProgramFactory.build(code="ICA_MATH", subject=world.keep(SubjectFactory.build(code="MATH"))))
    result(
        world,
        SUMMER,
        assessment=world.keep(AssessmentFactory.build(program=math, label_set=world.keep(LabelSetFactory.build()))),
    )
    assert await latest(world, database, world.coordinator()) == named(last)


@pytest.mark.parametrize(("kind", "shown"), [("ICA", "ica"), ("SUMMATIVE", "summative"), ("IAB", None)])
async def test_a_kind_narrows_it(database: Database, world: SmallWorld, kind: str, shown: str | None) -> None:
    made = {"ica": result(world, SPRING), "summative": result(world, SUMMER, assessment=world.summative_ela)}
    document = LATEST.replace('"ELA"', f'"ELA", kind: {kind}')
    expected = named(made[shown]) if shown else None
    assert await latest(world, database, world.coordinator(), document) == expected


async def test_a_later_result_that_the_viewer_does_not_see_does_not_hide_an_earlier_one(
    database: Database, world: SmallWorld
) -> None:
    last = result(world, SPRING)
    result(world, SUMMER, school=world.fir)
    assert await latest(world, database, world.coordinator()) == named(last)


async def test_a_teacher_of_a_subject_s_group_has_none_of_another_subject(
    database: Database, world: SmallWorld
) -> None:
    math = world.keep(SubjectFactory.build(code="MATH"))
    (group,) = (row for row in world.rows if isinstance(row, Group))
    group.subject_id = math.id
    assert await latest(world, database, world.teacher()) is None


async def test_a_page_of_students_takes_one_statement_more_for_each(database: Database, world: SmallWorld) -> None:
    tenant = await world.stored_in(database)
    document = '{ students { nodes { ela: latestResult(subject: "ELA") { score { value } } } } }'
    answer = await ask(tenant, world.coordinator(), document)
    assert len(answer.data["students"]["nodes"]) == 3
    assert answer.statements == 2


async def test_no_more_than_the_latest_results_are_read(database: Database, world: SmallWorld) -> None:
    for month in range(1, 7):
        result(world, datetime(2026, month, 1, tzinfo=UTC))
    tenant = await world.stored_in(database)
    answer = await ask(tenant, world.coordinator(), '{ students { nodes { latestResult(subject: "ELA") { id } } } }')
    assert answer.run is not None
    assert answer.run.rows == 3 + 3
