"""Clients of other makers: their code is generated from the contract, compiles, and reads what the server says."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from settings import Settings, TenantSettings
from tests.contract.practice import copied, people
from tests.house.tree import ROOT
from tests.schema.asking import bearer
from tests.stories.conftest import serving
from tests.worlds import KEY

pytestmark = pytest.mark.prove
CLIENTS = ROOT / "tests" / "clients"
SOURCES = CLIENTS / "typescript"


async def run(folder: Path, *command: str) -> tuple[int, str]:
    """The exit code of a command of npm's packages, and all that it says."""
    environment = {**os.environ, "PATH": f"{CLIENTS / 'node_modules' / '.bin'}:{os.environ['PATH']}"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients with everything that is generated from the contract, compiled."""
    folder = shutil.copytree(SOURCES, tmp_path_factory.mktemp("clients") / "typescript")
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    shutil.copy(CLIENTS / "package.json", folder)
    shutil.copy(ROOT / "schema" / "schema.graphql", folder)
    for command in ("graphql-codegen --config codegen.json", "relay-compiler relay.config.json", "tsc"):
        code, told = await run(folder, *command.split())
        assert code == 0, f"{command}: {told}"
    return folder


@pytest.fixture(scope="module")
async def practice(sandbox: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    database = await copied(sandbox, tmp_path_factory.mktemp("practice") / "practice.sqlite3")
    yield database
    await database.close()


async def answer(made: Path, practice: Database, client: str, **settings: Any) -> Any:
    """What a client reads as the coordinator of a school, from a server of its own."""
    who = (await practice.run(people))["SITE_COORDINATOR"]
    assert who
    token = bearer(who)["authorization"].removeprefix("Bearer ")
    tenant = TenantSettings(database=f"sqlite:///{practice.path}", key=KEY, **settings)
    async with serving(Settings(sandbox=False, tenants={"test": tenant})) as server:
        address = str(server.base_url.join("/graphql"))
        code, told = await run(made, "node", f"build/{client}.js", address, token, *(["trusted"] if settings else []))
    assert code == 0, told
    return json.loads(told)


@pytest.mark.parametrize("trusted", [False, True], ids=["by text", "by SHA-256"])
async def test_a_generated_client_compiles_and_reads_every_screen(
    made: Path, practice: Database, trusted: bool
) -> None:
    """By SHA-256: of the manifest that graphql-codegen writes, from a tenant that answers nothing else."""
    manifest = {"trusted_documents": made / "generated" / "persisted-documents.json", "only_trusted": True}
    told = await answer(made, practice, "typed", **(manifest if trusted else {}))
    assert told["errors"] == []
    assert told["students"] == told["studentCount"] > 20
    assert 2000 < told["highest"] < 3000
    assert told["results"] > 3
    assert told["groups"] > 10
    assert len(told["tested"]) == 2
    assert all(tested > 50 for tested in told["tested"])
    assert told["made"] == 3


async def test_a_client_that_misreads_the_contract_does_not_compile(made: Path, tmp_path: Path) -> None:
    wrong = shutil.copytree(made, tmp_path / "wrong", symlinks=True)
    typed = (wrong / "typed.ts").read_text(encoding="utf-8")
    (wrong / "typed.ts").write_text(typed.replace("score?.value ?? []", "score.value ?? []"), encoding="utf-8")
    code, told = await run(wrong, "tsc", "--noEmit")
    assert code != 0
    assert "'score' is possibly 'null'" in told


@pytest.mark.parametrize("client", ["relay", "apollo"])
async def test_a_client_pages_through_a_connection(made: Path, practice: Database, client: str) -> None:
    told = await answer(made, practice, client)
    assert told["total"] > 1000
    assert told["pages"] == -(-told["total"] // 100)
    assert len(told["ssids"]) == len(set(told["ssids"])) == told["total"]
