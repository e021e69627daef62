"""Single sign-on with a provider of another maker (npm oidc-provider): browsers, API clients, key rotation, the end."""

import asyncio
import json
import shutil
import socket
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.jwk import RSAKey

from ingest.access import add_grant, roll_over
from policies.oidc import PAUSE_SECONDS
from policies.sign_on import SignOn
from policies.sign_on_settings import SignOnSettings
from seeds.factories import store
from server import create_app
from settings import Settings, TenantSettings
from tests.house.tree import ROOT
from tests.sign_on.conftest import CSRF, KEYS, WHO, refusal
from tests.sign_on.issuer import listening
from tests.sign_on.test_claims import chain
from tests.worlds import TEACHER, SmallWorld

pytestmark = pytest.mark.prove

REFUSED = (401, "UNAUTHENTICATED")
AUDIENCES = {"alpha": "https://alpha.example.org/graphql", "beta": "https://beta.example.org/graphql"}
APP = "http://127.0.0.1:1/app"
SECRET = "a secret of the client, long enough for anybody"


def rsa_key(kid: str) -> dict[str, Any]:
    return dict(RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}).as_dict(private=True))


@dataclass
class Provider:
    """The provider's process, and what it is told."""

    issuer: str
    accounts: dict[str, dict[str, Any]]

    async def rotate(self, *keys: dict[str, Any]) -> None:
        """Sign with the first of these keys; publish only them."""
        await self._tell("keys", {"keys": keys})

    async def tell_accounts(self) -> None:
        await self._tell("accounts", self.accounts)

    async def _tell(self, what: str, said: Any) -> None:
        async with httpx2.AsyncClient(base_url=self.issuer) as client:
            assert (await client.post(f"/test/{what}", json=said)).status_code == 204


@pytest.fixture
def free_socket() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.fixture
async def provider(free_socket: socket.socket) -> AsyncIterator[Provider]:
    origin = f"http://127.0.0.1:{free_socket.getsockname()[1]}"
    site = {
        "client_secret": SECRET,
        "redirect_uris": [f"{origin}/sign-in/callback"],
        "post_logout_redirect_uris": [f"{origin}/"],
    }
    app = {"client_id": "app", "token_endpoint_auth_method": "none", "redirect_uris": [APP]}
    accounts = {"ana": {"email": "Ana@Example.org", "email_verified": True, "name": "Ana"}}
    settings = {
        "clients": [app, *({"client_id": f"cers-{name}", **site} for name in KEYS)],
        "accounts": accounts,
        "keys": {"keys": [rsa_key("first")]},
    }
    pipe = asyncio.subprocess.PIPE
    node = await asyncio.create_subprocess_exec(
        "node", ROOT / "tests" / "clients" / "provider.mjs", stdin=pipe, stdout=pipe
    )
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps(settings).encode() + b"\n")
    yield Provider(json.loads(await node.stdout.readline())["issuer"], accounts)
    node.stdin.close()
    await node.wait()


