"""The tables of docs/authorization.md list what there is; its operations are run with every other page's."""

import re

from policies.permission import Permission
from policies.reasons import MEANINGS
from policies.roles import known_roles, permissions_of
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "authorization.md").read_text(encoding="utf-8")
LEVELS = {"any": ("TENANT", "STATE", "DISTRICT", "SCHOOL")}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in cells]


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
