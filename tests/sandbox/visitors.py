"""Visitors, trainers and participants of a served sandbox, and a clock that goes on when told."""

from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any

import httpx2

from sandbox import Sandbox
from server import create_app
from settings import Settings, TenantSettings
from tests.schema.asking import codes

KEY = "a key of the production tenant, of 32 characters"
CSRF = {"x-cers-csrf": "1"}
COUNT = "{ groups { totalCount } }"
MAKE = """
mutation Make($name: String!, $students: [ID!]!) {
  createCustomGroup(input: {name: $name, studentIds: $students}) { group { id name } errors { code message } }
}
"""


@dataclass
class Visitor:
    """Somebody in a session."""

    client: httpx2.AsyncClient
    entered: dict[str, Any]
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return str(self.entered["token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", **self.extra}

    async def send(self, query: str, **variables: Any) -> httpx2.Response:
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=self.headers)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        response = await self.send(query, **variables)
        assert "errors" not in response.json(), response.text
        return response.json()["data"]

    async def refused(self, query: str, **variables: Any) -> tuple[list[str], str]:
        """The codes and the first message of an answer that is all errors."""
        response = await self.send(query, **variables)
        return codes(response), response.json().get("errors", [{"message": ""}])[0]["message"]

    async def groups(self) -> set[str]:
        """The names of the groups that the visitor sees."""
        nodes = (await self.ask("{ groups(first: 200) { nodes { name } } }"))["groups"]["nodes"]
        return {node["name"] for node in nodes}

    async def make(self, name: str) -> None:
        """Make a custom group of nobody."""
        payload = (await self.ask(MAKE, name=name, students=[]))["createCustomGroup"]
        assert payload["errors"] == []

    async def leave(self) -> httpx2.Response:
        return await self.client.delete("/sandbox/sessions", headers=self.headers)


@dataclass(frozen=True)
class Trainer:
    """Whoever opened a room."""

    client: httpx2.AsyncClient
    opened: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.opened["code"])

    @property
    def address(self) -> str:
        return f"/sandbox/rooms/{self.code}"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.opened['trainerToken']}"}

    async def join(self, nickname: str = "Ada", role: str = "TEACHER", **choice: str) -> Visitor:
        body = {"role": role, "nickname": nickname, **choice}
        response = await self.client.post(f"{self.address}/sessions", json=body)
        assert response.status_code == 201, response.text
        return Visitor(self.client, response.json())

    async def show(self) -> Any:
        response = await self.client.get(self.address, headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def reset(self) -> Any:
        response = await self.client.post(f"{self.address}/reset", headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def close(self) -> httpx2.Response:
        return await self.client.delete(self.address, headers=self.headers)


class House:
    """The application over a sandbox and the production tenant `demo`, in process."""

    def __init__(self, original: Path, **settings: Any) -> None:
        demo = TenantSettings(database=f"sqlite:///{original}", key=KEY)
        settings = {"rate": "", "sandbox_path": original, "tenants": {"demo": demo}, **settings}
        self.app = create_app(Settings(**settings))
        self.original = original
        self.clock = 0.0
        self.sandbox.registry.now = lambda: time() + self.clock
        self.client = self.browser()

    @property
    def sandbox(self) -> Sandbox:
        found = self.app.state.application.sandbox
        assert isinstance(found, Sandbox)
        return found

    def browser(self) -> httpx2.AsyncClient:
        """A client with cookies of its own."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://test")

    async def enter(self, role: str = "TEACHER", **choice: str) -> Visitor:
        response = await self.client.post("/sandbox/sessions", json={"role": role, **choice})
        assert response.status_code == 201, response.text
        return Visitor(self.client, response.json())

    async def open_room(self, **given: str) -> Trainer:
        response = await self.client.post("/sandbox/rooms", json=given)
        assert response.status_code == 201, response.text
        return Trainer(self.client, response.json())

    def copies(self) -> list[str]:
        """The copies on disk that are somebody's."""
        return sorted(self.sandbox.files.names() - {str(self.sandbox.copies.spare.name)})

    async def clean_up(self) -> None:
        """What each process does every minute."""
        await self.sandbox.copies.clean_up()
        await self.sandbox.opened.closed()

    async def close(self) -> None:
        """As an orderly end of the process does; a second time nothing."""
        if self.client.is_closed:
            return
        await self.client.aclose()
        await self.app.state.application.close()
