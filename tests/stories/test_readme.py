"""The README's first question has the answer it shows."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from models.database import Database
from settings import Settings
from tests.stories.conftest import serving

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
async def server(sandbox: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(Settings(sandbox_path=sandbox.path)) as client:
        yield client


async def test_the_first_question_has_the_answer_the_readme_shows(server: httpx2.AsyncClient) -> None:
    enter, ask = re.findall(r"-d '(\{.*?\})'", README, flags=re.S)
    session = await server.post("/sandbox/sessions", content=enter, headers={"content-type": "application/json"})
    assert next(iter(session.json())) == "token", "the README cuts the token out of the first member"
    token = session.json()["token"]
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    answer = await server.post("/graphql", content=ask, headers=headers)
    [shown] = re.findall(r"```json\n(.*?)```", README, flags=re.S)
    assert answer.json() == json.loads(shown)
