"""A request leaves a log line that says what it was and took, and nothing of any student."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

import models
from models.database import Database
from tests.schema.asking import Service, bearer
from tests.stories.test_disclosure import served
from tests.worlds import TEACHER, SmallWorld

PAGE = "query Page { students { nodes { ssid lastName results { nodes { score { value } } } } } }"


@pytest.fixture
async def service(sqlite_url: str) -> Any:
    database, world = Database(sqlite_url), SmallWorld()
    await world.stored_in(database)
    service = Service(database, world)
    yield service
    await service.close()
    await database.close()


async def line_of(service: Service, who: Any, query: str, **variables: Any) -> tuple[dict[str, Any], Any]:
    with capture_logs() as lines:
        answer = await service.ask(who, query, **variables)
    (line,) = (line for line in lines if line["event"] == "operation")
    return line, answer.json()


async def test_a_line_says_what_was_asked_and_what_it_took(service: Service) -> None:
    line, _ = await line_of(service, service.world.teacher(), PAGE)
    assert line["milliseconds"] > 0
    assert len(line["document"]) == 64
    told = {name: line[name] for name in ("tenant", "viewer", "operation", "kind", "statements", "rows", "status")}
    assert told == {
        "tenant": "test",
        "viewer": TEACHER,
        "operation": "Page",
        "kind": "query",
        "statements": 2,
        "rows": 3,
        "status": 200,
    }
    assert line["codes"] == []
    assert line["nodes"] >= 50 * 50


async def test_a_refused_request_s_line_has_its_code_and_the_client_s_correlation_id(service: Service) -> None:
    line, answer = await line_of(service, None, "{ students { totalCount } }")
    (error,) = answer["errors"]
    assert (line["codes"], line["viewer"]) == (["UNAUTHENTICATED"], None)
    assert line["correlation"] == error["extensions"]["correlationId"]


async def test_all_errors_of_a_request_share_its_correlation_id(service: Service) -> None:
    line, answer = await line_of(service, None, "{ students { totalCount } groups { totalCount } }")
    shown = {error["extensions"]["correlationId"] for error in answer["errors"]}
    assert (len(answer["errors"]), shown) == (2, {line["correlation"]})


def student_values(world: SmallWorld) -> set[str]:
    """What no log line may hold: whatever tells who a student is."""
    students = [row for row in world.rows if isinstance(row, models.Student)]
    return {
        str(value)
        for student in students
        for value in (student.ssid, student.first_name, student.last_name, student.birthday, student.id)
        if value
    }


def everything(world: SmallWorld) -> list[Any]:
    """Requests of every kind that name a student: answered, empty, refused, malformed and failing ones."""
    ana = world.ana
    name = f"{ana.last_name}"
    return [
        {"query": PAGE},
        {"query": "query ($s: SSID!) { student(ssid: $s) { lastName birthday } }", "variables": {"s": ana.ssid}},
        {"query": f'{{ student(ssid: "{ana.ssid}") {{ lastName }} }}'},
        {"query": f'{{ students(filter: {{name: "{name}"}}) {{ totalCount }} }}'},
        {"query": f"{{ students(filter: {{name: {name}}}) {{ totalCount }} }}"},
        {"query": f"{{ {name} }}"},
        {"query": f'{{ "{name}'},
        {"query": "query ($s: SSID!) { student(ssid: $s) { id } }", "variables": {"s": [name]}},
        {"query": "query ($s: Int!) { students(first: $s) { totalCount } }", "variables": {"s": name}},
        {"query": f'{{ node(id: "{name}") {{ id }} }}'},
        {"query": f'{{ students(after: "{name}") {{ totalCount }} }}'},
        {"query": PAGE, "operationName": name},
        {"query": PAGE, "variables": name},
        {
            "query": "mutation ($i: CustomGroupInput!) { createCustomGroup(input: $i) { errors { message } } }",
            "variables": {"i": {"name": name, "students": [ana.ssid, name]}},
        },
        [name],
    ]


async def test_the_log_of_a_whole_run_holds_nothing_of_any_student(database: Database, tmp_path: Path) -> None:
    world, log = SmallWorld(), tmp_path / "server.log"
    await world.stored_in(database)
    with served(database, tmp_path / "journals", log=log, CERS_LOG_FORMAT="json") as (process, client):
        for asked in everything(world):
            client.post("/graphql", json=asked, headers=bearer(world.teacher()))
        for name in ("students", world.ana.ssid):
            client.get("/graphql", params={"query": f'{{ {name}(filter: {{name: "{world.ana.last_name}"}}) }}'})
        client.post("/graphql", content=f"{world.ana.ssid}", headers=bearer(world.teacher()))
        client.get(f"/{world.ana.ssid}")
        process.terminate()
        process.wait()
    said = log.read_text()
    lines = [orjson.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len([line for line in lines if line["event"] == "operation"]) >= len(everything(world)) + 3
    assert [value for value in student_values(world) if value in said] == []
