"""Every code block of the documentation is run as it stands, and answers what the page shows."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from tests.docs.blocks import Block, Example, examples, filled, says
from tests.docs.conftest import Site
from tests.house.tree import ROOT

CLIENTS = ROOT / "tests" / "clients"
COMPILE = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--outDir", "build"]
ELSEWHERE = {
    ("README.md", "make serve"): "it serves what the other blocks ask",
    ("docs/quick-start.md", "make serve"): "it serves what the other blocks ask",
    ("CONTRIBUTING.md", "alembic"): "writes a revision into the checkout; tests/migrations tries every revision",
    ("docs/operators.md", "cers migrate"): "an operator's own server and files; tests/test_cli.py runs each command",
    ("docs/operators.md", "CREATE ROLE"): "roles of a whole server; tests/policies/test_wall.py makes such ones",
    ("docs/mutation-testing.md", "make mutate"): "half an hour; tests/mutation/test_mutants.py runs the tool",
    ("docs/trusted-documents.md", "documentId"): "needs a manifest; tests/contract/test_trusted_documents.py asks so",
    ("docs/signing-in.md", "|1000|"): "what a provider says; tests/sign_on/test_claims.py reads such chains",
    ("docs/signing-in.md", "fetch("): "needs a browser's session; tests/sign_on/test_browser.py sends that header",
}
"""Blocks that cannot run here, by page and a word of theirs, and why."""
EVERY = examples()


def elsewhere(block: Block) -> bool:
    return any(block.page == page and word in block.text for page, word in ELSEWHERE)


def written_in(language: str) -> list[Example]:
    return [each for each in EVERY if each.program.language == language and not elsewhere(each.program)]


def test_every_block_is_run_or_says_why_not() -> None:
    run = {"graphql", "sh", "python", "ts", "toml"}
    assert [str(each) for each in EVERY if each.program.language not in run and not elsewhere(each.program)] == []
    named = [sum(page == each.program.page and word in each.program.text for each in EVERY) for page, word in ELSEWHERE]
    assert named == [1] * len(ELSEWHERE)


@pytest.mark.parametrize("example", written_in("graphql"), ids=str)
async def test_an_operation_has_the_answer_the_page_shows(site: Site, example: Example) -> None:
    body: dict[str, Any] = {"query": example.program.text}
    for block in example.answers:
        if block.note == "variables":
            body["variables"] = json.loads(block.text)
            continue
        headers = {"authorization": f"Bearer {await site.token(block.note)}"} if block.note != "ANONYMOUS" else {}
        answer = (await site.client.post("/graphql", json=body, headers=headers)).json()
        assert filled(json.loads(block.text), answer) == answer, str(block)
    assert any(block.note != "variables" for block in example.answers), "the page shows no answer"


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
@pytest.mark.parametrize("page", sorted({each.program.page for each in written_in("sh")}))
async def test_shell_lines_print_what_the_page_shows(site: Site, page: str, tmp_path: Path) -> None:
    """All of a page in one shell, since later lines use what earlier ones have set."""
    on_page = [each for each in written_in("sh") if each.program.page == page]
    script = "printf '\\0'\n".join(site.here(each.program.text) for each in on_page)
    printed = (await site.run("bash", "-euo", "pipefail", "-c", script, folder=tmp_path)).split("\0")
    for example, text in zip(on_page, printed, strict=True):
        for block in example.answers:
            if block.language == "text":
                assert says(block.text, text), f"{block}: {text}"
            else:
                assert filled(json.loads(block.text), json.loads(text)) == json.loads(text), str(block)
        assert example.answers or '"errors"' not in text, f"{example}: {text}"


@pytest.mark.parametrize("example", written_in("python"), ids=str)
async def test_a_python_program_prints_what_the_page_shows(site: Site, example: Example, tmp_path: Path) -> None:
    printed = await site.run(sys.executable, "-c", site.here(example.program.text), folder=tmp_path)
    for block in example.answers:
        assert says(block.text, printed), f"{block}: {printed}"


@pytest.mark.prove
async def test_typescript_compiles_and_prints_what_the_page_shows(site: Site, tmp_path: Path) -> None:
    """A block with a file's name is a module that the others import."""
    programs = {each.program.note or f"program{place}.ts": each for place, each in enumerate(written_in("ts"))}
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    shutil.copy(CLIENTS / "package.json", tmp_path)
    for name, example in programs.items():
        (tmp_path / name).write_text(site.here(example.program.text), encoding="utf-8")
    await site.run(str(CLIENTS / "node_modules/.bin/tsc"), *COMPILE, *programs, folder=tmp_path)
    for name, example in programs.items():
        printed = await site.run("node", f"build/{Path(name).stem}.js", folder=tmp_path)
        for block in example.answers:
            assert says(block.text, printed), f"{block}: {printed}"


@pytest.mark.parametrize("example", written_in("toml"), ids=str)
def test_settings_are_good(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CERS_TENANTS__DEMO__DATABASE", "sqlite:///demo.sqlite3")
    monkeypatch.setenv("CERS_TENANTS__DEMO__KEY", "a key of this test only, 32 long.")
    (tmp_path / "cers.toml").write_text(example.program.text, encoding="utf-8")
    assert "demo" in Settings().tenants
