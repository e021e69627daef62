"""The pages in a real browser: every role at every training operation, rooms, themes, a phone, and no barrier."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.database import Database
from policies.sign_on_settings import SignOnSettings
from settings import Settings, TenantSettings
from tests.stories.conftest import KEY, serving
from tests.web.browsing import PHONE, Browser, Visit, chromium, expect, visiting
from tests.web.training import LISTED, of_role

pytestmark = pytest.mark.prove
TITLES = {
    "TEACHER": "Teacher",
    "SCHOOL_ADMINISTRATOR": "School administrator",
    "DISTRICT_ADMINISTRATOR": "District administrator",
}
TITLE_OF = {each["name"]: each["title"] for each in LISTED}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
async def address(sandbox: Database) -> AsyncIterator[str]:
    async with serving(Settings(sandbox_path=Path(sandbox.path), rate="")) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture
async def visit(browser: Browser, address: str) -> AsyncIterator[Visit]:
    async with visiting(browser, address) as visit:
        yield visit


@pytest.mark.parametrize("role", TITLES)
async def test_whoever_enters_finds_their_operations_and_each_answers(visit: Visit, role: str) -> None:
    await visit.enter(TITLES[role])
    titles = [TITLE_OF[training.name] for training in of_role(role)]
    assert await visit.trainings() == titles
    tabs = visit.page.locator(".graphiql-tab-button")
    assert await tabs.all_inner_texts() == [training.name for training in of_role(role)]
    for title in titles:
        answer = await visit.run(title)
        assert "errors" not in answer, title
        assert None not in answer["data"].values(), title
    await visit.screenshot(f"graphiql-{role.lower()}")


async def test_the_landing_page_loads_nothing_of_the_editor(visit: Visit) -> None:
    await visit.page.goto(f"{visit.address}/")
    await visit.page.wait_for_selector(".role")
    assert not [url for url in visit.asked if "monaco" in url or "graphiql" in url]
    loaded = "performance.getEntriesByType('resource').reduce((sum, each) => sum + each.transferSize, 0)"
    assert await visit.page.evaluate(loaded) < 200_000


async def test_a_change_is_ones_own_and_gone_after_a_reset(visit: Visit, browser: Browser, address: str) -> None:
    await visit.enter("Teacher", "Mariposa Bend Middle")
    await expect(visit.page.locator(".viewer")).to_contain_text("Mariposa Bend Middle")
    made = await visit.run("Make a group")
    assert made["data"]["createCustomGroup"]["errors"] == []
    assert "Reading circle" in await names_of_groups(visit)
    async with visiting(browser, address) as other:
        await other.enter("Teacher", "Mariposa Bend Middle")
        assert "Reading circle" not in await names_of_groups(other)
    await visit.page.get_by_role("button", name="Reset my sandbox").click()
    await expect(visit.page.get_by_text("Your sandbox is as new")).to_be_visible()
    await visit.page.wait_for_selector(".training")
    assert "Reading circle" not in await names_of_groups(visit)


async def names_of_groups(visit: Visit) -> list[str]:
    answer = await visit.run("My groups")
    return [group["name"] for group in answer["data"]["groups"]["nodes"]]


async def test_a_trainer_opens_a_room_sees_who_is_there_and_resets_it(
    visit: Visit, browser: Browser, address: str
) -> None:
    trainer = visit.page
    await trainer.goto(f"{address}/")
    await trainer.get_by_label("Name of the room").fill("Tuesday morning")
    await trainer.get_by_role("button", name="Open a room").click()
    code = (await trainer.locator(".room .code").inner_text()).replace(" ", "")
    assert len(code) == 8
    async with visiting(browser, address) as participant:
        await participant.page.goto(f"{address}/?room={code}")
        await participant.page.get_by_label("Nickname").fill("Maria")
        await participant.page.get_by_role("button", name="Join").click()
        await participant.at_work()
        await expect(participant.page.locator(".viewer")).to_contain_text("Room Tuesday morning")
        await expect(participant.page.get_by_text("Your trainer resets the room")).to_be_visible()
        await participant.run("Make a group")
        assert "Reading circle" in await names_of_groups(participant)
        await expect(trainer.get_by_role("cell", name="Maria")).to_be_visible()
        await visit.screenshot("room-trainer", whole=True)
        await participant.screenshot("room-participant")
        await trainer.get_by_role("button", name="Reset the room").click()
        await expect(trainer.get_by_text("The room's data is as new.")).to_be_visible()
        assert "Reading circle" not in await names_of_groups(participant)
    trainer.on("dialog", lambda dialog: dialog.accept())
    await trainer.get_by_role("button", name="Close the room").click()
    await expect(trainer.get_by_role("button", name="Open a room")).to_be_visible()


async def test_the_trainer_has_the_room_at_hand_in_graphiql(visit: Visit) -> None:
    await visit.page.goto(f"{visit.address}/")
    await visit.page.get_by_role("button", name="Open a room").click()
    code = (await visit.page.locator(".room .code").inner_text()).replace(" ", "")
    await visit.enter("District administrator")
    await visit.page.get_by_role("button", name=f"Room {code}").click()
    await expect(visit.page.get_by_role("dialog").get_by_text("Nobody has joined yet.")).to_be_visible()
    await visit.screenshot("room-in-graphiql")
    assert await visit.barriers() == []


async def test_a_wrong_code_is_told_in_place(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as visit:
        await visit.page.goto(f"{address}/?room=ABCDEFGH")
        await visit.page.get_by_label("Nickname").fill("Maria")
        await visit.page.get_by_role("button", name="Join").click()
        await expect(visit.page.locator("#join").get_by_role("alert")).to_be_visible()
        visit.complaints.clear()  # Chromium's own line about the 404


async def test_a_role_is_switched_without_leaving_the_page(visit: Visit) -> None:
    await visit.enter("Teacher")
    await visit.page.get_by_role("button", name="Switch role").click()
    dialog = visit.page.get_by_role("dialog")
    await dialog.get_by_role("radio", name="District administrator").check()
    await dialog.get_by_role("button", name="Enter").click()
    await expect(visit.page.locator(".viewer")).to_contain_text("District administrator")
    await visit.page.wait_for_selector(".training")
    answer = await visit.run("My district")
    assert answer["data"]["district"]["schools"]["totalCount"] == 3


async def test_a_session_that_ended_is_told_and_begun_again(visit: Visit) -> None:
    await visit.enter("Teacher")
    context = visit.page.context
    await context.add_cookies([{"name": "cers-session", "value": "73616e64626f78.ended", "url": visit.address}])
    await visit.page.get_by_role("button", name="Execute query").click()
    dialog = visit.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Your session has ended")
    visit.complaints.clear()  # Chromium's own line about the 401
    await dialog.get_by_role("button", name="Enter").click()
    await visit.page.wait_for_selector(".training")
    assert "errors" not in await visit.run("My groups")


async def test_nobody_in_particular_may_ask_for_reference_data(visit: Visit) -> None:
    await visit.page.goto(f"{visit.address}/graphql")
    await visit.page.wait_for_selector(".training")
    await expect(visit.page.locator(".viewer")).to_contain_text("Not signed in")
    answer = await visit.run("Programs and levels")
    assert len(answer["data"]["programs"]) > 5


async def test_where_a_tenant_has_single_sign_on_its_people_are_shown_the_way(
    browser: Browser, sqlite_url: str, tmp_path: Path
) -> None:
    provider = SignOnSettings(issuer="https://login.example.org", client_id="cers", audience="https://cers.example.org")
    tenant = TenantSettings(database=sqlite_url, key=KEY, sign_on=provider)
    config = Settings(sandbox=False, tenants={"north-county": tenant}, disclosure_journals=tmp_path)
    async with serving(config) as client, visiting(browser, str(client.base_url).rstrip("/")) as visit:
        await visit.page.goto(f"{visit.address}/")
        link = visit.page.get_by_role("link", name="Sign in to north-county")
        assert await link.get_attribute("href") == "/sign-in?tenant=north-county&return=%2Fgraphql"
        await expect(visit.page.get_by_text("Enter the sandbox")).to_have_count(0)
        await seen(visit, "landing-sign-in", whole=True)


async def test_leaving_ends_the_session(visit: Visit) -> None:
    await visit.enter("Teacher")
    await visit.page.get_by_role("button", name="Leave").click()
    await visit.page.wait_for_selector(".role")
    await expect(visit.page.get_by_label("Your session")).to_have_count(0)
    await visit.page.goto(f"{visit.address}/graphql")
    await expect(visit.page.locator(".viewer")).to_contain_text("Not signed in")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["desktop", "phone"])
async def test_no_page_has_a_serious_barrier_or_scrolls_sideways(
    browser: Browser, address: str, device: str, scheme: str
) -> None:
    screen = {"viewport": PHONE, "has_touch": True} if device == "phone" else {}
    async with visiting(browser, address, color_scheme=scheme, **screen) as visit:
        await visit.page.goto(f"{address}/guides/quick-start")
        await seen(visit, f"guide-{device}-{scheme}")
        await visit.page.goto(f"{address}/")
        await visit.page.wait_for_selector(".role")
        await seen(visit, f"landing-{device}-{scheme}", whole=True)
        await visit.enter("Teacher")
        await visit.page.get_by_role("button", name="Execute query").click()
        await visit.page.wait_for_selector(".graphiql-response .view-line")
        await seen(visit, f"graphiql-{device}-{scheme}")
        await visit.page.locator(".graphiql-tab-button", has_text="StudentHistory").click()
        for pane in ("Show Documentation Explorer", "Show Training", "Show GraphiQL Explorer", "Show History"):
            await visit.page.get_by_role("button", name=pane).click()
            await visit.page.wait_for_timeout(300)
            await seen(visit, f"{pane.split()[-1]}-{device}-{scheme}".lower())
        await visit.page.get_by_role("button", name="Switch role").click()
        await seen(visit, f"switch-{device}-{scheme}")


async def seen(visit: Visit, name: str, *, whole: bool = False) -> None:
    await visit.screenshot(name, whole=whole)
    assert await visit.barriers() == [], name
    assert await visit.fits(), name


async def test_graphiql_and_its_bar_follow_the_system_and_graphiqls_own_switch(visit: Visit) -> None:
    await visit.enter("Teacher")
    page = visit.page
    colour = "getComputedStyle(document.querySelector('.bar')).backgroundColor"
    editor = "getComputedStyle(document.querySelector('.graphiql-query-editor .mtk1, .view-line span span')).color"
    light = await page.evaluate(colour), await page.evaluate(editor)
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(f"was => {colour} !== was[0] && {editor} !== was[1]", arg=list(light))
    await page.get_by_role("button", name="Open settings dialog").click()
    await page.get_by_role("button", name="Light").click()
    await page.wait_for_function(f"was => {colour} === was[0] && {editor} === was[1]", arg=list(light))
    assert await visit.barriers() == []
