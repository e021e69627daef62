"""Rewrites the answers that the pages show wherever the code now answers otherwise: `python -m tests.docs.refresh`.

Pages to look at may be named; without names all are. `…` stays where it was. Ids, SSIDs and logins that an answer shows
are followed in programs and variables further on. Prose is for a person to read again.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import migrations
from models.database import Database
from seeds.sandbox import build
from tests.docs import flyer
from tests.docs.answers import CLIENTS, Answer, of_operations, of_python, of_shell, of_typescript, pages_with
from tests.docs.blocks import FENCE, PAGES
from tests.docs.following import Following
from tests.docs.renewal import renewed_text
from tests.docs.site import Site, served
from tests.house.tree import ROOT
from watch import logs


async def refresh(pages: set[str], folder: Path) -> list[str]:
    """Rewrite what is no longer true. Returns what was done, and what is left to do by hand."""
    await migrations.create_file(folder / "sandbox.sqlite3", build)
    sandbox = Database(f"sqlite:///{folder / 'sandbox.sqlite3'}")
    async with served(sandbox, folder) as site:
        wrong = [answer for answer in await _answers(site, pages, folder) if not answer.true]
    told = await sandbox.run(flyer.facts)
    await sandbox.close()
    for page in sorted({answer.block.page for answer in wrong}):
        path = ROOT / page
        path.write_text(_rewritten(path.read_text(encoding="utf-8"), wrong, page), encoding="utf-8")
    return [f"{answer.block}: {_told(answer)}" for answer in wrong] + _refresh_flyer(told)


async def _answers(site: Site, pages: set[str], folder: Path) -> list[Answer]:
    answers = []
    following = Following()
    for place, page in enumerate(page for page in PAGES if page in pages):
        inside = folder / str(place)
        inside.mkdir()
        answers += await of_operations(site, page, following)
        answers += await of_shell(site, page, inside, following) if page in pages_with("sh") else []
        answers += await of_python(site, page, inside, following)
    if (CLIENTS / "node_modules").exists() and pages.intersection(pages_with("ts")):
        (folder / "ts").mkdir()
        answers += await of_typescript(site, folder / "ts")
    return answers


def _refresh_flyer(told: dict[str, str]) -> list[str]:
    page = flyer.PAGE.read_text(encoding="utf-8")
    if flyer.shown(page) == told:
        return []
    flyer.PAGE.write_text(flyer.with_facts(page, told), encoding="utf-8")
    return [f"{flyer.PAGE.relative_to(ROOT)}: rewritten; print it again: python -m tests.docs.flyer"]


def _rewritten(text: str, wrong: Iterable[Answer], page: str) -> str:
    by_line = {answer.block.line: answer for answer in wrong if answer.block.page == page}

    def fence(found: re.Match[str]) -> str:
        answer = by_line.get(text.count("\n", 0, found.start()) + 1)
        if answer is None or not _renewable(answer):
            return found[0]
        indent, real = found[1], answer.real
        json = answer.block.language == "json"
        inside = renewed_text(answer.block.text, real) if json else real.rstrip() + "\n"
        shown = re.sub(r"^(?=.)", indent, inside, flags=re.MULTILINE)
        return found[0][: found.start(4) - found.start()] + shown + f"{indent}```"

    return FENCE.sub(fence, text)


def _renewable(answer: Answer) -> bool:
    """A text that leaves something out does not say where that is now."""
    return answer.block.language != "text" or "…" not in answer.block.text


def _told(answer: Answer) -> str:
    return "rewritten" if _renewable(answer) else f"rewrite it by hand, the answer is\n{answer.real}"


def main() -> None:
    """Refresh the pages named, or all."""
    named = {str(Path(page).resolve().relative_to(ROOT)) for page in sys.argv[1:]}
    if unknown := sorted(named - set(PAGES)):
        sys.exit(f"no such page: {', '.join(unknown)}")
    logs.configure("console", "error")
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(refresh(named or set(PAGES), Path(folder)))
    sys.stdout.write("".join(f"{line}\n" for line in told) or "Every answer is true.\n")


if __name__ == "__main__":
    main()
