"""Runs the examples of a page as they stand, and sets what they answer beside what the page shows."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docs.blocks import Block, Example, examples, filled, says
from tests.docs.following import Following
from tests.docs.site import ANYBODY, Site
from tests.house.tree import ROOT

CLIENTS = ROOT / "tests" / "clients"
COMPILE = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--outDir", "build"]
ELSEWHERE = {
    ("README.md", "make serve"): "it serves what the other blocks ask",
    ("docs/quick-start.md", "make serve"): "it serves what the other blocks ask",
    ("CONTRIBUTING.md", "alembic"): "writes a revision into the checkout; tests/migrations tries every revision",
    ("docs/operators.md", "cers migrate"): "an operator's own server and files; tests/test_cli.py runs each command",
    ("docs/operators.md", "CREATE ROLE"): "roles of a whole server; tests/policies/test_wall.py makes such ones",
    ("docs/mutation-testing.md", "make mutate"): "a quarter of an hour; tests/mutation/test_mutants.py runs the tool",
    ("docs/trusted-documents.md", "documentId"): "needs a manifest; tests/contract/test_trusted_documents.py asks so",
    ("docs/signing-in.md", "|1000|"): "what a provider says; tests/sign_on/test_claims.py reads such chains",
    ("docs/signing-in.md", "fetch("): "needs a browser's session; tests/sign_on/test_browser.py sends that header",
}
"""Blocks that cannot run here, by page and a word of theirs, and why."""
EVERY = examples()


@dataclass(frozen=True)
class Answer:
    """A block, and what it should show: of an answer the real one (JSON, or the text for a block of text), of a program
    or variables themselves, with the names that answers above give now."""

    block: Block
    real: Any

    def __str__(self) -> str:
        return f"{self.block}: {self.real}"

    @property
    def true(self) -> bool:
        """Whether the page shows the real answer, but for what it leaves out."""
        if self.block.language == "text":
            return says(self.block.text, self.real)
        if self.block.language == "json":
            return bool(filled(json.loads(self.block.text), self.real) == self.real)
        return bool(self.block.text == self.real)


def elsewhere(block: Block) -> bool:
    return any(block.page == page and word in block.text for page, word in ELSEWHERE)


def written_in(language: str, page: str = "") -> list[Example]:
    """The examples in a language that run here, of one page or of all."""
    of_page = [each for each in EVERY if page in ("", each.program.page)]
    return [each for each in of_page if each.program.language == language and not elsewhere(each.program)]


def pages_with(language: str) -> list[str]:
    return sorted({each.program.page for each in written_in(language)})


async def of_operations(site: Site, page: str, following: Following) -> list[Answer]:
    """The operations of a page and what they answer, one after the other."""
    answers = []
    for example in written_in("graphql", page):
        body: dict[str, Any] = {"query": following.text(example.program.text)}
        answers.append(Answer(example.program, body["query"]))
        for block in example.answers:
            if block.note == "variables":
                body["variables"] = following.given(block.text)
                answers.append(Answer(block, following.shown(block.text)))
                continue
            token = await site.token(block.note, page) if block.note != ANYBODY else None
            headers = {"authorization": f"Bearer {token}"} if token else {}
            answer = (await site.client.post("/graphql", json=body, headers=headers)).json()
            following.hear(json.loads(block.text), answer)
            answers.append(Answer(block, answer))
    return answers


async def of_shell(site: Site, page: str, folder: Path, following: Following) -> list[Answer]:
    """The shell lines of a page and what they print: all in one shell, since later ones use what earlier have set."""
    on_page = written_in("sh", page)
    programs = [following.text(each.program.text) for each in on_page]
    script = "printf '\\0'\n".join(map(site.here, programs))
    printed = await site.run("bash", "-euo", "pipefail", "-c", script, folder=folder, page=page)
    answers = [Answer(each.program, program) for each, program in zip(on_page, programs, strict=True)]
    for example, text in zip(on_page, printed.split("\0"), strict=True):
        for block in example.answers:
            answers.append(Answer(block, text if block.language == "text" else json.loads(text)))
            if block.language == "json":
                following.hear(json.loads(block.text), json.loads(text))
        assert example.answers or '"errors"' not in text, f"{example}: {text}"
    return answers


async def of_python(site: Site, page: str, folder: Path, following: Following) -> list[Answer]:
    """The Python programs of a page and what they print."""
    answers = []
    for example in written_in("python", page):
        program = following.text(example.program.text)
        printed = await site.run(sys.executable, "-c", site.here(program), folder=folder, page=page)
        answers += [Answer(example.program, program), *(Answer(block, printed) for block in example.answers)]
    return answers


async def of_typescript(site: Site, folder: Path) -> list[Answer]:
    """What the TypeScript programs of all pages print. A block with a file's name is a module that others import."""
    programs = {each.program.note or f"program{place}.ts": each for place, each in enumerate(written_in("ts"))}
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    shutil.copy(CLIENTS / "package.json", folder)
    for name, example in programs.items():
        (folder / name).write_text(site.here(example.program.text), encoding="utf-8")
    await site.run(str(CLIENTS / "node_modules/.bin/tsc"), *COMPILE, *programs, folder=folder, page="")
    answers = []
    for name, example in programs.items():
        printed = await site.run("node", f"build/{Path(name).stem}.js", folder=folder, page=example.program.page)
        answers += [Answer(block, printed) for block in example.answers]
    return answers
