"""Every code block of the documentation is run as it stands, and answers what the page shows.

Where an answer has changed with good reason: `python -m tests.docs.refresh`.
"""

import shutil
from pathlib import Path

import pytest

from settings import Settings
from tests.docs.answers import (
    ELSEWHERE,
    EVERY,
    Answer,
    elsewhere,
    of_operations,
    of_python,
    of_shell,
    of_typescript,
    pages_with,
    written_in,
)
from tests.docs.blocks import Example
from tests.docs.following import Following
from tests.docs.site import Site


def untrue(answers: list[Answer]) -> list[str]:
    return [str(answer) for answer in answers if not answer.true]


def test_every_block_is_run_or_says_why_not() -> None:
    run = {"graphql", "sh", "python", "ts", "toml"}
    assert [str(each) for each in EVERY if each.program.language not in run and not elsewhere(each.program)] == []
    named = [sum(page == each.program.page and word in each.program.text for each in EVERY) for page, word in ELSEWHERE]
    assert named == [1] * len(ELSEWHERE)


def test_every_operation_shows_an_answer() -> None:
    answered = [any(block.note != "variables" for block in example.answers) for example in written_in("graphql")]
    assert all(answered)


@pytest.mark.parametrize("page", pages_with("graphql"))
async def test_operations_have_the_answers_the_page_shows(site: Site, page: str) -> None:
    assert untrue(await of_operations(site, page, Following())) == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
@pytest.mark.parametrize("page", pages_with("sh"))
async def test_shell_lines_print_what_the_page_shows(site: Site, page: str, tmp_path: Path) -> None:
    assert untrue(await of_shell(site, page, tmp_path, Following())) == []


@pytest.mark.parametrize("page", pages_with("python"))
async def test_python_programs_print_what_the_page_shows(site: Site, page: str, tmp_path: Path) -> None:
    assert untrue(await of_python(site, page, tmp_path, Following())) == []


@pytest.mark.prove
async def test_typescript_compiles_and_prints_what_the_page_shows(site: Site, tmp_path: Path) -> None:
    assert untrue(await of_typescript(site, tmp_path)) == []


@pytest.mark.parametrize("example", written_in("toml"), ids=str)
def test_settings_are_good(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CERS_TENANTS__DEMO__DATABASE", "sqlite:///demo.sqlite3")
    monkeypatch.setenv("CERS_TENANTS__DEMO__KEY", "a key of this test only, 32 long.")
    (tmp_path / "cers.toml").write_text(example.program.text, encoding="utf-8")
    assert "demo" in Settings().tenants
