"""Whoever is shown results is in the log, by student and district, and the log is shown to whom it concerns."""

import asyncio
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

import models.journal
from models import Student
from policies.disclosure import RECORDED
from policies.identity import Viewer
from resolvers.engine.answers import One
from resolvers.engine.types import answer_of
from schema import schema
from tests.schema.asking import Service, codes
from tests.worlds import viewer

RESULTS = "query Page { students { nodes { results { nodes { id } } } } }"
LOG = """
query ($filter: DisclosureFilter!) {
  disclosures(filter: $filter, first: 200) {
    nodes { login operation documentHash schoolYear ofLog studentCount
            district { name } students { nodes { ssid } } }
  }
}
"""


def log_of(service: Service) -> Any:
    return service.app.state.application.tenants["test"].disclosures


async def shown(service: Service, who: Viewer, **filter: Any) -> list[dict[str, Any]]:
    """What the log says to `who`, without what it says of its own readings."""
    await log_of(service).settle()
    answer = (await service.ask(who, LOG, filter=filter)).json()
    return [row for row in answer["data"]["disclosures"]["nodes"] if not row["ofLog"]]


async def listed(service: Service, document: str, who: Viewer | None = None) -> dict[str, set[str]]:
    """Names of the students that the log lists after a question, by district."""
    response = await service.ask(who or service.world.state_administrator(), document)
    assert codes(response) == []
    rows = await shown(service, service.world.state_administrator())
    world = service.world
    names = {student.ssid: str(student.first_name) for student in (world.ana, world.ben, world.eva, world.fay)}
    return {row["district"]["name"]: {names[each["ssid"]] for each in row["students"]["nodes"]} for row in rows}


def administrator() -> Viewer:
    return viewer("tenant@example.org", ("TENANT_ADMINISTRATOR", "TENANT", ""))


EVERYBODY = {"North": {"Ana", "Ben", "Eva"}, "South": {"Fay"}}
NOBODY: dict[str, set[str]] = {}
ON_CONNECTION = "{ all: results(filter: {}) { ...p } } fragment p on ResultConnection { nodes { id } }"
TWICE = "{ a: results(filter: {}, first: 0) { nodes { id } } b: results(filter: {}) { nodes { id } } }"
REPORT = """
{ aggregateReport(input: {schoolYears: [2026], subjects: ["ELA"], assessmentKind: SUMMATIVE, grades: ["03"],
    organizations: {districts: ["%s"]}, breakDownBy: [[]]}) { rows { nodes { summary { studentsTested } } } } }
"""
SERVED = {
    "results by student": ("{ students { nodes { results { nodes { id } } } } }", EVERYBODY),
    "results by group": ("{ groups { nodes { results { edges { node { schoolYear } } } } } }", {"North": {"Ana"}}),
    "results of a school": ("{ schools { nodes { results { nodes { id } } } } }", EVERYBODY),
    "a list of results": ("{ results(filter: {}) { edges { node { score { value } } } } }", EVERYBODY),
    "a fragment and an alias": (ON_CONNECTION, EVERYBODY),
    "two lists at once": (TWICE, EVERYBODY),
    "sub-scores": (
        "{ students { nodes { results(first: 9) { nodes { subScores { code } items { points } } } } } }",
        EVERYBODY,
    ),
    "writing and targets": (
        "{ students { nodes { results(first: 9) { nodes { writingTraits { points } targetScores "
        "{ studentRelative } } } } } }",
        EVERYBODY,
    ),
    "a type name": ("{ results(filter: {}) { nodes { __typename } } }", EVERYBODY),
    "an explanation": ('{ explain(student: "%s") { visible } }', {"North": {"Ana"}}),
    "totals": ("{ results(filter: {}) { totalCount } students { nodes { results { totalCount } } } }", NOBODY),
    "cursors": ("{ results(filter: {}) { edges { cursor } pageInfo { endCursor } } }", NOBODY),
    "students": ("{ students { totalCount nodes { ssid lastName demographics { elas } } } }", NOBODY),
    "groups": ("{ groups { nodes { name studentCount students { nodes { ssid } } } } }", NOBODY),
    "an empty page": ("{ results(filter: {}, first: 0) { nodes { id } } }", NOBODY),
    "reference data": ("{ viewer { login } programs { code } assessments { nodes { label } } }", NOBODY),
}


