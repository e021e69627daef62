"""The guides as they are built: every page of docs/ is there, and every link within them leads somewhere."""

import re
from pathlib import Path

import pytest

from pages import DIST
from tests.house.tree import ROOT

pytestmark = pytest.mark.prove
GUIDES = DIST / "guides"
ELSEWHERE = ("https://", "http://127.0.0.1")
SERVED = {"/", "/graphql", "/schema.graphql", "/guides/", "/guides/flyer.pdf", "/cers.svg"}


def pages() -> dict[str, Path]:
    return {f"/guides/{path.stem}": path for path in GUIDES.glob("*.html")}


def test_every_page_of_the_documentation_is_a_guide() -> None:
    docs = [path.stem for path in (ROOT / "docs").glob("*.md")] + [
        path.stem for path in (ROOT / "docs" / "lessons").glob("*.md")
    ]
    assert len(docs) == len(set(docs))
    assert set(pages()) == {f"/guides/{name}" for name in docs}


def test_every_link_of_a_guide_leads_somewhere() -> None:
    there = pages()
    lost = []
    for name, path in there.items():
        for link in re.findall(r'<a href="([^"]+)"', path.read_text(encoding="utf-8")):
            target, _, part = link.partition("#")
            page = there.get(target or name)
            anchored = page is not None and f'id="{part}"' in page.read_text(encoding="utf-8")
            if not (link.startswith(ELSEWHERE) or target in SERVED or (page and (not part or anchored))):
                lost.append(f"{name}: {link}")
    assert lost == []


def test_no_guide_runs_a_script_or_brings_styles_of_its_own() -> None:
    for path in pages().values():
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert " style=" not in text
