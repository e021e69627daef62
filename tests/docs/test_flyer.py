"""The flyer says what is true of the sandbox, on one page, and its PDF is made from it."""

import re

import pytest

from models.database import Database
from tests.docs.flyer import FACT, PAGE, PDF, browser, facts, pages, printed, shown, stamp, with_facts
from tests.docs.site import Site

TEXT = PAGE.read_text(encoding="utf-8")


async def test_the_flyer_says_what_the_sandbox_has(sandbox: Database) -> None:
    assert shown(TEXT) == await sandbox.run(facts)


def test_every_fact_of_the_flyer_is_found() -> None:
    assert len(FACT.findall(TEXT)) == TEXT.count("data-fact")


def test_facts_are_put_in_their_place() -> None:
    page = '<p><b class="x" data-fact="students">1</b> of <i data-fact="district">A</i></p>'
    told = {"students": "2,000", "district": "B & C"}
    assert shown(with_facts(page, told)) == told
    assert with_facts(page, told).endswith("B &amp; C</i></p>")


async def test_its_question_is_answered(site: Site) -> None:
    [question] = re.findall(r"<pre>(.*?)</pre>", TEXT, re.DOTALL)
    headers = {"authorization": f"Bearer {await site.token('TEACHER', PAGE.name)}"}
    answer = (await site.client.post("/graphql", json={"query": question}, headers=headers)).json()
    [group] = answer["data"]["groups"]["nodes"]
    assert len(group["students"]["nodes"]) == 3


def test_the_flyer_needs_nothing_from_elsewhere() -> None:
    assert re.findall(r"<script|<link|<img|url\(|@import|https?:", TEXT) == []


def test_the_pdf_is_one_page_small_and_made_from_the_page() -> None:
    """Otherwise: `python -m tests.docs.flyer`."""
    pdf = PDF.read_bytes()
    assert pdf.endswith(stamp(PAGE.read_bytes()))
    assert pages(pdf) == 1
    assert len(pdf) < 150_000


@pytest.mark.prove
@pytest.mark.skipif(browser() is None, reason="this machine has no Chromium")
def test_chromium_prints_it_on_one_page() -> None:
    assert pages(printed()) == 1
