"""What `make check` asks of the contract besides its being committed."""

import re
import subprocess
from pathlib import Path

import pytest

from resolvers.engine.types import PUBLIC, needs_of
from schema import schema
from schema.reference import reference
from tests.house.tree import ROOT

CLIENTS = ROOT / "tests" / "clients"
SDL = (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")


def compared(folder: Path, current: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a contract after today's."""
    (folder / "released.graphql").write_text(SDL, encoding="utf-8")
    (folder / "current.graphql").write_text(current, encoding="utf-8")
    command = ["node", CLIENTS / "breaking.mjs", folder / "released.graphql", folder / "current.graphql"]
    return subprocess.run(command, capture_output=True, text=True)


def linted(sdl: str) -> subprocess.CompletedProcess[str]:
    command = [CLIENTS / "node_modules" / ".bin" / "eslint", "--config", CLIENTS / "eslint.config.js"]
    stdin = ["--stdin", "--stdin-filename", "schema/schema.graphql"]
    return subprocess.run([*command, *stdin], cwd=ROOT, input=sdl, capture_output=True, text=True)


@pytest.mark.prove
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  studentCount: Int!", "  countOfStudents: Int!"),
        ("  studentCount: Int!", "  studentCount: Int"),
        ("    ssid: SSID!\n", "    ssid: SSID!\n    year: SchoolYear!\n"),
        ("  csv: String!", "  csv: String!\n  encoding: String!"),
        ("enum Direction {\n  ASC\n", "enum Direction {\n"),
    ],
)
def test_a_change_that_breaks_clients_is_refused(tmp_path: Path, before: str, after: str) -> None:
    assert before in SDL
    answer = compared(tmp_path, SDL.replace(before, after).replace(" = ASC", ""))
    assert answer.returncode == 1
    assert "breaking: " in answer.stderr


@pytest.mark.prove
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "", ""),
        ("  studentCount: Int!", '  studentCount: Int!\n\n  """New."""\n  teacherCount: Int!', ""),
        ("  studentCount: Int!", '  studentCount: Int! @deprecated(reason: "Count them.")', ""),
        ("    ssid: SSID!\n", "    ssid: SSID!\n    year: SchoolYear\n", "dangerous: "),
        ("enum Direction {\n  ASC\n", "enum Direction {\n  ASC\n  NEITHER\n", "dangerous: "),
    ],
)
def test_a_change_that_only_adds_passes(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in SDL
    answer = compared(tmp_path, SDL.replace(before, after, 1) if before else SDL)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(told)
    assert bool(answer.stdout) == bool(told)


@pytest.mark.prove
def test_the_contract_passes_the_linter_and_what_is_wrong_in_it_does_not() -> None:
    assert linted(SDL).stdout == ""
    wrong = linted(SDL.replace("type Level {", "type Tier {").replace("  cursor: String!", "  position: String!"))
    assert wrong.returncode == 1
    rules = set(re.findall(r"@graphql-eslint/([a-z-]+)$", wrong.stdout, re.MULTILINE))
    assert rules == {"relay-edge-types", "strict-id-in-types", "no-unreachable-types"}


def test_the_reference_is_what_the_contract_says() -> None:
    committed = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert committed == reference(schema._schema), "run `cers schema --reference` into docs/schema.md"


def test_every_link_of_the_reference_leads_somewhere() -> None:
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    sections = {re.sub(r"\W+", "-", title.lower()) for title in re.findall(r"^##+ (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= sections


@pytest.mark.parametrize("root", ["query_type", "mutation_type"])
def test_every_root_field_says_what_it_needs(root: str) -> None:
    """As enforced, not only as written."""
    for name, field in getattr(schema._schema, root).fields.items():
        needs, text = needs_of(field), field.description or ""
        if needs is None:
            assert "Needs to be signed in." in text, name
        elif needs == PUBLIC:
            assert "Readable by everybody." in text, name
        else:
            assert {permission for permission in needs if permission in text} == needs, name
