"""A served tenant and a client that asks it over HTTP, in process."""

from datetime import timedelta
from typing import Any

import httpx2

from models.database import Database
from policies.identity import Viewer, issue_token
from server import create_app
from settings import Settings, TenantSettings
from tests.worlds import KEY, SmallWorld

OTHER_KEY = "the key of another tenant, of 32 characters or more"


class Service:
    """The application over tenants `test` and `other`, both with the same rows in the same database."""

    def __init__(self, database: Database, world: SmallWorld, **settings: Any) -> None:
        url = database.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
        keys = {"test": KEY, "other": OTHER_KEY}
        tenants = {name: TenantSettings(database=url, key=key) for name, key in keys.items()}
        self.world = world
        self.app = create_app(Settings(sandbox=False, tenants=tenants, **settings))
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, raise_app_exceptions=False), base_url="http://test"
        )

    async def close(self) -> None:
        await self.client.aclose()
        await self.app.state.application.close()

    async def send(self, method: str = "POST", who: Viewer | None = None, **request: Any) -> httpx2.Response:
        """Any request to /graphql."""
        headers = {**(bearer(who) if who else {}), **request.pop("headers", {})}
        return await self.client.request(method, "/graphql", headers=headers, **request)

    async def ask(self, who: Viewer | None, query: str, **variables: Any) -> httpx2.Response:
        """A well-formed POST."""
        return await self.send(who=who, json={"query": query, "variables": variables})


def bearer(who: Viewer, *, tenant: str = "test", key: str = KEY) -> dict[str, str]:
    """The header of a good token."""
    signed, _ = issue_token(Viewer(tenant, who.login, None, who.grants), key, timedelta(minutes=5))
    return {"authorization": f"Bearer {signed}"}


def codes(response: httpx2.Response) -> list[str]:
    """The stable codes of an answer's errors."""
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]
