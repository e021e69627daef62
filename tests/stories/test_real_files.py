"""The loaded real files answer a teacher's and a district coordinator's question as a plain recount of the XML does."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from ingest.access import add_grant, set_availability, set_tenant
from ingest.load import load
from models.database import Database
from tests.stories.conftest import Person, serving, settings_for, token_of

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real input files are not here: {DATA}")

DISTRICT, SCHOOL = "99900010000000", "99900010000002"
TEACHER, OTHER, COORDINATOR = "teacher@example.org", "other@example.org", "coordinator@example.org"
ETHNICITIES = {
    "HispanicOrLatinoEthnicity": "HISPANIC_OR_LATINO",
    "AmericanIndianOrAlaskaNative": "AMERICAN_INDIAN_OR_ALASKA_NATIVE",
    "Asian": "ASIAN",
    "BlackOrAfricanAmerican": "BLACK_OR_AFRICAN_AMERICAN",
    "White": "WHITE",
    "NativeHawaiianOrOtherPacificIslander": "NATIVE_HAWAIIAN_OR_PACIFIC_ISLANDER",
    "DemographicRaceTwoOrMoreRaces": "TWO_OR_MORE_RACES",
    "Filipino": "FILIPINO",
}


@dataclass(frozen=True)
class Sitting:
    """One result as its file tells it."""

    ssid: str
    school: str
    assessment: str
    kind: str
    year: int
    completed: str
    completeness: str
    condition: str
    score: int
    error: float | None
    level: int
    claims: dict[str, int]
    ethnicities: frozenset[str]


@cache
def sittings() -> list[Sitting]:
    with ZipFile(DATA / "results" / "trt-sample.zip") as archive:
        return [read(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")]


def read(xml: bytes) -> Sitting:
    report = ElementTree.fromstring(xml)
    test, opportunity = report.find("Test"), report.find("Opportunity")
    assert test is not None
    assert opportunity is not None
    said = {a.get("name", ""): a.get("value", "") for a in report.iter("ExamineeAttribute")}
    places = {a.get("name", ""): a.get("value", "") for a in report.iter("ExamineeRelationship")}
    scores = {(s.get("measureOf", ""), s.get("measureLabel")): s for s in opportunity.iter("Score")}
    levels = {of: int(s.get("value", "")) for (of, label), s in scores.items() if label == "PerformanceLevel"}
    overall = scores["Overall", "ScaleScore"]
    races = {code for name, code in ETHNICITIES.items() if said.get(name, "").upper() == "YES"}
    if len(races - {"HISPANIC_OR_LATINO", "TWO_OR_MORE_RACES"}) > 1:
        races.add("TWO_OR_MORE_RACES")
    name = test.get("name", "")
    return Sitting(
        ssid=said["StudentIdentifier"],
        school=places["SchoolId"],
        assessment=name,
        kind="SUMMATIVE" if "-SUM-" in name else "ICA" if "-ICA-" in name else "IAB",
        year=int(test.get("academicYear", "")),
        completed=opportunity.get("dateCompleted", "")[:19],
        completeness=opportunity.get("completeness", ""),
        condition=opportunity.get("administrationCondition", ""),
        score=int(overall.get("value", "")),
        error=float(error) if (error := overall.get("standardError")) else None,
        level=levels.pop("Overall"),
        claims=levels,
        ethnicities=frozenset(races),
    )


def group_file(ssids: list[str]) -> str:
    """A group of these students at one school, assigned to the teacher."""
    rows = ["group_name,school_natural_id,school_year,subject_code,student_ssid,group_user_login"]
    rows += [f"Period 1,{SCHOOL},2019,All,{ssid}," for ssid in ssids]
    return "\n".join([*rows, f"Period 1,{SCHOOL},2019,All,,{TEACHER}"]) + "\n"


@pytest.fixture(scope="module")
async def people(
    whole_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Person]]:
    """A tenant with every real file and a group made of the loaded SSIDs, and three people who ask it."""
    database, tmp_path = whole_database, tmp_path_factory.mktemp("groups")
    await database.run(lambda session: set_tenant(session, name="Demo", school_year=2019))
    await load(database, [DATA / name for name in ("subjects", "packages", "organizations", "results")])
    (tmp_path / "groups.csv").write_text(group_file(members()), encoding="utf-8")
    report = await load(database, [tmp_path / "groups.csv"])
    assert not report.problems

    def grant(session: Any) -> None:
        for login, role, level, organization in (
            (TEACHER, "TEACHER", "SCHOOL", SCHOOL),
            (OTHER, "TEACHER", "SCHOOL", SCHOOL),
            (COORDINATOR, "DISTRICT_COORDINATOR", "DISTRICT", DISTRICT),
        ):
            add_grant(session, login=login, role=role, level=level, organization=organization)
        set_availability(
            session,
            school_year=2017,
            program_code="all",
            district_code=DISTRICT,
            individual="RELEASED",
            aggregate="RELEASED",
            changed_by="test",
        )

    await database.run(grant)
    async with serving(settings_for(database.url.render_as_string(hide_password=False))) as client:
        yield {login: Person(client, token_of(login)) for login in (TEACHER, OTHER, COORDINATOR)}


@cache
def members() -> list[str]:
    """Ten students tested at the school."""
    return sorted({one.ssid for one in sittings() if one.school == SCHOOL})[:10]


GROUP = """
query($year: SchoolYear!) {
  groups(first: 1) { nodes { id name students(first: 50) { nodes { ssid
    results(first: 50, filter: {schoolYear: {eq: $year}}) { nodes {
      id completedAt school { naturalId } assessment { naturalId }
      score { value standardError band { low high } level { number label } }
      subScores { code level { number } }
    } } } } } }
}
"""
LABELS = {
    4: {1: "Did Not Meet Standard", 2: "Nearly Met Standard", 3: "Met Standard", 4: "Exceeded Standard"},
    3: {1: "Below Standard", 2: "Near Standard", 3: "Above Standard"},
}


async def test_a_teacher_reads_the_students_of_the_group_as_the_files_have_them(people: dict[str, Person]) -> None:
    groups = (await people[TEACHER].ask(GROUP, year=2017))["groups"]["nodes"]
    assert [group["name"] for group in groups] == ["Period 1"]
    told = {
        (student["ssid"], result["assessment"]["naturalId"], result["completedAt"][:19]): (
            result["score"]["value"],
            result["score"]["standardError"],
            result["score"]["band"],
            result["score"]["level"],
            {part["code"]: part["level"]["number"] for part in result["subScores"]},
        )
        for student in groups[0]["students"]["nodes"]
        for result in student["results"]["nodes"]
    }
    expected = {}
    for one in sittings():
        if one.ssid in members() and one.year == 2017 and one.school == SCHOOL:
            labels = LABELS[3 if one.kind == "IAB" else 4]
            error = one.error
            band = None if error is None else {"low": round(one.score - error), "high": round(one.score + error)}
            level = {"number": one.level, "label": labels[one.level]}
            key = (one.ssid, one.assessment, one.completed)
            expected[key] = (one.score, one.error, band, level, one.claims)
    assert expected != {}
    assert told == expected


async def test_another_teacher_of_the_school_finds_nothing_of_it(people: dict[str, Person]) -> None:
    group = (await people[TEACHER].ask(GROUP, year=2017))["groups"]["nodes"][0]
    student = next(s for s in group["students"]["nodes"] if s["results"]["nodes"])
    ids = [group["id"], student["results"]["nodes"][0]["id"]]
    found = await people[OTHER].ask(
        "query($ids: [ID!]!, $ssid: SSID!) { nodes(ids: $ids) { id } student(ssid: $ssid) { id }"
        " students { totalCount } results(filter: {}) { totalCount } groups { totalCount } }",
        ids=ids,
        ssid=student["ssid"],
    )
    assert found == {
        "nodes": [None, None],
        "student": None,
        "students": {"totalCount": 0},
        "results": {"totalCount": 0},
        "groups": {"totalCount": 0},
    }


async def test_unreleased_summatives_stay_hidden_until_their_year_is_released(people: dict[str, Person]) -> None:
    count = "query($year: SchoolYear!) { results(filter: {schoolYear: {eq: $year}, kind: [SUMMATIVE]}) { totalCount } }"
    told = {year: (await people[COORDINATOR].ask(count, year=year))["results"]["totalCount"] for year in (2017, 2018)}
    files = sum(1 for one in sittings() if one.year == 2017 and one.kind == "SUMMATIVE")
    assert told == {2017: files, 2018: 0}


REPORT = """
query($input: AggregateReportInput!) {
  aggregateReport(input: $input) { rows(first: 2000) { nodes {
    organization { naturalId } assessment { naturalId } subgroup { value }
    summary { studentsTested meanScore standardErrorOfMean levels { level { number } count } }
  } } }
}
"""


async def test_a_coordinator_counts_by_school_assessment_and_ethnicity_as_a_recount_does(
    people: dict[str, Person],
) -> None:
    answer = await people[COORDINATOR].ask(
        REPORT,
        input={
            "schoolYears": [2017],
            "subjects": ["ELA", "MATH"],
            "assessmentKind": "SUMMATIVE",
            "grades": ["03", "04", "05", "06", "07", "08", "11"],
            "organizations": {"schoolsOfDistricts": [DISTRICT]},
            "breakDownBy": [["ETHNICITY"]],
        },
    )
    told = {
        (row["organization"]["naturalId"], row["assessment"]["naturalId"], row["subgroup"][0]["value"]): (
            row["summary"]["studentsTested"],
            row["summary"]["meanScore"],
            row["summary"]["standardErrorOfMean"],
            {level["level"]["number"]: level["count"] for level in row["summary"]["levels"]},
        )
        for row in answer["aggregateReport"]["rows"]["nodes"]
    }
    assert told == recount()


def recount() -> dict[tuple[str, str, str], tuple[int, float, float | None, dict[int, int]]]:
    latest: dict[tuple[str, str], Sitting] = {}
    for one in sorted(sittings(), key=lambda one: one.completed):
        if one.kind == "SUMMATIVE" and one.year == 2017:
            latest[one.ssid, one.assessment] = one
    cells: dict[tuple[str, str, str], list[Sitting]] = defaultdict(list)
    for one in latest.values():
        if one.completeness == "Complete" and one.condition == "Valid":
            for ethnicity in one.ethnicities:
                cells[one.school, one.assessment, ethnicity].append(one)
    return {
        key: (
            len(some),
            round(mean(one.score for one in some), 2),
            round(stdev(one.score for one in some) / len(some) ** 0.5, 2) if len(some) > 1 else None,
            {level: sum(one.level == level for one in some) for level in (1, 2, 3, 4)},
        )
        for key, some in cells.items()
    }