@dataclass
class Place:
    """CERS on loopback, a browser at it, and the provider."""

    browser: httpx2.AsyncClient
    provider: Provider
    world: SmallWorld
    application: Any

    @property
    def sign_ons(self) -> dict[str, SignOn]:
        return dict(self.application.callers.sign_ons)

    async def sign_in(self, tenant: str = "alpha", account: str = "ana") -> httpx2.Response:
        """The whole way of a person through the provider's pages; the answer of the callback."""
        begun = await self.browser.get("/sign-in", params={"tenant": tenant, "return": "/groups"})
        return await self.browser.get(await self.through_pages(begun.headers["location"], account))

    async def through_pages(self, url: str, account: str = "ana") -> str:
        """Fill in the provider's forms from an address on, up to where it sends the browser back."""
        for _ in range(12):
            response = await self.browser.get(url)
            if response.status_code == 200:
                prompt = response.text.partition('name="prompt" value="')[2].partition('"')[0]
                form = {"prompt": prompt, "login": account, "password": "any"}
                response = await self.browser.post(url, data=form)
            assert response.status_code == 303, response.text
            url = urljoin(url, response.headers["location"])
            if not url.startswith(self.provider.issuer):
                return url
        raise AssertionError("the provider does not let go")

    async def access_token(self, audience: str = AUDIENCES["alpha"], account: str = "ana") -> dict[str, Any]:
        """What a front end of its own gets at the provider for an API."""
        resource = {"resource": audience}
        verifier = "v" * 60
        async with AsyncOAuth2Client(
            "app", redirect_uri=APP, scope="openid email", code_challenge_method="S256"
        ) as client:
            url, _ = client.create_authorization_url(
                f"{self.provider.issuer}/auth", code_verifier=verifier, prompt="login", **resource
            )
            back = httpx2.URL(await self.through_pages(url, account))
            return dict(
                await client.fetch_token(
                    f"{self.provider.issuer}/token", code=back.params["code"], code_verifier=verifier, **resource
                )
            )

    async def ask(self, token: str | None = None, **headers: str) -> httpx2.Response:
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        return await self.browser.post("/graphql", json={"query": WHO}, headers={**bearer, **headers})

    async def login(self, token: str | None = None) -> str | None:
        """Who CERS says that it is."""
        answer = (await self.ask(token, **({} if token else CSRF))).json()
        assert "errors" not in answer, answer
        return answer["data"]["viewer"]["login"]

    async def code(self, token: str | None = None) -> tuple[int, str | None]:
        return refusal(await self.ask(token, **({} if token else CSRF)))

    async def roll_over(self, tenant: str) -> None:
        opened = self.application.tenants[tenant]
        await opened.database.run(lambda session: roll_over(session, 2027))
        await opened.reference.renew()

    def let_pass(self, seconds: float) -> None:
        """Let time pass for what is kept of the provider."""
        for sign_on in self.sign_ons.values():
            passed = sign_on.provider.monotonic() + seconds
            sign_on.provider.monotonic = lambda passed=passed: passed  # type: ignore[misc]

    def at(self, moment: datetime) -> None:
        for sign_on in self.sign_ons.values():
            sign_on.now = lambda: moment


@pytest.fixture
async def place(
    provider: Provider, free_socket: socket.socket, tmp_path: Path, _sqlite_template: Path
) -> AsyncIterator[Place]:
    origin = f"http://127.0.0.1:{free_socket.getsockname()[1]}"
    tenants = {}
    for name, grants in (("alpha", "CLAIM"), ("beta", "TABLE")):
        sign_on = SignOnSettings(
            issuer=provider.issuer,
            client_id=f"cers-{name}",
            client_secret=SECRET,
            audience=AUDIENCES[name],
            algorithms=["RS256"],
            scope="openid email profile toms",
            grants_from=grants,
        )
        url = f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / f'{name}.sqlite3')}"
        tenants[name] = TenantSettings(database=url, key=KEYS[name], sign_on=sign_on)
    app = create_app(
        Settings(sandbox=False, tenants=tenants, public_url=origin, disclosure_journals=tmp_path / "journals")
    )
    application = app.state.application
    worlds = {name: SmallWorld() for name in tenants}
    for name, world in worlds.items():
        await application.tenants[name].database.run(lambda session, world=world: store(session, *world.rows))
    async with listening(app, free_socket), httpx2.AsyncClient(base_url=origin, timeout=30) as browser:
        yield Place(browser, provider, worlds["alpha"], application)


async def test_a_teacher_signs_in_by_tenancy_chain_works_and_signs_out(place: Place) -> None:
    oak = place.world.oak.natural_id
    chains = [chain("CAASPP Test Administrator", "INSTITUTION", school=oak)]
    teacher = {"email": "Teacher@Example.org", "email_verified": True, "name": "Tess", "sbacTenancyChain": chains}
    place.provider.accounts["tess"] = teacher
    await place.provider.tell_accounts()
    response = await place.sign_in(account="tess")
    assert (response.status_code, response.headers["location"]) == (303, "/groups")
    who = (await place.ask(**CSRF)).json()["data"]["viewer"]
    assert (who["login"], who["displayName"]) == (TEACHER, "Tess")
    assert who["grants"] == [{"role": "TEACHER", "organization": oak, "schoolYear": 2026, "reason": "COUNTS"}]
    groups = "{ groups { nodes { name students { nodes { firstName } } } } }"
    answer = await place.browser.get("/graphql", params={"query": groups}, headers=CSRF)
    assert answer.json()["data"]["groups"]["nodes"] == [{"name": "Owls", "students": {"nodes": [{"firstName": "Ana"}]}}]
    out = (await place.browser.post("/sign-out", headers=CSRF)).json()["signOutUrl"]
    page = await place.browser.get(out)
    assert page.status_code == 200
    form = page.text.partition('name="xsrf" value="')[2].partition('"')[0]
    confirm = page.text.partition('action="')[2].partition('"')[0]
    done = await place.browser.post(confirm, data={"xsrf": form, "logout": "yes"})
    assert done.headers["location"] == f"{place.sign_ons['alpha'].origin}/"
    assert await place.login() is None
    asked = await place.browser.get((await place.browser.get("/sign-in?tenant=alpha")).headers["location"])
    assert "/interaction/" in asked.headers["location"]


