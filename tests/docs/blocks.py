"""The fenced blocks of the pages: programs, each with the answers that the page shows for it.

`…` in an answer stands for what differs each time or was left out: a value, the rest of a list, a part of a text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.house.tree import ROOT

PAGES = ("README.md", "CONTRIBUTING.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md")))
ANSWERED_IN = {"graphql": ("json",), "sh": ("json", "text"), "python": ("text",), "ts": ("text",)}
FENCE = re.compile(r"^( *)```(\w+) *([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = {"extensions", "locations", "correlationId"}
"""Members of an answer that a page need not show."""


@dataclass(frozen=True)
class Block:
    """What stands between two fences; `note` follows the language: a role, `variables`, a file's name."""

    page: str
    line: int
    language: str
    note: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Example:
    """A program and every answer below it, up to the next one."""

    program: Block
    answers: tuple[Block, ...]

    def __str__(self) -> str:
        return str(self.program)


def blocks(page: str) -> Iterator[Block]:
    """Every fenced block of a page, from its top."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        indent, language, note, inside = found.groups()
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, language, note, re.sub(f"^{indent}", "", inside, flags=re.MULTILINE))


def examples() -> list[Example]:
    """Every block of every page: answers with their program, what answers nothing on its own."""
    found: list[Example] = []
    for block in (block for page in PAGES for block in blocks(page)):
        last = found[-1] if found and found[-1].program.page == block.page else None
        if last and block.language in ANSWERED_IN.get(last.program.language, ()):
            found[-1] = Example(last.program, (*last.answers, block))
        else:
            found.append(Example(block, ()))
    return found


def filled(shown: Any, real: Any) -> Any:
    """What a page shows, with what it leaves out taken from the real answer."""
    match shown, real:
        case "…", _:
            return real
        case dict(), dict():
            unsaid = {name: real[name] for name in LEFT_OUT & (real.keys() - shown.keys())}
            return unsaid | {name: filled(value, real.get(name)) for name, value in shown.items()}
        case [*first, "…"], [*all_of_it] if len(first) < len(all_of_it):
            return [*map(filled, first, all_of_it), *all_of_it[len(first) :]]
        case list(), list() if len(shown) == len(real):
            return list(map(filled, shown, real))
    return shown


def says(shown: str, real: str) -> bool:
    """Whether a text is the one that a page shows."""
    return re.fullmatch(re.escape(shown.strip()).replace("…", ".*"), real.strip(), re.DOTALL) is not None
