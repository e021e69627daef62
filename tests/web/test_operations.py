"""Every training operation answers its roles with something to look at, in every school of the sandbox."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.database import Database
from settings import Settings
from tests.stories.conftest import Person, serving
from tests.web.training import FOLDER, LISTED, ROLES, document, of_role

SCHOOLS = ("99910010000001", "99910010000002", "99910010000003")
ENTERED = [*((role, school) for role in ROLES[:2] for school in SCHOOLS), (ROLES[2], SCHOOLS[0])]
MAY_BE_EMPTY = {"CompareSchools.aggregateReport.coverage.withheld", "ImportGroups.importGroups.pending"}


@pytest.fixture(scope="module")
async def server(sandbox: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(Settings(sandbox_path=Path(sandbox.path))) as client:
        yield client


def empty(value: Any, path: str) -> Iterator[str]:
    """Where an answer has nothing to look at, not counting what hangs under a row of a list."""
    if value is None or value == []:
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None and name != "errors":
                yield from empty(inner, f"{path}.{name}")


@pytest.mark.parametrize(("role", "school"), ENTERED)
async def test_each_operation_of_a_role_answers_with_something_to_look_at(
    server: httpx2.AsyncClient, role: str, school: str
) -> None:
    answer = await server.post("/sandbox/sessions", json={"role": role, "schoolCds": school})
    visitor = Person(server, answer.json()["token"])
    examples = await visitor.ask(document("Examples"), signedIn=True)
    for training in of_role(role):
        data = await visitor.ask(training.document, **training.filled(examples))
        assert None not in data.values(), training.name
        assert set(empty(data, training.name)) - MAY_BE_EMPTY == set()
        assert [payload["errors"] for payload in data.values() if payload.get("errors")] == []


async def test_without_a_session_programs_and_the_viewer_answer(server: httpx2.AsyncClient) -> None:
    nobody = Person(server)
    examples = await nobody.ask(document("Examples"), signedIn=False)
    for training in of_role("NOBODY"):
        assert await nobody.ask(training.document, **training.filled(examples))


def test_every_file_is_listed_and_named_as_its_operation() -> None:
    names = [each["name"] for each in LISTED]
    assert {path.stem for path in FOLDER.glob("*.graphql")} == {*names, "Examples"}
    for each in LISTED:
        assert f" {each['name']}" in document(each["name"])
        assert set(each.get("roles", [])) <= {*ROLES, "NOBODY"}
        assert each["title"]
        assert each["about"]
