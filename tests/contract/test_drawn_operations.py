"""Whatever operation is drawn from the contract has an answer: never an INTERNAL error, and mostly with data."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.database import Database
from policies.identity import Viewer
from resolvers.engine.types import PUBLIC, needs_of
from schema import schema
from server import create_app
from settings import Settings, TenantSettings
from tests.contract.drawing import Drawing
from tests.contract.practice import copied, may_ask, people, pools
from tests.schema.asking import bearer
from tests.worlds import KEY, SmallWorld

SDL = (Path(__file__).parents[2] / "schema" / "schema.graphql").read_text(encoding="utf-8")
FIELDS: dict[str, Any] = {
    name: needs_of(field)
    for root in (schema._schema.query_type, schema._schema.mutation_type)
    for name, field in (root.fields.items() if root else ())
}
SEED = int(os.environ.get("CERS_TEST_SEED", "2026"))
"""Another one draws other operations."""
EACH = 2000
REFUSED = 150
"""How many of a role's operations are of fields that answer it nothing at all."""
WITH_DATA = 0.6
ROLES = (
    "ANONYMOUS",
    "TEACHER",
    "SITE_COORDINATOR",
    "DISTRICT_COORDINATOR",
    "STATE_ADMINISTRATOR",
    "AGGREGATE_REPORTER",
    "TENANT_ADMINISTRATOR",
)
Drawn = dict[str, list[str]]
"""Operations by root field."""


def drawn(drawing: Drawing, public: int, other: int) -> Drawn:
    counts = {name: public if needs == PUBLIC else other for name, needs in FIELDS.items()}
    return {name: drawing.operations(name, count, by_chance=SEED) for name, count in counts.items()}


def of(role: Viewer | None, operations: Drawn, count: int, refused: int) -> list[str]:
    """A role's share: most of what answers it in turn, what everybody reads last, and some of what is refused."""
    ways = {"refused": [], "own": [], "public": []}
    for name, needs in FIELDS.items():
        way = "public" if needs == PUBLIC else "own" if may_ask(role, needs) else "refused"
        ways[way].append(operations[name])
    answered = [*in_turn(ways["own"]), *in_turn(ways["public"])][: count - refused]
    return [*answered, *in_turn(ways["refused"])][:count]


def in_turn(lists: Sequence[Sequence[str]]) -> list[str]:
    return [each for each in chain.from_iterable(zip_longest(*lists)) if each is not None]


async def answers(client: httpx2.AsyncClient, who: Viewer | None, operations: Sequence[str]) -> Counter[str]:
    """How many answers hold data, and how many errors of each code there are; an INTERNAL one fails at once."""
    told: Counter[str] = Counter()
    for operation in operations:
        response = await client.post("/graphql", json={"query": operation}, headers=bearer(who) if who else {})
        answer = response.json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert response.status_code < 500, f"CERS_TEST_SEED={SEED}:\n{operation}"
        assert "INTERNAL" not in codes, f"CERS_TEST_SEED={SEED}:\n{operation}\n{answer['errors']}"
        told.update(codes, data=any(value is not None for value in (answer.get("data") or {}).values()))
    return told


@pytest.fixture(scope="module")
async def practice(sandbox: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    database = await copied(sandbox, tmp_path_factory.mktemp("practice") / "practice.sqlite3")
    yield database
    await database.close()


@asynccontextmanager
async def served(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A tenant whose viewers may ask as much as they like."""
    app = create_app(Settings(sandbox=False, rate="", tenants={"test": TenantSettings(database=url, key=KEY)}))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
    await app.state.application.close()


@pytest.fixture(scope="module")
async def client(practice: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with served(f"sqlite:///{practice.path}") as client:
        yield client


@pytest.fixture(scope="module")
async def of_the_sandbox(practice: Database) -> Drawn:
    return drawn(Drawing(SDL, await practice.run(pools)), public=EACH // 4, other=EACH // 25)


@pytest.mark.prove
@pytest.mark.parametrize("role", ROLES)
async def test_no_operation_fails_and_most_have_data(
    practice: Database, client: httpx2.AsyncClient, of_the_sandbox: Drawn, role: str
) -> None:
    who = (await practice.run(people))[role]
    operations = of(who, of_the_sandbox, EACH, REFUSED)
    assert len(operations) == EACH
    told = await answers(client, who, operations)
    assert told["data"] >= WITH_DATA * EACH, f"CERS_TEST_SEED={SEED}: {told}"


async def test_operations_drawn_from_the_contract_have_answers_on_postgresql(postgres_url: str) -> None:
    """The same in small."""
    database, world = Database(postgres_url), SmallWorld()
    await world.stored_in(database)
    operations = drawn(Drawing(SDL, await database.run(pools)), public=5, other=5)
    async with served(postgres_url) as client:
        for who in (world.coordinator(), world.teacher()):
            await answers(client, who, in_turn([*operations.values()]))
    await database.close()
