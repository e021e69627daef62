"""CERS with two tenants that sign on by an issuer of the test's own, and a browser."""

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from models.database import Database
from policies.sign_on import SignOn
from policies.sign_on_settings import SignOnSettings
from seeds.factories import store
from server import create_app
from settings import Settings, TenantSettings
from tests.sign_on.issuer import AUDIENCE, CLIENT, OTHER_AUDIENCE, Issuer, listening
from tests.worlds import SmallWorld

WHO = "{ viewer { login displayName tenant { name } grants { role organization schoolYear reason } } }"
CSRF = {"x-cers-csrf": "1"}
KEYS = {"alpha": "the key of tenant alpha, at least 32 long", "beta": "the key of tenant beta, at least 32 long"}


@dataclass
class Site:
    """CERS as browsers and clients find it."""

    browser: httpx2.AsyncClient
    sign_ons: dict[str, SignOn]
    world: SmallWorld
    databases: dict[str, Database]
    issuer: Issuer

    async def ask(self, token: str | None = None, query: str = WHO, **headers: str) -> httpx2.Response:
        """What an operation is answered."""
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        return await self.browser.post("/graphql", json={"query": query}, headers={**bearer, **headers})

    async def viewer(self, token: str | None = None) -> Any:
        """Who CERS says that one is, by a token or the browser's session."""
        answer = (await self.ask(token, **CSRF)).json()
        assert "errors" not in answer, answer
        return answer["data"]["viewer"]

    async def code(self, token: str | None = None) -> tuple[int, str | None]:
        """The status, and the code of the error that refuses."""
        return refusal(await self.ask(token, **CSRF))

    async def begin(self, **query: str) -> dict[str, str]:
        """Send the browser to the issuer; what it is to say there."""
        response = await self.browser.get("/sign-in", params={"tenant": "alpha", **query})
        assert response.status_code == 303, response.text
        return {name: value for name, [value] in parse_qs(urlsplit(response.headers["location"]).query).items()}

    async def come_back(self, **query: str) -> httpx2.Response:
        """The browser comes back from the issuer."""
        return await self.browser.get("/sign-in/callback", params=query)

    async def sign_in(self, *, begin: dict[str, str] | None = None, **claims: Any) -> httpx2.Response:
        """The whole way, with an ID token of these claims."""
        asked = await self.begin(**(begin or {}))
        self.issuer.answer = {
            "id_token": self.issuer.id_token(asked["nonce"], **claims),
            "access_token": "opaque",
            "token_type": "Bearer",
        }
        return await self.come_back(code="c0de", state=asked["state"])

    def later(self, **time: float) -> None:
        """Let time pass for both tenants."""
        for sign_on in self.sign_ons.values():
            now = sign_on.now() + timedelta(**time)
            sign_on.now = lambda now=now: now  # type: ignore[misc]

    def at(self, moment: datetime) -> None:
        for sign_on in self.sign_ons.values():
            sign_on.now = lambda: moment


def refusal(response: httpx2.Response) -> tuple[int, str | None]:
    """The status of an answer, and the code of its first error."""
    errors = response.json().get("errors")
    return response.status_code, errors[0]["extensions"]["code"] if errors else None


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """An issuer on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        made = Issuer(f"http://127.0.0.1:{sock.getsockname()[1]}")
        async with listening(made.app(), sock):
            yield made


@asynccontextmanager
async def opened(issuer: Issuer, template: Path, folder: Path, **asked: Any) -> AsyncIterator[Site]:
    """Tenant alpha takes grants from a claim, beta from its grant table. `asked`: settings besides the usual."""
    urls = {name: f"sqlite:///{shutil.copy(template, folder / f'{name}.sqlite3')}" for name in KEYS}
    common = {"issuer": issuer.address, "client_id": CLIENT, "client_secret": "a secret", "algorithms": ["ES256"]}
    own = {
        "alpha": {"audience": AUDIENCE, "grants_from": "CLAIM", "grants_claim": "grants"},
        "beta": {"audience": OTHER_AUDIENCE},
    }
    tenants = {
        name: TenantSettings(database=url, key=KEYS[name], sign_on=SignOnSettings(**common, **own[name]))
        for name, url in urls.items()
    }
    app = create_app(Settings(sandbox=False, tenants=tenants, disclosure_journals=folder / "journals", **asked))
    application = app.state.application
    worlds = {name: SmallWorld() for name in KEYS}
    databases = {name: tenant.database for name, tenant in application.tenants.items()}
    for name, database in databases.items():
        await database.run(lambda session, name=name: store(session, *worlds[name].rows))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=application.config.origin) as browser:
        yield Site(browser, application.callers.sign_ons, worlds["alpha"], databases, issuer)
    await application.close()


@pytest.fixture
async def site(tmp_path: Path, _sqlite_template: Path) -> AsyncIterator[Site]:
    async with issuing() as issuer, opened(issuer, _sqlite_template, tmp_path) as site:
        yield site


@pytest.fixture
async def secure_site(tmp_path: Path, _sqlite_template: Path) -> AsyncIterator[Site]:
    """Where browsers come by https."""
    async with issuing() as issuer, opened(issuer, _sqlite_template, tmp_path, public_url="https://cers.test") as site:
        yield site


@pytest.fixture(scope="module")
async def standing_site(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> AsyncIterator[Site]:
    """For what changes nothing."""
    folder = tmp_path_factory.mktemp("site")
    async with issuing() as issuer, opened(issuer, _sqlite_template, folder) as site:
        yield site
