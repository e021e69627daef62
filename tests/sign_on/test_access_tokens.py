"""An access token of the provider is good for its tenant, signed by a published key, as long as it lasts."""

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from ingest.access import add_grant, roll_over
from policies.identity import Viewer, issue_token
from policies.oidc import KEYS_KEPT_SECONDS, PAUSE_SECONDS
from tests.sign_on.conftest import KEYS, Site
from tests.sign_on.issuer import AUDIENCE, CLIENT, OTHER_AUDIENCE, new_key

REFUSED = (401, "UNAUTHENTICATED")


def teacher_of(site: Site) -> dict[str, str]:
    return {"role": "TEACHER", "level": "SCHOOL", "organization": site.world.oak.natural_id}


async def test_a_token_is_its_person_with_the_grants_of_the_claim(site: Site) -> None:
    who = await site.viewer(site.issuer.signed(grants=[teacher_of(site)]))
    grant = {"role": "TEACHER", "organization": site.world.oak.natural_id, "schoolYear": 2026, "reason": "COUNTS"}
    assert who == {
        "login": "ana@example.org",
        "displayName": "Ana",
        "tenant": {"name": "Test"},
        "grants": [grant],
    }


async def test_where_the_grant_table_has_them_a_claim_grants_nothing(site: Site) -> None:
    token = site.issuer.signed(aud=OTHER_AUDIENCE, grants=[{"role": "TENANT_ADMINISTRATOR", "level": "TENANT"}])
    assert (await site.viewer(token))["grants"] == []
    grant = partial(add_grant, login="ana@example.org", role="AGGREGATE_REPORTER", level="STATE", organization="")
    await site.databases["beta"].run(grant)
    stored = site.issuer.signed(aud=OTHER_AUDIENCE, name="a token that was not asked about before")
    assert [grant["role"] for grant in (await site.viewer(stored))["grants"]] == ["AGGREGATE_REPORTER"]


async def test_a_token_of_the_tenants_own_key_is_good_beside_a_provider(site: Site) -> None:
    token, _ = issue_token(Viewer("beta", "ben@example.org"), KEYS["beta"], timedelta(minutes=5))
    assert (await site.viewer(token))["login"] == "ben@example.org"
    forged, _ = issue_token(Viewer("alpha", "ben@example.org"), KEYS["beta"], timedelta(minutes=5))
    assert await site.code(forged) == REFUSED


def with_the_public_key_as_secret(site: Site, kid: str) -> str:
    """By hand: no library does it."""
    claims = {"iss": site.issuer.address, "aud": AUDIENCE, "sub": "a1", "exp": int(time.time()) + 60}
    parts = ({"alg": "HS256", "kid": kid}, claims)
    signed = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = hmac.digest(site.issuer.keys[0].as_pem(private=False), signed, "sha256")
    return f"{signed.decode()}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_by_a_key_it_brings(site: Site, **header: Any) -> str:
    stranger = new_key("first")
    return site.issuer.signed(stranger, header={"jwk": stranger.as_dict(private=False), **header})


def cut(token: str, signature: str = "") -> str:
    return f"{token.rpartition('.')[0]}.{signature}"


BAD = {
    "no audience": lambda site: site.issuer.signed(aud=None),
    "a stranger's audience": lambda site: site.issuer.signed(aud="https://elsewhere.example.org"),
    "the audiences of two tenants": lambda site: site.issuer.signed(aud=[AUDIENCE, OTHER_AUDIENCE]),
    "an audience that is no text": lambda site: site.issuer.signed(aud={"alpha": AUDIENCE}),
    "an ID token": lambda site: site.issuer.id_token("n"),
    "an ID token for us as an API too": lambda site: site.issuer.id_token("n", aud=[CLIENT, AUDIENCE]),
    "an ID token of another flow": lambda site: site.issuer.id_token(None, aud=[CLIENT, AUDIENCE], at_hash="x"),
    "a logout token": lambda site: site.issuer.signed(header={"typ": "logout+jwt"}),
    "another issuer": lambda site: site.issuer.signed(iss="https://evil.example.org"),
    "our own issuer": lambda site: site.issuer.signed(iss="cers"),
    "no issuer": lambda site: site.issuer.signed(iss=None),
    "alg none": lambda site: cut(site.issuer.signed()).replace(
        site.issuer.signed().partition(".")[0], "eyJhbGciOiJub25lIn0", 1
    ),
    "the public key as a secret": lambda site: with_the_public_key_as_secret(site, "first"),
    "the public key as our secret": lambda site: with_the_public_key_as_secret(site, "alpha"),
    "an algorithm that is not pinned": lambda site: site.issuer.signed(
        RSAKey.generate_key(2048, {"kid": "first"}), header={"alg": "RS256"}
    ),
    "a key it brings along": lambda site: signed_by_a_key_it_brings(site),
    "a key it says where to find": lambda site: signed_by_a_key_it_brings(site, jku="http://127.0.0.1:1/jwks"),
    "an unknown key": lambda site: site.issuer.signed(new_key("unknown")),
    "another key of the same name": lambda site: site.issuer.signed(new_key("first")),
    "an unknown critical header": lambda site: site.issuer.signed(header={"crit": ["b64"], "b64": False}),
    "a cut signature": lambda site: site.issuer.signed()[:-3],
    "no signature": lambda site: cut(site.issuer.signed()),
    "another's signature": lambda site: cut(site.issuer.signed(), site.issuer.signed(sub="b").rpartition(".")[2]),
    "no expiry": lambda site: site.issuer.signed(exp=None),
    "an expiry beyond time": lambda site: site.issuer.signed(exp=10**18),
    "an expiry that is no number": lambda site: site.issuer.signed(exp="soon"),
    "expired": lambda site: site.issuer.signed(exp=int(time.time()) - 61),
    "not yet good": lambda site: site.issuer.signed(nbf=int(time.time()) + 90),
    "issued in the future": lambda site: site.issuer.signed(iat=int(time.time()) + 90),
    "no time of issue": lambda site: site.issuer.signed(iat=None),
    "no subject": lambda site: site.issuer.signed(sub=None),
    "no login": lambda site: site.issuer.signed(email=None),
    "a login that is no text": lambda site: site.issuer.signed(email=["ana@example.org"]),
    "an empty login": lambda site: site.issuer.signed(email="  "),
    "an unverified address": lambda site: site.issuer.signed(email_verified=False),
    "an address nobody says is verified": lambda site: site.issuer.signed(email_verified=None),
    "a token without end": lambda site: site.issuer.signed(name="a" * 20_000),
    "no token": lambda site: "token",
    "five parts": lambda site: "a.b.c.d.e",
}


