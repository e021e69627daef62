"""What docs/authorization.md shows is what CERS answers, and its tables list what there is."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.database import Database
from policies.permission import Permission
from policies.reasons import MEANINGS
from policies.roles import known_roles, permissions_of
from settings import Settings
from tests.stories.conftest import serving

PAGE = (Path(__file__).parents[2] / "docs" / "authorization.md").read_text(encoding="utf-8")
FENCES = re.compile(r"```(graphql|json) ?(\w*)\n(.*?)```", re.S)
LEVELS = {"any": ("TENANT", "STATE", "DISTRICT", "SCHOOL")}


def shown() -> Iterator[tuple[str, str, Any]]:
    """(operation, sandbox role, answer): an operation stands for every answer below it, up to the next."""
    operation = ""
    for language, role, text in FENCES.findall(PAGE):
        if language == "graphql":
            operation = text
        else:
            yield operation, role, json.loads(text)


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in cells]


@pytest.fixture(scope="module")
async def server(sandbox: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx2.AsyncClient]:
    journals = tmp_path_factory.mktemp("journals")
    async with serving(Settings(sandbox_path=sandbox.path, disclosure_journals=journals)) as client:
        yield client


@pytest.mark.parametrize(("operation", "role", "expected"), list(shown()))
async def test_an_operation_has_the_answer_the_page_shows(
    server: httpx2.AsyncClient, operation: str, role: str, expected: Any
) -> None:
    session = (await server.post("/sandbox/sessions", json={"role": role})).json()
    headers = {"authorization": f"Bearer {session['token']}"}
    answer = (await server.post("/graphql", json={"query": operation}, headers=headers)).json()
    for error in answer.get("errors", []):
        del error["locations"], error["extensions"]["correlationId"]
    assert answer == expected


def test_the_table_of_roles_is_the_policy() -> None:
    listed = {
        (row[0].strip("`"), level): set(row[3].split(", "))
        for row in rows("Roles")
        for level in LEVELS.get(row[1], row[1].upper().split(", "))
    }
    every = {(role, level) for role in known_roles() for level in LEVELS["any"]}
    assert listed == {(role, level): set(held) for role, level in every if (held := permissions_of(role, level))}


def test_the_table_of_reasons_says_what_the_contract_says() -> None:
    assert {row[0].strip("`"): row[1] for row in rows("Reasons")} == {str(r): text for r, text in MEANINGS.items()}


def test_the_page_names_only_permissions_that_there_are() -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*_(?:READ|WRITE|REVIEW|IMPORT|LOAD|ADMIN)\b", PAGE))
    assert named <= set(Permission)
