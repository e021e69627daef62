"""A visitor of the sandbox: a role without a credential, a teacher's group page, an administrator's aggregate."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.database import Database
from settings import Settings
from tests.stories.conftest import Person, SignIn, serving

GROUP_PAGE = """
query GroupPage($id: ID!, $year: SchoolYear!) {
  node(id: $id) {
    ... on Group {
      name
      studentCount
      students(first: 50) {
        totalCount
        nodes {
          id ssid firstName lastName
          results(first: 50, filter: {schoolYear: {eq: $year}}) {
            totalCount
            nodes {
              id
              assessment { label kind subject { code } }
              score { value standardError band { low high } level { number label } }
              subScores { code name level { label } }
            }
          }
        }
      }
    }
  }
}
"""
AGGREGATE = """
query Report($input: AggregateReportInput!) {
  aggregateReport(input: $input) {
    estimatedRows
    coverage { unreleasedDistricts withheld }
    rows(first: 2000) {
      totalCount
      nodes {
        organization { __typename name naturalId }
        assessment { naturalId }
        subgroup { dimension value }
        summary { studentsTested meanScore levels { level { number } count percent } }
      }
    }
  }
}
"""


@pytest.fixture(scope="module")
async def visitor(sandbox: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(Settings(sandbox_path=Path(sandbox.path))) as client:
        yield client


@pytest.fixture
def enter(visitor: httpx2.AsyncClient) -> SignIn:
    async def sign_in(role: str, **choice: str) -> Person:
        response = await visitor.post("/sandbox/sessions", json={"role": role, **choice})
        assert response.status_code == 201, response.text
        return Person(visitor, response.json()["token"])

    return sign_in


async def first_group(person: Person) -> dict[str, Any]:
    groups: dict[str, Any] = (await person.ask("{ groups { nodes { id name students { totalCount } } } }"))["groups"]
    group: dict[str, Any] = groups["nodes"][0]
    return group


async def test_a_teacher_reads_a_group_page_in_one_operation(enter: SignIn) -> None:
    teacher = await enter("TEACHER")
    group = await first_group(teacher)
    page = (await teacher.ask(GROUP_PAGE, id=group["id"], year=2026))["node"]
    assert page["name"] == group["name"]
    assert 20 <= page["studentCount"] == page["students"]["totalCount"] == len(page["students"]["nodes"]) <= 50
    results = [result for student in page["students"]["nodes"] for result in student["results"]["nodes"]]
    assert {result["assessment"]["kind"] for result in results} >= {"SUMMATIVE", "IAB"}
    for result in results:
        score = result["score"]
        if score is not None:
            assert score["band"]["low"] == round(score["value"] - score["standardError"])
            assert score["band"]["high"] == round(score["value"] + score["standardError"])
    summative = next(r for r in results if r["assessment"]["kind"] == "SUMMATIVE" and r["score"])
    assert summative["score"]["level"]["label"] in ("Minimal", "Developing", "Proficient", "Advanced")
    assert [part["code"] for part in summative["subScores"]] != []


async def test_another_teacher_finds_nothing_of_it_by_id_and_totals_do_not_move(enter: SignIn) -> None:
    teacher = await enter("TEACHER")
    page = (await teacher.ask(GROUP_PAGE, id=(await first_group(teacher))["id"], year=2026))["node"]
    group_id = (await first_group(teacher))["id"]
    student = page["students"]["nodes"][0]
    result = student["results"]["nodes"][0]
    schools = (await (await enter("DISTRICT_ADMINISTRATOR")).ask("{ schools { nodes { naturalId } } }"))["schools"]
    other = await enter("TEACHER", schoolCds=schools["nodes"][-1]["naturalId"])
    before = await other.ask("{ students { totalCount } results(filter: {}) { totalCount } groups { totalCount } }")
    asked = {"g": group_id, "s": student["id"], "r": result["id"], "ssid": student["ssid"]}
    found = await other.ask(
        "query($g: ID!, $s: ID!, $r: ID!, $ssid: SSID!)"
        "{ g: node(id: $g) { id } s: node(id: $s) { id } r: node(id: $r) { id } student(ssid: $ssid) { id }"
        "  nodes(ids: [$g, $s, $r]) { id } students(filter: {ssid: {eq: $ssid}}) { totalCount nodes { id } } }",
        **asked,
    )
    assert found == {
        "g": None,
        "s": None,
        "r": None,
        "student": None,
        "nodes": [None, None, None],
        "students": {"totalCount": 0, "nodes": []},
    }
    after = await other.ask("{ students { totalCount } results(filter: {}) { totalCount } groups { totalCount } }")
    assert after == before


async def test_a_district_administrator_counts_across_schools(enter: SignIn, sandbox: Database) -> None:
    administrator = await enter("DISTRICT_ADMINISTRATOR")
    districts = (await administrator.ask("{ districts { nodes { naturalId } } }"))["districts"]["nodes"]
    code = districts[0]["naturalId"]
    report = (
        await administrator.ask(
            AGGREGATE,
            input={
                "schoolYears": [2025],
                "subjects": ["ELA"],
                "assessmentKind": "SUMMATIVE",
                "grades": ["03", "04", "05"],
                "organizations": {"schoolsOfDistricts": [code], "districts": [code]},
                "breakDownBy": [[], ["ETHNICITY"]],
            },
        )
    )["aggregateReport"]
    rows = report["rows"]["nodes"]
    assert report["rows"]["totalCount"] == len(rows) <= report["estimatedRows"]
    assert report["coverage"] == {"unreleasedDistricts": 0, "withheld": []}
    totals: dict[tuple[str, str], int] = {}
    for row in rows:
        summary = row["summary"]
        assert sum(level["count"] for level in summary["levels"]) == summary["studentsTested"]
        assert round(sum(level["percent"] for level in summary["levels"]), 1) == 100.0
        if not row["subgroup"]:
            key = (row["organization"]["__typename"], row["assessment"]["naturalId"])
            totals[key] = totals.get(key, 0) + summary["studentsTested"]
    assessments = {assessment for _, assessment in totals}
    assert len(assessments) == 3
    assert all(totals["School", one] == totals["District", one] for one in assessments)


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ({"role": "PRINCIPAL"}, "role"),
        ({}, "role"),
        ({"role": "TEACHER", "schoolCds": "00000000000000"}, "schoolCds"),
        ({"role": "TEACHER", "educator": "nobody@example.org"}, "educator"),
        ({"role": "TEACHER", "schoolCds": 7}, "schoolCds"),
    ],
)
async def test_a_wrong_choice_at_the_door_is_named(
    visitor: httpx2.AsyncClient, body: dict[str, Any], element: str
) -> None:
    response = await visitor.post("/sandbox/sessions", json=body)
    error = response.json()["errors"][0]
    assert response.status_code == 400
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"].startswith(f"{element}:")


async def test_a_browser_keeps_the_token_as_a_cookie_until_it_signs_out(visitor: httpx2.AsyncClient) -> None:
    csrf, who = {"x-cers-csrf": "1"}, {"query": "{ viewer { login } }"}
    await visitor.post("/sandbox/sessions", json={"role": "TEACHER"})
    assert dict(visitor.cookies) == {}
    entered = (await visitor.post("/sandbox/sessions", json={"role": "TEACHER"}, headers=csrf)).json()["viewer"]
    for headers, login in (({}, None), (csrf, entered["login"])):
        answer = await visitor.get("/graphql", params=who, headers=headers)
        assert answer.json()["data"]["viewer"]["login"] == login
    assert (await visitor.post("/sign-out", headers=csrf)).json() == {"signOutUrl": None}
    assert dict(visitor.cookies) == {}


async def test_no_sandbox_role_is_of_the_neighbour_district(visitor: httpx2.AsyncClient) -> None:
    response = await visitor.post("/sandbox/sessions", json={"role": "TEACHER", "schoolCds": "99920010000001"})
    assert response.status_code == 400


async def test_a_visitor_changes_nothing_that_others_see(enter: SignIn) -> None:
    teacher, other = await enter("TEACHER"), await enter("TEACHER")
    count = "{ groups { totalCount } }"
    before = await teacher.ask(count)
    student = (await teacher.ask("{ students(first: 1) { nodes { id } } }"))["students"]["nodes"][0]["id"]
    made = await teacher.ask(
        'mutation($ids: [ID!]!) { createCustomGroup(input: {name: "Mine", studentIds: $ids}) { group { name } } }',
        ids=[student],
    )
    assert made == {"createCustomGroup": {"group": {"name": "Mine"}}}
    assert await teacher.ask(count) == {"groups": {"totalCount": before["groups"]["totalCount"] + 1}}
    assert await other.ask(count) == before
