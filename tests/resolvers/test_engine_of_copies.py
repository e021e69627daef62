"""The engine of a copy shares plans with that of the original, and never rows."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import update

import models
from models.database import Database
from resolvers.context import Tenant
from tests.worlds import KEY, LIMITS, SmallWorld, ask, open_tenant

DOCUMENT = "{ groups { nodes { name students { nodes { firstName } } } } }"
SCHOOLS = "{ groups { nodes { school { name } } } }"
Two = tuple[Tenant, Tenant, SmallWorld]


@pytest.fixture
async def two(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    """A tenant, one whose database is a copy of its, and what both hold."""
    database, world = Database(sqlite_url), SmallWorld()
    await world.stored_in(database)
    await database.close()
    path = tmp_path / "copy.sqlite3"
    copyfile(database.path, path)
    original = open_tenant(Database(sqlite_url))
    await original.reference.current()
    copy = Tenant("test", Database(f"sqlite:///{path}"), KEY, None, plans=1, limits=LIMITS, copy_of=original)
    yield original, copy, world
    for tenant in (original, copy):
        await tenant.database.close()


async def test_a_copy_answers_by_the_originals_plans_with_its_own_rows(two: Two) -> None:
    original, copy, world = two
    before = (await ask(original, world.teacher(), DOCUMENT)).data
    plans = len(original.engine._plans._plans)
    renamed = update(models.Group).values(name="Bees", sort_key="bees")
    await copy.database.run(lambda session: session.execute(renamed))
    [group] = (await ask(copy, world.teacher(), DOCUMENT)).data["groups"]["nodes"]
    assert (group["name"], group["students"]["nodes"]) == ("Bees", [{"firstName": "Ana"}])
    assert len(original.engine._plans._plans) == plans
    assert (await ask(original, world.teacher(), DOCUMENT)).data == before


async def test_a_copy_with_other_reference_data_makes_plans_of_its_own(two: Two) -> None:
    """Even where both count their versions alike."""
    original, copy, world = two
    names = {original: "Oak 1", copy: "Oak 2"}
    for tenant, name in names.items():
        renamed = update(models.School).where(models.School.name == "Oak").values(name=name)
        version = update(models.Tenant).values(reference_version=models.Tenant.reference_version + 1)
        for change in (renamed, version):
            await tenant.database.run(lambda session, change=change: session.execute(change))  # type: ignore[misc]
        await tenant.reference.renew()
    for tenant in (original, copy, original):
        [group] = (await ask(tenant, world.teacher(), SCHOOLS)).data["groups"]["nodes"]
        assert group["school"]["name"] == names[tenant]