@pytest.mark.parametrize("name", BAD)
async def test_a_token_that_is_not_good_is_refused(standing_site: Site, name: str) -> None:
    assert await standing_site.code(BAD[name](standing_site)) == REFUSED
    assert await standing_site.code(standing_site.issuer.signed()) == (200, None)


async def test_a_token_of_one_tenant_is_never_another_tenants(site: Site) -> None:
    token = site.issuer.signed(grants=[teacher_of(site)])
    await site.viewer(token)
    assert [name for name, sign_on in site.sign_ons.items() if token in sign_on._known] == ["alpha"]


async def test_clocks_may_differ_by_a_minute(site: Site) -> None:
    now = int(time.time())
    site.at(datetime.fromtimestamp(now, UTC))
    for claims in ({"exp": now - 59}, {"iat": now + 60}, {"nbf": now + 60}):
        assert await site.code(site.issuer.signed(**claims)) == (200, None)


async def test_a_token_that_was_good_ends_on_time_all_the_same(site: Site) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)
    token = site.issuer.signed(exp=int(ends.timestamp()))
    assert await site.code(token) == (200, None)
    site.at(ends + timedelta(seconds=59))
    assert await site.code(token) == (200, None)
    site.at(ends + timedelta(seconds=60))
    assert await site.code(token) == REFUSED


async def test_a_new_key_is_fetched_when_a_token_names_it(site: Site) -> None:
    await site.viewer(site.issuer.signed())
    let_pass(site, PAUSE_SECONDS)
    site.issuer.keys.append(new_key("second"))
    assert await site.code(site.issuer.signed()) == (200, None)
    assert site.issuer.asked["jwks"] == 2


async def test_unknown_keys_make_nobody_knock_at_the_providers_door_for_each(site: Site) -> None:
    await site.viewer(site.issuer.signed())
    for _ in range(20):
        assert await site.code(site.issuer.signed(new_key("unknown"))) == REFUSED
    assert site.issuer.asked["jwks"] == 1
    let_pass(site, PAUSE_SECONDS)
    for _ in range(20):
        assert await site.code(site.issuer.signed(new_key("unknown"))) == REFUSED
    assert site.issuer.asked["jwks"] == 2


async def test_a_withdrawn_key_is_not_trusted_for_long(site: Site) -> None:
    token = site.issuer.signed()
    await site.viewer(token)
    site.issuer.keys = [new_key("second")]
    assert await site.code(token) == (200, None)
    let_pass(site, KEYS_KEPT_SECONDS + 1)
    assert await site.code(token) == REFUSED


async def test_tokens_are_checked_with_the_keys_at_hand_while_the_provider_does_not_answer(site: Site) -> None:
    token = site.issuer.signed()
    await site.viewer(token)
    site.issuer.answers = False
    let_pass(site, KEYS_KEPT_SECONDS + 1)
    assert await site.code(token) == (200, None)
    assert await site.code(site.issuer.signed()) == (200, None)


async def test_who_leaves_while_the_provider_is_asked_holds_up_nobody(site: Site) -> None:
    provider = site.sign_ons["alpha"].provider
    asking = asyncio.create_task(provider.published())
    while not provider._fetching.locked():
        await asyncio.sleep(0)
    asking.cancel()
    assert await site.code(site.issuer.signed()) == (200, None)


async def test_a_provider_that_never_answered_is_unavailable(site: Site) -> None:
    site.issuer.answers = False
    assert await site.code(site.issuer.signed()) == (503, "UNAVAILABLE")


async def test_a_provider_that_names_another_issuer_is_not_believed(site: Site) -> None:
    site.issuer.address += "/"
    assert await site.code(site.issuer.signed(iss=site.issuer.address[:-1])) == (503, "UNAVAILABLE")


async def test_a_token_of_before_the_rollover_has_ended(site: Site) -> None:
    before = site.issuer.signed(grants=[teacher_of(site)])
    await site.viewer(before)
    await site.databases["alpha"].run(lambda session: roll_over(session, 2027))
    await site.sign_ons["alpha"]._reference.renew()
    assert await site.code(before) == REFUSED
    site.later(minutes=3)
    after = site.issuer.signed(grants=[teacher_of(site)], iat=int(datetime.now(UTC).timestamp()) + 120)
    [grant] = (await site.viewer(after))["grants"]
    assert (grant["schoolYear"], grant["reason"]) == (2027, "COUNTS")


def let_pass(site: Site, seconds: float) -> None:
    """Let time pass for what is kept of the provider."""
    passed = time.monotonic() + seconds
    site.sign_ons["alpha"].provider.monotonic = lambda: passed