async def test_an_api_client_asks_with_a_token_for_our_audience(place: Place) -> None:
    given = await place.access_token()
    assert await place.login(given["access_token"]) == "ana@example.org"
    assert await place.code(given["id_token"]) == REFUSED
    assert await place.code((await place.access_token("https://elsewhere.example.org"))["access_token"]) == REFUSED


async def test_tenants_share_a_provider_and_nothing_else(place: Place) -> None:
    beta = place.application.tenants["beta"].database
    grant = {"login": "ana@example.org", "role": "AGGREGATE_REPORTER", "level": "STATE", "organization": ""}
    await beta.run(lambda session: add_grant(session, **grant))
    roles = {}
    for name, audience in AUDIENCES.items():
        answer = (await place.ask((await place.access_token(audience))["access_token"])).json()
        roles[name] = [grant["role"] for grant in answer["data"]["viewer"]["grants"]]
    assert roles == {"alpha": [], "beta": ["AGGREGATE_REPORTER"]}
    await place.sign_in("beta")
    cookie = place.browser.cookies["cers-session"]
    place.browser.cookies.clear()
    place.browser.cookies.set("cers-session", cookie.replace(b"beta".hex(), b"alpha".hex()))
    assert await place.code() == REFUSED


async def test_keys_rotate_while_people_work(place: Place) -> None:
    before = (await place.access_token())["access_token"]
    assert await place.login(before) == "ana@example.org"
    await place.sign_in()
    await place.provider.rotate(rsa_key("second"))
    place.let_pass(PAUSE_SECONDS)
    after = (await place.access_token())["access_token"]
    assert await place.login(after) == "ana@example.org"
    assert await place.code(before) == REFUSED
    assert await place.login() == "ana@example.org"
    await place.sign_in("beta")
    assert await place.login() == "ana@example.org"


async def test_tokens_and_sessions_end_on_time(place: Place) -> None:
    token = (await place.access_token())["access_token"]
    await place.sign_in()
    ends = datetime.fromtimestamp(json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))["exp"], UTC)
    place.at(ends + timedelta(seconds=59))
    assert (await place.code(token), await place.code()) == ((200, None), (200, None))
    place.at(ends + timedelta(seconds=60))
    assert (await place.code(token), await place.code()) == (REFUSED, (200, None))
    place.at(ends + timedelta(minutes=32))
    assert await place.code() == REFUSED


async def test_the_rollover_ends_what_the_provider_vouched_for_before(place: Place) -> None:
    token = (await place.access_token())["access_token"]
    await place.sign_in()
    assert (await place.code(token), await place.code()) == ((200, None), (200, None))
    await place.roll_over("alpha")
    assert (await place.code(token), await place.code()) == (REFUSED, REFUSED)
    await place.sign_in()
    assert await place.code() == (200, None)


async def test_an_unverified_address_is_nobody(place: Place) -> None:
    place.provider.accounts["eve"] = {"email": "ana@example.org", "email_verified": False}
    await place.provider.tell_accounts()
    assert refusal(await place.sign_in(account="eve")) == REFUSED
    assert await place.code((await place.access_token(account="eve"))["access_token"]) == REFUSED


async def test_a_code_of_the_attackers_own_signs_nobody_in(place: Place) -> None:
    """CSRF on the callback, with a real code."""
    begun = await place.browser.get("/sign-in", params={"tenant": "alpha"})
    back = await place.through_pages(begun.headers["location"])
    place.browser.cookies.clear()
    assert refusal(await place.browser.get(back)) == (403, "FORBIDDEN")
    await place.browser.get("/sign-in", params={"tenant": "alpha"})
    assert refusal(await place.browser.get(back)) == (403, "FORBIDDEN")


async def test_who_refuses_at_the_provider_is_not_signed_in(place: Place) -> None:
    begun = await place.browser.get("/sign-in", params={"tenant": "alpha"})
    page = await place.browser.get(begun.headers["location"])
    left = await place.browser.get(f"{urljoin(place.provider.issuer, page.headers['location'])}/abort")
    back = await place.through_pages(urljoin(place.provider.issuer, left.headers["location"]))
    assert "error=access_denied" in back
    assert refusal(await place.browser.get(back)) == REFUSED
