"""Organizations, subjects and packages: what they store, what may change, what is refused."""

from typing import Any

import pytest
from sqlalchemy import func, select

from ingest.load import LoadReport, Status
from models import (
    Assessment,
    District,
    Item,
    LabelSet,
    Level,
    Program,
    ProgramLabels,
    School,
    Subject,
    SubScoreDefinition,
    Tenant,
)
from models.database import Database
from tests.ingest import documents
from tests.ingest.conftest import Loading

CALPADS = b"""County-District Code^School Code^Auth CDS Code^County Name^District Name^School Name^Charter School^\
Charter Status^NPS School\r
# a comment\r
1964733^6061568^19647336061568^Los Angeles^Los Angeles Unified^Woodland "Hills"^N^^N\r
^^^^^^^^\r
"""


def errors(report: LoadReport) -> list[str]:
    return [problem.error for problem in report.problems]


async def values(database: Database, *columns: Any) -> list[Any]:
    return await database.run(lambda session: [tuple(row) for row in session.execute(select(*columns))])


async def test_organizations_of_any_nesting_are_stored(tenant: Database, loading: Loading) -> None:
    await loading(documents.organizations())
    joined = await tenant.run(
        lambda session: session.execute(
            select(School.natural_id, District.natural_id).join(District, District.id == School.district_id)
        ).all()
    )
    assert sorted(map(tuple, joined)) == [
        (documents.SCHOOL, documents.DISTRICT),
        (documents.SECOND_SCHOOL, documents.DISTRICT),
        (documents.FAR_SCHOOL, documents.OTHER_DISTRICT),
    ]


async def test_an_organization_may_change_its_name(tenant: Database, loading: Loading) -> None:
    await loading(documents.organizations())
    report = await loading(documents.organizations(name="Ada School"))
    assert report.totals() == {"school changed": 3}
    assert set(await values(tenant, School.name, School.sort_key)) == {("Ada School", "ada school")}


async def test_the_same_organizations_again_change_nothing(tenant: Database, loading: Loading) -> None:
    await loading(documents.organizations())
    before = await values(tenant, Tenant.reference_version)
    report = await loading(documents.organizations())
    assert (report.files[0].status, await values(tenant, Tenant.reference_version)) == (Status.NO_CHANGE, before)


async def test_a_change_of_reference_data_counts_its_version_up(tenant: Database, loading: Loading) -> None:
    [(before,)] = await values(tenant, Tenant.reference_version)
    await loading(documents.organizations())
    assert await values(tenant, Tenant.reference_version) == [(before + 1,)]


@pytest.mark.parametrize("parent", ["", "99900090000000", "CA"])
async def test_a_school_without_a_district_is_a_problem(loading: Loading, parent: str) -> None:
    report = await loading(documents.organizations(schools={documents.SCHOOL: parent}))
    assert errors(report) == [f"school {documents.SCHOOL} has no district"]


async def test_a_school_keeps_its_district(loading: Loading) -> None:
    await loading(documents.organizations())
    report = await loading(documents.organizations(schools={documents.SCHOOL: documents.OTHER_DISTRICT}))
    assert errors(report) == [f"school {documents.SCHOOL} is of another district"]


@pytest.mark.parametrize(
    "content", [b'{"entityType": "DISTRICT"', b'[{"entityType": "PLANET"}]', b'[{"entityType": 1}]']
)
async def test_organizations_that_cannot_be_read_are_problems(loading: Loading, content: bytes) -> None:
    assert errors(await loading(content))[0] in ("not well-formed JSON", "unknown entity type")


async def test_the_states_school_list_gives_districts_and_schools(tenant: Database, loading: Loading) -> None:
    assert (await loading(CALPADS)).problems == []
    assert await values(tenant, District.natural_id, District.name) == [("19647330000000", "Los Angeles Unified")]
    assert await values(tenant, School.natural_id, School.name) == [("19647336061568", 'Woodland "Hills"')]


async def test_a_subject_makes_programs_levels_and_sub_scores(known: Database) -> None:
    assert await values(known, Subject.code, Subject.name) == [("ELA", "English")]
    programs = await values(known, Program.code, Program.name, Program.kinds, Program.grades)
    assert sorted(programs) == [
        ("ELA_INTERIM", "English Interim", ["IAB", "FIAB"], ["05"]),
        ("ELA_SUMMATIVE", "English Summative", ["SUMMATIVE"], ["05"]),
    ]
    label_sets = await values(known, LabelSet.code, LabelSet.proficient_from)
    assert sorted(label_sets, key=str) == [("ELA_IAB_OVERALL", None), ("ELA_SUM_CLAIM", None), ("ELA_SUM_OVERALL", 3)]
    assert sorted(await values(known, ProgramLabels.kind)) == [("FIAB",), ("IAB",), ("SUMMATIVE",)]
    columns = SubScoreDefinition.assessment_kind, SubScoreDefinition.kind, SubScoreDefinition.code
    assert sorted(await values(known, *columns)) == [("SUMMATIVE", "CLAIM", "R"), ("SUMMATIVE", "CLAIM", "W")]


