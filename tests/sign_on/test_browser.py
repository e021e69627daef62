"""A browser signs in with its provider and out again; nobody else's answer, cookie or page can do it for it."""

import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from ingest.access import roll_over
from policies.sign_on import ATTEMPT_LIFETIME
from tests.sign_on.conftest import CSRF, WHO, Site, refusal
from tests.sign_on.issuer import AUDIENCE, CLIENT, new_key

REFUSED = (401, "UNAUTHENTICATED")
FORBIDDEN = (403, "FORBIDDEN")
SESSION = "cers-session"


async def test_the_whole_way(site: Site) -> None:
    response = await site.sign_in(
        begin={"return": "/groups?of=me"},
        grants=[{"role": "TEACHER", "level": "SCHOOL", "organization": site.world.oak.natural_id}],
    )
    assert (response.status_code, response.headers["location"]) == (303, "/groups?of=me")
    who = await site.viewer()
    assert (who["login"], who["displayName"], who["grants"][0]["reason"]) == ("ana@example.org", "Ana", "COUNTS")


async def test_the_provider_is_asked_with_all_that_protects_the_way_back(site: Site) -> None:
    asked = await site.begin()
    assert asked["redirect_uri"] == f"{site.sign_ons['alpha'].origin}/sign-in/callback"
    assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    again = await site.begin()
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


async def test_the_code_is_exchanged_with_the_verifier_of_the_challenge(site: Site) -> None:
    asked = await site.begin()
    site.issuer.answer = {"id_token": site.issuer.id_token(asked["nonce"]), "access_token": "a", "token_type": "Bearer"}
    await site.come_back(code="c0de", state=asked["state"])
    given = site.issuer.given
    assert create_s256_code_challenge(given["code_verifier"]) == asked["code_challenge"]
    assert (given["code"], given["redirect_uri"]) == ("c0de", asked["redirect_uri"])
    assert given["authorization"].startswith("Basic ")


async def test_what_the_id_token_leaves_out_is_asked_of_userinfo(site: Site) -> None:
    site.issuer.userinfo = {"sub": "a1", "email": "ana@example.org", "email_verified": True}
    assert (await site.sign_in(email=None, email_verified=None)).status_code == 303
    site.issuer.userinfo["sub"] = "b2"
    assert refusal(await site.sign_in(email=None, email_verified=None)) == REFUSED


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example.org/",
        "//evil.example.org",
        "/\\evil.example.org",
        "/\t/evil.example.org",
        "\t//evil.example.org",
        "/a\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "evil",
        "",
        "/" + "a" * 3000,
    ],
)
async def test_a_browser_comes_back_to_this_site_only(standing_site: Site, path: str) -> None:
    response = await standing_site.browser.get("/sign-in", params={"tenant": "alpha", "return": path})
    assert refusal(response) == (400, "BAD_INPUT")


@pytest.mark.parametrize("query", [{}, {"tenant": ""}, {"tenant": "gamma"}], ids=str)
async def test_of_several_tenants_one_is_named(standing_site: Site, query: dict[str, str]) -> None:
    response = await standing_site.browser.get("/sign-in", params=query)
    assert refusal(response) == (400, "BAD_INPUT")


async def test_an_answer_to_a_sign_in_that_this_browser_has_not_begun_is_refused(site: Site) -> None:
    """CSRF on the callback: somebody else's code, to sign the victim in as the attacker."""
    asked = await site.begin()
    site.issuer.answer = {"id_token": site.issuer.id_token(asked["nonce"]), "access_token": "a", "token_type": "Bearer"}
    attempt = dict(site.browser.cookies)
    site.browser.cookies.clear()
    assert refusal(await site.come_back(code="c0de", state=asked["state"])) == FORBIDDEN
    await site.begin()
    assert refusal(await site.come_back(code="c0de", state=asked["state"])) == FORBIDDEN
    assert site.issuer.given == {}
    site.browser.cookies.clear()
    site.browser.cookies.update(attempt)
    assert (await site.come_back(code="c0de", state=asked["state"])).status_code == 303


