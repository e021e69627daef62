"""What the table's tests may ask for: the page's world on either database, loaded once and put back after changes."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import Connection, select

from models import Base
from models.database import Database
from policies.identity import Viewer, issue_token
from policies.sandbox import enter
from seeds.factories import store
from tests.conftest import SERVER, TEMPLATE
from tests.databases import empty
from tests.postgres import create_database, drop_database
from tests.schema.asking import OTHER_KEY, Service, codes
from tests.visibility.questions import MYSELF, Question
from tests.visibility.world import WHO, World, login
from tests.worlds import KEY, ask, open_tenant

LIFETIMES = {"expired": timedelta(hours=-1), "of another tenant": timedelta(hours=1)}
KEYS = {"expired": KEY, "of another tenant": OTHER_KEY}


class Asked:
    """A world in a database, and its people asking."""

    def __init__(self, database: Database, **tenant: Any) -> None:
        self.database = database
        self.world = World(**tenant)
        self.tenant = open_tenant(database, plans=2_000)
        self.service = Service(database, self.world)
        self.sandbox: dict[str, Viewer] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}

    async def load(self) -> "Asked":
        await empty(self.database)
        await self.database.run(lambda session: store(session, *self.world.rows))
        self.rows = await self.database.run(lambda session: _rows(session.connection()))
        for who, person in WHO.items():
            if person["token"] == "by the sandbox's door":
                self.sandbox[who] = await self._enter(person)
        return self

    async def outcome(self, who: str, question: Question) -> str:
        """The words of the cell that says what a person gets."""
        given = question.given(self.world)
        if WHO[who]["token"] in ("none", "expired", "of another tenant"):
            return await self._over_http(who, question, given)
        viewer = self.sandbox.get(who) or self.world.viewer(who)
        told = orjson.loads(orjson.dumps(given).replace(MYSELF.encode(), str(viewer.login).encode()))
        answer = await ask(self.tenant, viewer, question.document, **told)
        cell = ", ".join(answer.codes) or question.cell(answer.data)
        if question.changes and cell == "done":
            await self._put_back()
        return cell

    async def _over_http(self, who: str, question: Question, given: dict[str, Any]) -> str:
        """As one without a good token: what they are is for the server to find out."""
        token = WHO[who]["token"]
        headers = {}
        if token != "none":
            signed, _ = issue_token(self.world.viewer(who), KEYS[token], LIFETIMES[token])
            headers["authorization"] = f"Bearer {signed}"
        body = {"query": question.document, "variables": given}
        response = await self.service.send(json=body, headers=headers)
        return ", ".join(codes(response)) or question.cell(response.json()["data"])

    async def _enter(self, person: dict[str, str]) -> Viewer:
        educator = login(person["login"]) if person["login"] != "given" else None
        code = self.world.schools["Oak"].natural_id
        viewer = await self.database.run(lambda session: enter(session, person["role"], code, educator))
        return replace(viewer, tenant="test")

    async def _put_back(self) -> None:
        await empty(self.database)
        await self.database.run(lambda session: _insert(session.connection(), self.rows))

    async def close(self) -> None:
        await self.service.close()
        await self.database.close()


def _rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }


def _insert(connection: Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    for table in Base.metadata.sorted_tables:
        if rows[table.name]:
            connection.execute(table.insert(), rows[table.name])


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes databases of this worker's own, of one kind."""
    made = []

    def sqlite() -> str:
        path = tmp_path_factory.mktemp("visibility") / "tenant.sqlite3"
        return f"sqlite:///{shutil.copy(request.getfixturevalue('_sqlite_template'), path)}"

    def postgresql() -> str:
        made.append(f"{os.environ[TEMPLATE]}_{uuid4().hex[:12]}")
        return create_database(os.environ[SERVER], made[-1], template=os.environ[TEMPLATE])

    yield {"sqlite": sqlite, "postgresql": postgresql}[request.param]
    for name in made:
        drop_database(os.environ[SERVER], name)


@pytest.fixture(scope="session")
async def asked(urls: Any) -> AsyncIterator[Asked]:
    """The page's world."""
    asked = await Asked(Database(urls())).load()
    yield asked
    await asked.close()


@pytest.fixture(scope="session")
async def otherwise(urls: Any) -> AsyncIterator[Asked]:
    """The page's world in a tenant where the school attended now counts, and last year's groups do."""
    asked = await Asked(Database(urls()), tested_elsewhere=True, group_years="ALL").load()
    yield asked
    await asked.close()
