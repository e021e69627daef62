"""The product over real HTTP: a server of its own on a free port, and people who ask it."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import uvicorn

from models.database import Database
from policies.identity import Viewer, issue_token
from server import create_app
from settings import Settings, TenantSettings
from tests.conftest import SERVER, TEMPLATE
from tests.postgres import create_database, drop_database

KEY = "a key that only these tests know, 40 char"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def whole_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path
) -> AsyncIterator[Database]:
    """A tenant's database for a whole module of stories."""
    if request.param == "sqlite":
        path = shutil.copy(_sqlite_template, tmp_path_factory.mktemp("story") / "tenant.sqlite3")
        url = f"sqlite:///{path}"
    else:
        name = f"{os.environ[TEMPLATE]}_{uuid4().hex[:12]}"
        url = create_database(os.environ[SERVER], name, template=os.environ[TEMPLATE])
    database = Database(url)
    yield database
    await database.close()
    if request.param == "postgresql":
        drop_database(os.environ[SERVER], name)


@dataclass(frozen=True)
class Person:
    """Somebody with a token (or none) who asks the server."""

    client: httpx2.AsyncClient
    token: str | None = None

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an operation that has no errors."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def answer(self, query: str, **variables: Any) -> Any:
        """The whole JSON of an operation."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return response.json()


@asynccontextmanager
async def serving(config: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A server with these settings; a client that knows where it is."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app(config), log_level="warning", lifespan="on"))
        running = asyncio.create_task(server.serve([listening]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            await running


def settings_for(url: str) -> Settings:
    """One tenant, `demo`, in this database."""
    return Settings(sandbox=False, tenants={"demo": TenantSettings(database=url, key=KEY)})


def token_of(login: str) -> str:
    """A token whose grants are the stored ones."""
    token, _ = issue_token(Viewer("demo", login, grants=None), KEY, timedelta(minutes=5))
    return token


SignIn = Callable[..., Awaitable[Person]]