async def test_an_answer_comes_back_once(site: Site) -> None:
    await site.sign_in()
    assert refusal(await site.come_back(code="c0de", state="any")) == FORBIDDEN


async def test_an_attempt_does_not_last(site: Site) -> None:
    asked = await site.begin()
    site.later(seconds=ATTEMPT_LIFETIME.total_seconds())
    assert refusal(await site.come_back(code="c0de", state=asked["state"])) == FORBIDDEN


async def test_an_attempt_is_sealed_for_its_tenant(site: Site) -> None:
    asked = await site.begin()
    [(name, value)] = site.browser.cookies.items()
    tenant, _, sealed = value.partition(".")
    assert asked["state"] not in value
    for forged in (f"{b'beta'.hex()}.{sealed}", f"{tenant}.{sealed[:-4]}AAAA", f"{tenant}.", sealed, "zz.", ""):
        site.browser.cookies.clear()
        site.browser.cookies.set(name, forged)
        assert refusal(await site.come_back(code="c0de", state=asked["state"])) == FORBIDDEN


NOT_FOR_THIS_SIGN_IN: dict[str, Callable[[Site], dict[str, Any]]] = {
    "another nonce": lambda site: {"nonce": "other"},
    "no nonce": lambda site: {"nonce": None},
    "another client": lambda site: {"aud": "other-client"},
    "an API": lambda site: {"aud": AUDIENCE},
    "several, and of another client": lambda site: {"aud": [CLIENT, "other"], "azp": "other"},
    "several, and nobody says of which": lambda site: {"aud": [CLIENT, "other"]},
    "another issuer": lambda site: {"iss": "https://evil.example.org"},
    "expired": lambda site: {"exp": int(time.time()) - 90},
    "an unverified address": lambda site: {"email_verified": False},
    "a stranger's signature": lambda site: {"key": new_key("first")},
}


@pytest.mark.parametrize("name", NOT_FOR_THIS_SIGN_IN)
async def test_an_id_token_that_is_not_for_this_sign_in_is_refused(standing_site: Site, name: str) -> None:
    assert refusal(await standing_site.sign_in(**NOT_FOR_THIS_SIGN_IN[name](standing_site))) == REFUSED
    assert SESSION not in standing_site.browser.cookies


async def test_what_the_provider_refuses_is_refused(site: Site) -> None:
    asked = await site.begin()
    assert refusal(await site.come_back(error="access_denied", state=asked["state"])) == REFUSED
    asked = await site.begin()
    site.issuer.answer = {"error": "invalid_grant"}
    assert refusal(await site.come_back(code="stolen", state=asked["state"])) == REFUSED
    asked = await site.begin()
    answer = await site.come_back(code="c0de", state=asked["state"], iss="https://evil.example.org")
    assert refusal(answer) == REFUSED


async def test_the_session_is_a_new_one_whatever_the_browser_had(site: Site) -> None:
    """Fixation: a secret that an attacker knows never becomes the victim's session."""
    await site.sign_in()
    planted = site.browser.cookies[SESSION]
    await site.sign_in(email="victim@example.org")
    assert site.browser.cookies[SESSION] != planted
    assert (await site.viewer())["login"] == "victim@example.org"
    assert await asked_with(site, planted) == REFUSED


async def test_a_cookie_without_the_header_is_nobody(site: Site) -> None:
    await site.sign_in()
    document = "{ viewer { login } groups { totalCount } }"
    for headers in ({}, {"x-cers-csrf": "0"}, {"x-cers-csrf": ""}):
        for answer in (
            await site.browser.post("/graphql", json={"query": document}, headers=headers),
            await site.browser.get("/graphql", params={"query": document}, headers=headers),
        ):
            assert answer.json()["data"]["viewer"] == {"login": None}
            assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    signed_in = await site.browser.get("/graphql", params={"query": "{ viewer { login } }"}, headers=CSRF)
    assert signed_in.json()["data"]["viewer"] == {"login": "ana@example.org"}
    assert signed_in.headers["cache-control"] == "private, no-store"