@pytest.mark.parametrize("question", SERVED)
async def test_whose_results_were_served_is_recorded(service: Service, question: str) -> None:
    document, expected = SERVED[question]
    assert await listed(service, document.replace("%s", service.world.ana.ssid)) == expected


def test_what_belongs_to_a_result_hangs_under_a_result_only() -> None:
    objects = [type_ for type_ in schema._schema.type_map.values() if isinstance(type_, GraphQLObjectType)]
    fields = [(type_.name, field) for type_ in objects for field in type_.fields.values()]
    kinds = ("SubScore", "TraitScore", "TargetScore", "ItemResponse")
    parts = {name for name, field in fields if get_named_type(field.type).name in kinds}
    joined = {
        answer.model.__tablename__
        for _, field in fields
        if "strawberry-definition" in field.extensions and isinstance(answer := answer_of(field), One)
    }
    assert parts == {"Result"}
    assert joined.isdisjoint(RECORDED)


async def test_numbers_of_an_aggregate_are_no_disclosure(service: Service) -> None:
    assert await listed(service, REPORT % service.world.north.natural_id) == NOBODY


async def test_a_page_records_the_rows_it_shows_and_no_more(service: Service) -> None:
    found = await listed(service, "{ results(filter: {}, first: 1) { nodes { student { firstName } } } }")
    assert sum(map(len, found.values())) == 1


@pytest.mark.parametrize("ask", ["node(id: $id)", "nodes(ids: [$id])"])
async def test_a_result_found_by_id_is_recorded(service: Service, ask: str) -> None:
    teacher = service.world.teacher()
    page = (await service.ask(teacher, "{ results(filter: {}, first: 1) { nodes { id } } }")).json()["data"]
    before = len(await shown(service, service.world.coordinator()))
    result = page["results"]["nodes"][0]["id"]
    answer = await service.ask(
        teacher, f"query ($id: ID!) {{ {ask} {{ ... on Result {{ completedAt }} }} }}", id=result
    )
    assert "completedAt" in answer.text
    assert len(await shown(service, service.world.coordinator())) == before + 1


async def test_a_disclosure_says_who_when_and_by_what(service: Service) -> None:
    await service.ask(service.world.teacher(), RESULTS)
    (row,) = await shown(service, service.world.coordinator())
    assert row == {
        "login": "teacher@example.org",
        "operation": "Page",
        "documentHash": sha256(RESULTS.encode()).hexdigest(),
        "schoolYear": 2026,
        "ofLog": False,
        "studentCount": 1,
        "district": {"name": "North"},
        "students": {"nodes": [{"ssid": service.world.ana.ssid}]},
    }


async def test_each_district_reads_its_own_part(service: Service) -> None:
    world = service.world
    await service.ask(world.state_administrator(), RESULTS)
    south = viewer("south@example.org", ("DISTRICT_COORDINATOR", "DISTRICT", world.south.natural_id))
    for who, districts in ((world.coordinator(), ["North"]), (south, ["South"]), (administrator(), ["North", "South"])):
        assert sorted(row["district"]["name"] for row in await shown(service, who)) == districts


async def test_who_audits_a_tenant_learns_who_the_students_are_and_no_result(service: Service) -> None:
    await service.ask(service.world.teacher(), RESULTS)
    (row,) = await shown(service, administrator())
    assert row["students"]["nodes"] == [{"ssid": service.world.ana.ssid}]
    assert codes(await service.ask(administrator(), "{ students { totalCount } }")) == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("role", "code"),
    [("teacher", "FORBIDDEN"), ("site_educator", "FORBIDDEN"), (None, "UNAUTHENTICATED")],
)
async def test_without_audit_read_the_log_is_closed(sqlite_service: Service, role: str | None, code: str) -> None:
    who = getattr(sqlite_service.world, role)() if role else None
    assert codes(await sqlite_service.ask(who, LOG, filter={})) == [code]