async def test_claims_named_domain_are_domains_and_the_code_is_upper_case(tenant: Database, loading: Loading) -> None:
    await loading(documents.subject(code="Elpac", claims="Domain"))
    assert await values(tenant, Subject.code) == [("ELPAC",)]
    assert set(await values(tenant, SubScoreDefinition.kind)) == {("DOMAIN",)}


async def test_texts_of_a_subject_may_change_while_assessments_use_it(known: Database, loading: Loading) -> None:
    report = await loading(documents.subject(top="Advanced"))
    assert (report.problems, report.totals()["level changed"]) == ([], 1)
    assert ("Advanced",) in await values(known, Level.label)


@pytest.mark.parametrize(("change", "error"), [({"levels": 3}, "number of levels"), ({"cutoff": 2}, "may not change")])
async def test_its_structure_may_not_once_assessments_use_it(
    known: Database, loading: Loading, change: dict[str, int], error: str
) -> None:
    report = await loading(documents.subject(**change))
    assert len(errors(report)) == 1
    assert error in errors(report)[0]


async def test_its_structure_may_change_before(tenant: Database, loading: Loading) -> None:
    await loading(documents.subject())
    assert (await loading(documents.subject(levels=3, cutoff=2))).problems == []
    query = select(func.count()).join(LabelSet, LabelSet.id == Level.label_set_id).select_from(Level)
    count = await tenant.run(lambda session: session.scalar(query.where(LabelSet.code == "ELA_SUM_OVERALL")))
    assert count == 3


async def test_a_subject_uses_the_program_that_carries_its_kind(tenant: Database, loading: Loading) -> None:
    def configure(session: Any) -> None:
        session.add(Subject(id=1, code="ELA", name="ELA"))
        session.flush()
        session.add(
            Program(id=2, code="OURS", name="x", subject_id=1, kinds=["SUMMATIVE"], grades=[], source="", confidence="")
        )

    await tenant.run(configure)
    await loading(documents.subject())
    assert sorted(await values(tenant, Program.code)) == [("ELA_INTERIM",), ("OURS",)]


async def test_a_package_makes_assessments_with_items(known: Database) -> None:
    columns = (
        Assessment.natural_id, Assessment.kind, Assessment.grade, Assessment.school_year, Assessment.min_score,
        Assessment.max_score, Assessment.cut_scores,
    )  # fmt: skip
    assert sorted(await values(known, *columns)) == [
        (documents.BLOCK, "IAB", "05", 2019, 2200, 2700, [2440, 2500, 2580]),
        (documents.SUMMATIVE, "SUMMATIVE", "05", 2019, 2200, 2700, [2440, 2500, 2580]),
    ]
    items = await values(known, Item.natural_id, Item.claim, Item.target, Item.standards, Item.answer_key)
    assert sorted(items) == [(f"200-{number}", "R", "1-5", ["5.RL.1"], "B") for number in (1, 1, 2, 2)]


async def test_a_label_may_make_a_block_a_focused_one(known: Database, loading: Loading) -> None:
    focused = documents.packages().replace(b"IAB-ELA", b"FOCUSED").replace(b"Grade 5 ELA IAB", b"Reading (FIAB)")
    await loading(focused)
    assert ("FOCUSED-5-2019", "FIAB") in await values(known, Assessment.natural_id, Assessment.kind)


async def test_items_are_never_deleted(known: Database, loading: Loading) -> None:
    report = await loading(b"".join(documents.packages().splitlines(keepends=True)[:2]))
    assert report.files[0].status == Status.NO_CHANGE
    assert len(await values(known, Item.id)) == 4


WRONG_PACKAGES = [
    ({"AssessmentGrade": "6"}, "its grade may not change"),
    ({"AcademicYear": "2018"}, "its school_year may not change"),
    ({"AssessmentSubject": "Latin"}, "unknown subject"),
    ({"AssessmentGrade": "x"}, "unknown grade"),
    ({"ScaledLow2": "2100"}, "the level ranges do not rise"),
    ({"ScaledLow4": "", "ScaledHigh4": ""}, "the subject has 4 levels"),
    ({"MaxPoints": "-1"}, "not a number from 0 to 99"),
    ({"ItemId": "7"}, "the assessment has this item twice"),
    ({"AssessmentSubtype": "QUIZ"}, "must be one of SUM, ICA, IAB, FIAB"),
]


async def test_packages_that_are_wrong_are_left_out(known: Database, loading: Loading) -> None:
    before = await values(known, Item.id)
    report = await loading(*(documents.packages(**change) for change, _ in WRONG_PACKAGES))
    told = {outcome.file.rpartition("-")[2]: [one.error for one in outcome.problems] for outcome in report.files}
    missed = [wrong for place, wrong in enumerate(WRONG_PACKAGES) if wrong[1] not in told[str(place)]]
    assert missed == [], told
    assert await values(known, Item.id) == before