async def test_a_token_wins_over_a_cookie(site: Site) -> None:
    await site.sign_in()
    assert (await site.viewer(site.issuer.signed(email="ben@example.org")))["login"] == "ben@example.org"
    assert await site.code("not a token") == REFUSED


async def test_a_session_of_one_tenant_is_none_of_another(site: Site) -> None:
    await site.sign_in()
    secret = site.browser.cookies[SESSION].partition(".")[2]
    for tenant in (b"beta".hex(), b"gamma".hex(), "zz", ""):
        assert await asked_with(site, f"{tenant}.{secret}") == REFUSED
    assert await asked_with(site, f"{b'alpha'.hex()}.{secret}") == (200, None)


async def test_signing_out_ends_the_session_here_and_names_the_place_to_end_it_there(site: Site) -> None:
    await site.sign_in()
    cookie = site.browser.cookies[SESSION]
    assert refusal(await site.browser.post("/sign-out")) == FORBIDDEN
    assert await site.code() == (200, None)
    answer = await site.browser.post("/sign-out", headers=CSRF)
    there = httpx2.URL(answer.json()["signOutUrl"])
    assert str(there).startswith(f"{site.issuer.address}/end?")
    assert there.params["post_logout_redirect_uri"] == f"{site.sign_ons['alpha'].origin}/"
    assert (there.params["client_id"], len(there.params["id_token_hint"].split("."))) == (CLIENT, 3)
    assert SESSION not in site.browser.cookies
    assert await asked_with(site, cookie) == REFUSED
    assert (await site.browser.post("/sign-out", headers=CSRF)).json() == {"signOutUrl": None}


async def test_a_session_ends_at_the_rollover(site: Site) -> None:
    for tenant in ("alpha", "beta"):
        await site.sign_in(begin={"tenant": tenant})
        await site.viewer()
        await site.databases[tenant].run(lambda session: roll_over(session, 2027))
        await site.sign_ons[tenant]._reference.renew()
        assert await site.code() == REFUSED
        await site.sign_in(begin={"tenant": tenant})
        assert await site.code() == (200, None)


async def test_a_session_that_was_not_used_or_is_old_is_refused(site: Site) -> None:
    await site.sign_in()
    site.later(minutes=31)
    assert await site.code() == REFUSED


async def test_cookies_are_out_of_reach_of_pages_and_other_hosts(secure_site: Site) -> None:
    browser = secure_site.browser
    assert guarded(await browser.get("/sign-in", params={"tenant": "alpha"})) == {"__Host-cers-sign-in"}
    browser.cookies.clear()
    assert guarded(await secure_site.sign_in()) == {"__Host-cers-session", "__Host-cers-sign-in"}
    assert (await secure_site.viewer())["login"] == "ana@example.org"
    value = browser.cookies["__Host-cers-session"]
    browser.cookies.clear()
    browser.cookies.set(SESSION, value)
    assert (await secure_site.viewer())["login"] is None


def guarded(response: httpx2.Response) -> set[str]:
    """The names of the cookies that an answer sets, all with every guard."""
    cookies = response.headers.get_list("set-cookie")
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"path=/", "httponly", "secure", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)
    return {cookie.partition("=")[0] for cookie in cookies}


async def asked_with(site: Site, cookie: str) -> tuple[int, str | None]:
    """What a browser with this cookie is answered."""
    kept = dict(site.browser.cookies)
    site.browser.cookies.clear()
    answer = await site.browser.post("/graphql", json={"query": WHO}, headers={**CSRF, "cookie": f"{SESSION}={cookie}"})
    site.browser.cookies.update(kept)
    return refusal(answer)
