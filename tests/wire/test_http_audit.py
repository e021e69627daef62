"""The audit of npm `graphql-http`, another maker's, against a real server."""

import asyncio
import json
from pathlib import Path

import pytest

from models.database import Database
from settings import Settings, TenantSettings
from tests.house.tree import ROOT
from tests.stories.conftest import KEY, serving
from tests.worlds import SmallWorld

RULES = 61


@pytest.mark.prove
async def test_every_rule_of_the_audit_holds(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    await SmallWorld().stored_in(database)
    tenant = TenantSettings(database=sqlite_url, key=KEY, introspection=True)
    async with serving(Settings(sandbox=False, tenants={"demo": tenant})) as client:
        command = ("node", ROOT / "tests" / "clients" / "audit.mjs", f"{client.base_url}/graphql")
        audit = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        written, _ = await audit.communicate()
    results = json.loads(written)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == RULES
    await database.close()
