"""A visitor's session needs no credential, ends when nobody uses it, and opens nothing but the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.callers import put_together
from policies.identity import Grant, Viewer, issue_token
from settings import Settings, TenantSettings
from tests.sandbox.visitors import COUNT, CSRF, KEY, House, Visitor
from tests.schema.asking import codes

WHO = "{ viewer { login isSandbox expiresAt } }"
DEMO = Viewer("demo", "teacher@example.org", None, (Grant("STATE_ADMINISTRATOR", "STATE", "", 2026),))


async def test_what_there_is_to_choose_is_told_without_a_token(house: House) -> None:
    told = (await house.client.get("/sandbox")).json()
    assert told["schoolYear"] == 2026
    assert (told["sessionMinutes"], told["roomHours"]) == (30, 10)
    assert [role["role"] for role in told["roles"]] == ["TEACHER", "SCHOOL_ADMINISTRATOR", "DISTRICT_ADMINISTRATOR"]
    assert all(role["title"] and role["description"] and role["level"] for role in told["roles"])
    assert told["district"]["name"] == "North"
    oak, elm = told["schools"]
    assert (oak["name"], elm["name"]) == ("Oak", "Elm")
    assert oak["educators"] == [{"login": "teacher@example.org", "displayName": "teacher", "groups": 1}]


@pytest.mark.parametrize("role", ["TEACHER", "SCHOOL_ADMINISTRATOR", "DISTRICT_ADMINISTRATOR"])
async def test_every_role_is_entered_with_its_choice_alone(house: House, role: str) -> None:
    visitor = await house.enter(role)
    assert next(iter(visitor.entered)) == "token"
    assert visitor.entered["viewer"]["role"] == role
    assert (visitor.entered["viewer"]["school"] is None) == (role == "DISTRICT_ADMINISTRATOR")
    assert visitor.entered["viewer"]["district"]["name"] == "North"
    assert visitor.entered["room"] is None
    assert (await visitor.ask(WHO))["viewer"]["login"] == visitor.entered["viewer"]["login"]


async def test_a_session_goes_on_as_long_as_it_is_used(house: House) -> None:
    visitor = await house.enter()
    for _ in range(5):
        house.clock += 29 * 60
        await visitor.ask(COUNT)
    house.clock += 31 * 60
    assert await visitor.refused(COUNT) == (
        ["UNAUTHENTICATED"],
        "The sandbox session has ended: it was left, or not used for 30 minutes. Enter again.",
    )


async def test_a_session_ends_at_last_however_much_it_is_used(house: House) -> None:
    visitor = await house.enter()
    for _ in range(12 * 60 // 25):
        house.clock += 25 * 60
        await visitor.ask(WHO)
    house.clock += 25 * 60
    assert (await visitor.refused(WHO))[0] == ["UNAUTHENTICATED"]


async def test_the_end_moves_on_with_each_use(house: House) -> None:
    visitor = await house.enter()
    house.clock += 20 * 60
    end = datetime.fromisoformat((await visitor.ask(WHO))["viewer"]["expiresAt"])
    expected = datetime.now(UTC) + timedelta(minutes=50)
    assert abs(end - expected) < timedelta(minutes=1)


async def test_other_processes_know_of_each_use_within_a_minute(house: House) -> None:
    visitor, other = await house.enter(), House(house.original)
    there = Visitor(other.client, visitor.entered)
    await there.ask(COUNT)
    for _ in range(3):
        house.clock += 20 * 60
        other.clock = house.clock
        await visitor.ask(COUNT)
    await there.ask(COUNT)
    await other.close()


async def test_between_changes_a_request_asks_the_registry_for_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await house.enter()
    await visitor.ask(COUNT)
    asked: list[Any] = []
    run_now = house.sandbox.registry.run_now

    def counted(work: Any, **how: Any) -> Any:
        asked.append(work)
        return run_now(work, **how)

    monkeypatch.setattr(house.sandbox.registry, "run_now", counted)
    for _ in range(20):
        house.clock += 2
        await visitor.ask(COUNT)
    assert asked == []
    house.clock += 60
    await visitor.ask(COUNT)
    assert len(asked) == 1


async def test_leaving_ends_the_session_in_every_process(house: House) -> None:
    visitor, other = await house.enter(), House(house.original)
    there = Visitor(other.client, visitor.entered)
    await there.ask(COUNT)
    assert (await visitor.leave()).status_code == 204
    assert (await there.refused(COUNT))[0] == ["UNAUTHENTICATED"]
    assert codes(await visitor.leave()) == ["UNAUTHENTICATED"]
    await other.close()


async def test_signing_out_ends_the_session_of_the_cookie(house: House) -> None:
    browser = house.browser()
    entered = (await browser.post("/sandbox/sessions", json={"role": "TEACHER"}, headers=CSRF)).json()
    visitor = Visitor(house.client, entered)
    await visitor.ask(COUNT)
    assert (await browser.post("/sign-out", headers=CSRF)).json() == {"signOutUrl": None}
    assert (await visitor.refused(COUNT))[0] == ["UNAUTHENTICATED"]


async def test_leaving_by_cookie_needs_the_csrf_header(house: House) -> None:
    browser = house.browser()
    entered = (await browser.post("/sandbox/sessions", json={"role": "TEACHER"}, headers=CSRF)).json()
    assert codes(await browser.delete("/sandbox/sessions")) == ["UNAUTHENTICATED"]
    await Visitor(house.client, entered).ask(COUNT)
    assert (await browser.delete("/sandbox/sessions", headers=CSRF)).status_code == 204
    assert dict(browser.cookies) == {}
    assert (await Visitor(house.client, entered).refused(COUNT))[0] == ["UNAUTHENTICATED"]


async def test_a_sandbox_token_opens_no_other_tenant(house: House) -> None:
    visitor = await house.enter("DISTRICT_ADMINISTRATOR")
    assert (await visitor.ask(WHO))["viewer"]["isSandbox"]
    cookie = {"cookie": f"cers-session={put_together('demo', visitor.token)}", **CSRF}
    answer = await house.client.post("/graphql", json={"query": WHO}, headers=cookie)
    assert codes(answer) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("tenant", ["demo", "sandbox"])
async def test_no_token_of_another_key_opens_the_sandbox(house: House, tenant: str) -> None:
    session = (await house.enter()).entered["token"]
    forged = Viewer(tenant, DEMO.login, None, DEMO.grants, session=session)
    token, _ = issue_token(forged, KEY, timedelta(minutes=5))
    cookie = {"cookie": f"cers-session={put_together('sandbox', token)}", **CSRF}
    assert codes(await house.client.post("/graphql", json={"query": WHO}, headers=cookie)) == ["UNAUTHENTICATED"]
    answer = await house.client.post("/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {token}"})
    if tenant == "sandbox":
        assert codes(answer) == ["UNAUTHENTICATED"]
    else:
        assert answer.json()["data"]["viewer"]["login"] == DEMO.login
        assert codes(await house.client.delete("/sandbox/sessions", headers={"authorization": f"Bearer {token}"})) == [
            "UNAUTHENTICATED"
        ]


async def test_a_token_of_the_sandboxs_key_without_a_session_opens_nothing(house: House) -> None:
    grant = Grant("DISTRICT_ADMINISTRATOR", "DISTRICT", "", 2026)
    for session in (None, "unknown"):
        viewer = Viewer("sandbox", "a@example.org", None, (grant,), session=session)
        token, _ = issue_token(viewer, house.sandbox.original.key, timedelta(minutes=5))
        assert (await Visitor(house.client, {"token": token}).refused(WHO))[0] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    ("address", "methods"),
    [
        ("/sandbox", {"GET", "HEAD"}),
        ("/sandbox/sessions", {"POST", "DELETE"}),
        ("/sandbox/rooms", {"POST"}),
        ("/sandbox/rooms/AAAAAAAA", {"GET", "HEAD", "DELETE"}),
    ],
)
async def test_another_method_is_told_which_there_are(house: House, address: str, methods: set[str]) -> None:
    answer = await house.client.put(address)
    assert (answer.status_code, codes(answer)) == (405, ["BAD_INPUT"])
    assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize("body", [b"{", b"[]", b'"TEACHER"', b"\xff"])
async def test_a_body_that_is_no_object_is_refused(house: House, body: bytes) -> None:
    for address in ("/sandbox/sessions", "/sandbox/rooms", "/sandbox/rooms/AAAAAAAA/sessions"):
        answer = await house.client.post(address, content=body)
        assert (answer.status_code, codes(answer)) == (400, ["BAD_INPUT"])


def test_no_other_tenant_takes_the_sandboxs_name() -> None:
    with pytest.raises(ValueError, match="sandbox is the name of the sandbox"):
        Settings(tenants={"sandbox": TenantSettings(database="sqlite:///x", key=KEY)})
