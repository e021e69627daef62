"""Reads table.md: its tables, whose cells the world, the people and the tests of this folder are made of."""

import re
from pathlib import Path

PAGE = Path(__file__).with_name("table.md")
Table = list[dict[str, str]]
ANSWERS = "## Questions and answers"


def tables(text: str) -> list[Table]:
    """Every table of a page, in order: its rows by column."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [_table([_cells(line) for line in block.splitlines()]) for block in blocks]


def names(cell: str) -> list[str]:
    """The names of a cell, which is a list with commas."""
    return [] if cell in ("none", "nobody") else cell.split(", ")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _table(lines: list[list[str]]) -> Table:
    head, _, *rows = lines
    return [dict(zip(head, row, strict=True)) for row in rows]


TEXT = PAGE.read_text(encoding="utf-8")
_before, _after = TEXT.split(ANSWERS)
LEGEND, SCHOOLS, AVAILABILITY, STUDENTS, GROUPS, PEOPLE = tables(_before)
ANSWERED = tables(_after)