async def test_the_log_is_searched_by_login_moment_year_district_and_student(service: Service) -> None:
    world, coordinator = service.world, service.world.coordinator()
    await service.ask(world.teacher(), RESULTS)
    await service.ask(world.state_administrator(), RESULTS)

    async def logins(**filter: Any) -> list[str]:
        return sorted(row["login"] for row in await shown(service, coordinator, **filter))

    everybody = ["state@example.org", "teacher@example.org"]
    assert await logins(login={"eq": "teacher@example.org"}) == ["teacher@example.org"]
    assert await logins(servedAt={"gte": "2020-01-01T00:00:00Z"}) == everybody
    assert await logins(servedAt={"lte": "2020-01-01T00:00:00Z"}) == []
    assert await logins(schoolYear={"eq": 2026}) == everybody
    assert await logins(schoolYear={"eq": 2025}) == []
    assert await logins(district={"eq": world.north.natural_id}) == everybody
    assert await logins(student={"eq": world.ana.ssid}) == everybody
    assert await logins(student={"eq": world.ben.ssid}) == ["state@example.org"]
    assert await logins(student={"in": [world.fay.ssid, "0"]}) == []
    assert await logins(**{"not": {"student": {"eq": world.ben.ssid}}}) == ["teacher@example.org"]


async def test_reading_the_log_is_recorded(service: Service) -> None:
    await service.ask(service.world.teacher(), RESULTS)
    await shown(service, service.world.coordinator())
    await log_of(service).settle()
    rows = (await service.ask(service.world.coordinator(), LOG, filter={})).json()["data"]["disclosures"]["nodes"]
    assert [(row["login"], row["ofLog"], row["studentCount"]) for row in rows] == [
        ("coordinator@example.org", True, 0),
        ("teacher@example.org", False, 1),
    ]


async def test_a_page_of_the_log_goes_on_behind_its_cursor(service: Service) -> None:
    for _ in range(3):
        await service.ask(service.world.state_administrator(), RESULTS)
    await log_of(service).settle()
    page = (
        "query ($after: String) { disclosures(filter: {}, first: 4, after: $after)"
        " { nodes { id } pageInfo { endCursor hasNextPage } } }"
    )
    first = (await service.ask(administrator(), page)).json()["data"]["disclosures"]
    second = (await service.ask(administrator(), page, after=first["pageInfo"]["endCursor"])).json()["data"][
        "disclosures"
    ]
    assert first["pageInfo"]["hasNextPage"]
    assert not second["pageInfo"]["hasNextPage"]
    assert len({row["id"] for row in first["nodes"] + second["nodes"]}) == 6


@pytest.fixture
async def unwritable(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(models.journal, "_sync", fail)
        yield sqlite_service


async def test_what_cannot_be_recorded_is_not_served(unwritable: Service) -> None:
    response = await unwritable.ask(unwritable.world.teacher(), RESULTS)
    assert response.status_code == 503
    assert codes(response) == ["UNAVAILABLE"]
    assert "data" not in response.json()


async def test_what_needs_no_record_is_served_all_the_same(unwritable: Service) -> None:
    response = await unwritable.ask(unwritable.world.teacher(), "{ students { nodes { ssid } } }")
    assert codes(response) == []
    assert response.json()["data"]["students"]["nodes"]


async def test_answers_that_wait_together_share_a_sync(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.journal, "_sync", lambda _descriptor: time.sleep(0.2))
    teacher = sqlite_service.world.teacher()
    await asyncio.gather(*(sqlite_service.ask(teacher, RESULTS) for _ in range(24)))
    assert 1 <= log_of(sqlite_service).journal.syncs < 12
    assert len(await shown(sqlite_service, sqlite_service.world.coordinator())) == 24


async def test_the_journal_holds_ids_and_no_value_of_a_student(sqlite_service: Service) -> None:
    await sqlite_service.ask(
        sqlite_service.world.state_administrator(),
        "{ students { nodes { ssid lastName results { nodes { score { value } } } } } }",
    )
    folder: Path = log_of(sqlite_service).journal._folder
    written = b"".join(path.read_bytes() for path in folder.glob("*.journal"))
    student: Student
    for student in (sqlite_service.world.ana, sqlite_service.world.fay):
        assert str(student.id).encode() in written
        assert student.ssid.encode() not in written
        assert str(student.last_name).encode() not in written
