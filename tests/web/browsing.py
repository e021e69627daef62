"""Chromium as the tests of the pages drive it: what it complains of, whom it asks, and what GraphiQL answers."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from pages import DIST
from tests.house.tree import ROOT

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
SHOTS = ROOT / "var" / "screenshots"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
EDITOR = ".graphiql-query-editor .view-line"
MODEL = "name => __MONACO.editor.getModels().find(m => m.uri.path.endsWith(name))?.getValue() ?? ''"
GRAVE = ("serious", "critical")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is missing: apt-get install chromium"
    assert (DIST / "index.html").exists(), "the pages are not built: make web/dist/index.html"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


@dataclass
class Visit:
    """Somebody at a browser of their own. `complaints`: what the console said, and who else was asked."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._complain(f"{said.type}: {said.text}", said.type))
        self.page.on("pageerror", lambda error: self._complain(str(error), "error"))
        self.page.on("request", lambda request: self._ask(request.url))

    async def enter(self, title: str, school: str | None = None) -> None:
        """Choose a role on the landing page, and come to GraphiQL."""
        await self.page.goto(f"{self.address}/")
        sandbox = self.page.locator("#sandbox")
        await sandbox.get_by_role("radio", name=title).check()
        if school:
            await sandbox.get_by_role("combobox", name=re.compile("^School")).select_option(label=school)
        await sandbox.get_by_role("button", name=f"Enter as {title}").click()
        await self.at_work()

    async def at_work(self) -> None:
        await self.page.wait_for_url("**/graphql")
        await self.page.wait_for_selector(EDITOR)

    async def trainings(self) -> list[str]:
        """The titles in the pane of training operations."""
        return await self.page.locator(".training li strong").all_inner_texts()

    async def choose(self, title: str) -> None:
        await self.page.locator(".training li", has=self.page.get_by_text(title, exact=True)).click()

    async def run(self, title: str) -> Any:
        """What a training operation answers."""
        await self.choose(title)
        before = await self._said("response.json")
        async with self.page.expect_response("**/graphql"):
            await self.page.get_by_role("button", name="Execute query").click()
        await self.page.wait_for_function(f"before => ({MODEL})('response.json') !== before", arg=before)
        return json.loads(await self._said("response.json"))

    async def screenshot(self, name: str, *, whole: bool = False) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)

    async def barriers(self) -> list[str]:
        """What axe finds that is serious or critical."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {node['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]

    async def fits(self) -> bool:
        """Whether the page needs no scrolling sideways."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    async def _said(self, model: str) -> str:
        return str(await self.page.evaluate(MODEL, model))

    def _complain(self, text: str, kind: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _ask(self, url: str) -> None:
        self.asked.append(url)
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.complaints.append(f"asked {url}")


@asynccontextmanager
async def visiting(browser: Browser, address: str, **context: Any) -> AsyncIterator[Visit]:
    """A browser that remembers nothing; at the end nobody else was asked and nothing complained."""
    opened = await browser.new_context(**{"viewport": DESKTOP, **context})
    opened.set_default_timeout(15_000)
    visit = Visit(await opened.new_page(), address)
    yield visit
    assert not visit.complaints, visit.complaints
    await opened.close()


__all__ = ["DESKTOP", "PHONE", "Browser", "Visit", "chromium", "expect", "visiting"]
