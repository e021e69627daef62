"""The second wall: with the gate's rules left out of a statement, rows of other districts still stay hidden.

PostgreSQL only: SQLite has neither roles nor row-level security, so there the gate stands alone (docs/operators.md).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from asyncpg import PostgresError
from sqlalchemy import func, make_url, select

from models import Base
from models.database import Database
from models.wall import OPEN, WALLED, Opening
from policies.errors import BadInput
from policies.gate import Admitted, Gate
from policies.identity import Viewer
from policies.rows import OPEN_TABLES, ROW_RULES
from policies.scope import Scope
from resolvers.context import Tenant
from seeds.factories import (
    DisclosureFactory,
    DisclosureStudentFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    ItemResponseFactory,
    PendingMemberFactory,
    ResultFactory,
    StudentFactory,
    SubScoreFactory,
    TargetScoreFactory,
    TraitScoreFactory,
)
from tests.databases import create_schema
from tests.postgres import execute
from tests.worlds import SmallWorld, ask, open_tenant, viewer

every_table = pytest.mark.parametrize("table", sorted(WALLED))


class Ungated:
    """A viewer whose statements the gate has left as they are."""

    def __init__(self, gate: Gate, scope: Scope) -> None:
        self.gate = gate
        self.scope = scope

    async def read(self, sql: str) -> list[Any]:
        admitted = Admitted(sql, (), self.scope.shape, long=False)
        return [row[0] for row in await self.gate.fetch(admitted, self.scope, {})]

    async def districts(self, table: str) -> set[int]:
        """The districts of the rows that the wall shows of a table."""
        return set(await self.read(f"SELECT DISTINCT district_id FROM {table}"))


class TwoDistricts(SmallWorld):
    """North and South each have rows in every table; Dan was tested in the South and is now at Oak in the North."""

    def __init__(self, **tenant: Any) -> None:
        super().__init__(**tenant)
        self.dan = self.keep(StudentFactory.build(school=self.oak, first_name="Dan"))
        self.dans = self.keep(ResultFactory.build(student=self.dan, assessment=self.ica_ela, school=self.fir))
        self.keep(SubScoreFactory.build(result=self.dans, definition=self.claim))
        self.keep(TraitScoreFactory.build(result=self.dans))
        self.keep(TargetScoreFactory.build(result=self.dans, target=self.target))
        self.keep(ItemResponseFactory.build(result=self.dans, item=self.item))
        self.keep(PendingMemberFactory.build(group=self.group))
        for district, student in ((self.north, self.ana), (self.south, self.fay)):
            entry = self.keep(DisclosureFactory.build(district=district))
            self.keep(DisclosureStudentFactory.build(disclosure=entry, student=student))
        self.firs, self.others = (self.south_group(f"firs {number}") for number in (1, 2))

    def south_group(self, name: str) -> Any:
        group = self.keep(GroupFactory.build(school=self.fir, name=name))
        self.keep(GroupMemberFactory.build(group=group, student=self.fay))
        self.keep(PendingMemberFactory.build(group=group))
        self.keep(GroupEducatorFactory.build(group=group, login=f"{name}@example.org"))
        return group


@pytest.fixture
def world() -> TwoDistricts:
    return TwoDistricts()


@pytest.fixture
async def database(postgres_url: str) -> Any:
    database = Database(postgres_url)
    yield database
    await database.close()


@pytest.fixture
async def tenant(database: Database, world: TwoDistricts) -> Tenant:
    return await world.stored_in(database)


async def ungated(tenant: Tenant, who: Viewer | None) -> Ungated:
    return Ungated(tenant.engine.gate, (await tenant.context(who)).scope)


@every_table
async def test_rows_of_other_districts_stay_hidden_without_the_gate(
    tenant: Tenant, world: TwoDistricts, table: str
) -> None:
    rows = Base.metadata.tables[table]
    stored = await tenant.database.run(lambda session: set(session.scalars(select(rows.c.district_id))))
    assert stored == {world.north.id, world.south.id}
    for who in (world.coordinator(), world.teacher(), world.site_educator()):
        assert await (await ungated(tenant, who)).districts(table) == {world.north.id}


@every_table
async def test_a_statewide_viewer_meets_every_row(tenant: Tenant, world: TwoDistricts, table: str) -> None:
    [shown] = await (await ungated(tenant, world.state_administrator())).read(f"SELECT count(*) FROM {table}")
    rows = select(func.count()).select_from(Base.metadata.tables[table])
    assert shown == await tenant.database.run(lambda session: session.scalar(rows))


@every_table
async def test_who_is_granted_nothing_meets_no_row(tenant: Tenant, table: str) -> None:
    for who in (None, viewer("nobody@example.org")):
        assert await (await ungated(tenant, who)).districts(table) == set()


@every_table
async def test_a_read_that_names_no_district_meets_no_row(tenant: Tenant, table: str) -> None:
    assert list(await tenant.database.reader.fetch(f"SELECT 1 FROM {table}", (), Opening())) == []


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("table", ["result", "sub_score", "trait_score", "target_score", "item_response"])
async def test_results_from_elsewhere_pass_only_where_the_tenant_shows_them(
    database: Database, table: str, elsewhere: bool
) -> None:
    world = TwoDistricts(tested_elsewhere=elsewhere)
    coordinator = await ungated(await world.stored_in(database), world.coordinator())
    key = "id" if table == "result" else "result_id"
    shown = await coordinator.read(f"SELECT {key} FROM {table} WHERE district_id = {world.south.id}")
    assert shown == ([world.dans.id] if elsewhere else [])


async def test_what_the_gate_shows_of_another_district_passes(database: Database) -> None:
    world = TwoDistricts(tested_elsewhere=True)
    tenant = await world.stored_in(database)
    document = """query Q($ssid: SSID!) { student(ssid: $ssid) { results(first: 9) { nodes {
        testedElsewhere subScores { code } items { points } } } } }"""
    answer = await ask(tenant, world.coordinator(), document, ssid=world.dan.ssid)
    [result] = answer.data["student"]["results"]["nodes"]
    assert result["testedElsewhere"]
    assert result["subScores"]
    assert result["items"]


async def test_a_group_assigned_in_another_district_passes_and_opens_no_result(
    tenant: Tenant, world: TwoDistricts
) -> None:
    who = viewer("firs 1@example.org", ("TEACHER", "SCHOOL", world.oak.natural_id))
    teacher = await ungated(tenant, who)
    south = f"WHERE district_id = {world.south.id}"
    assert await teacher.read(f"SELECT id FROM student_group {south}") == [world.firs.id]
    for table in ("group_member", "pending_member", "group_educator"):
        assert await teacher.read(f"SELECT group_id FROM {table} {south}") == [world.firs.id]
    assert await teacher.districts("result") == {world.north.id}


async def test_a_custom_group_passes_for_its_owner_alone(database: Database, world: TwoDistricts) -> None:
    custom = world.keep(GroupFactory.build(school=world.fir, kind="CUSTOM", owner_login="own'er@example.org"))
    tenant = await world.stored_in(database)
    for login, shown in (("own'er@example.org", [custom.id]), ("', true); RESET ROLE; --", [])):
        assert await (await ungated(tenant, viewer(login))).read("SELECT id FROM student_group") == shown


@pytest.mark.parametrize("ends", ["well", "in an error", "in a cancellation", "cut off at any moment"])
async def test_the_next_request_on_a_connection_starts_with_none(
    tenant: Tenant, world: TwoDistricts, ends: str
) -> None:
    state = await ungated(tenant, world.state_administrator())
    connection = await state.read("SELECT pg_backend_pid() FROM result LIMIT 1")
    if ends == "in an error":
        with pytest.raises(BadInput):
            await state.read("SELECT 1 / 0 FROM result")
    if ends == "in a cancellation":
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await state.read("SELECT pg_sleep(60)")
    if ends == "cut off at any moment":
        for moment in range(60):
            with suppress(TimeoutError):
                async with asyncio.timeout(moment / 20_000):
                    await state.read("SELECT 1 FROM result")
    nobody = await ungated(tenant, None)
    assert await nobody.read("SELECT pg_backend_pid()") == connection
    for name, none in (("districts", "{}"), ("current_districts", "{}"), ("login", "")):
        assert await nobody.read(f"SELECT current_setting('cers.{name}', true)") == [none]
    assert await nobody.districts("result") == set()
    assert await (await ungated(tenant, world.coordinator())).districts("result") == {world.north.id}


async def test_connections_never_serve_a_viewer_with_the_opening_of_another(
    tenant: Tenant, world: TwoDistricts
) -> None:
    """Three viewers take turns on eight connections, reads are cut off at random moments, in between or at once."""
    south = viewer("south@example.org", ("DISTRICT_COORDINATOR", "DISTRICT", world.south.natural_id))
    viewers = [
        (await ungated(tenant, world.coordinator()), {world.north.id}),
        (await ungated(tenant, south), {world.south.id}),
        (await ungated(tenant, None), set[int]()),
    ]
    chance = Random(7)

    async def read() -> bool:
        who, own = chance.choice(viewers)
        try:
            async with asyncio.timeout(chance.choice([60, 60, 0.02, 0.002])):
                assert await who.districts("result") == own
        except TimeoutError:
            return False
        return True

    for together in (1, 8, 40, 1, 40):
        await asyncio.gather(*(read() for _ in range(together)))


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM result",
        "UPDATE student SET last_name = ''",
        "INSERT INTO district (id, natural_id, name, sort_key) VALUES (1, '1', '', '')",
        "TRUNCATE item_response",
        "ALTER TABLE result DISABLE ROW LEVEL SECURITY",
        "DROP POLICY second_wall ON result",
        "CREATE TABLE loot AS SELECT * FROM result",
        "SELECT 1 FROM access_grant",
        "SELECT 1 FROM tenant",
        "SELECT 1 FROM sign_on_session",
    ],
)
@pytest.mark.parametrize("read_only", ["on", "off"])
async def test_who_reads_may_do_nothing_else(tenant: Tenant, sql: str, read_only: str) -> None:
    opening = Opening(None)
    opening.__dict__["settings"] = f"{opening.settings}; SET default_transaction_read_only = {read_only}"
    with pytest.raises(PostgresError, match=r"permission denied|must be owner|read-only transaction"):
        await tenant.database.reader.fetch(sql, (), opening)


async def test_who_reads_is_neither_owner_nor_above_the_wall(tenant: Tenant) -> None:
    read = tenant.database.reader.fetch
    [role] = await read(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user",
        (),
        Opening(),
    )
    assert tuple(role) == ("cers_reader", False)
    owned = "SELECT relname FROM pg_class WHERE pg_has_role(current_user, relowner, 'USAGE')"
    assert list(await read(owned, (), Opening())) == []


@pytest.fixture
async def plain_owner(bare_postgres_url: str) -> AsyncIterator[tuple[str, str]]:
    """The URLs of a tenant whose owner is no superuser, for the owner and for a login that may only read."""
    owner = f"owner_{uuid4().hex[:12]}"
    database = bare_postgres_url.rpartition("/")[2]
    await execute(
        bare_postgres_url,
        f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'o'; CREATE ROLE {owner}_web LOGIN PASSWORD 'w';"
        f'ALTER DATABASE "{database}" OWNER TO {owner}',
    )
    yield with_login(bare_postgres_url, owner, "o"), with_login(bare_postgres_url, f"{owner}_web", "w")
    await execute(
        bare_postgres_url, f"REASSIGN OWNED BY {owner} TO CURRENT_USER; DROP OWNED BY {owner}, {owner}_reader"
    )
    await execute(bare_postgres_url, f"DROP ROLE {owner}_web, {owner}_reader, {owner}")


def with_login(url: str, login: str, password: str) -> str:
    return make_url(url).set(username=login, password=password).render_as_string(hide_password=False)


async def test_an_owner_who_is_no_superuser_needs_nothing_else(
    plain_owner: tuple[str, str], world: TwoDistricts
) -> None:
    owner, web = plain_owner
    await create_schema(owner)
    await execute(owner, f"GRANT {make_url(owner).username}_reader TO {make_url(web).username}")
    for reader in (None, web):
        database = Database(owner, for_reading=reader)
        tenant = open_tenant(database) if reader else await world.stored_in(database)
        assert await (await ungated(tenant, world.coordinator())).districts("result") == {world.north.id}
        [who] = await database.reader.fetch("SELECT session_user::text", (), Opening())
        assert who[0] == make_url(reader or owner).username
        if reader:
            with pytest.raises(PostgresError, match="permission denied to set role"):
                await database.reader.fetch(f"SET ROLE {make_url(owner).username}", (), Opening())
        await database.close()


@pytest.mark.parametrize("attribute", ["BYPASSRLS", "SUPERUSER"])
async def test_a_reader_above_the_wall_is_refused(
    bare_postgres_url: str, plain_owner: tuple[str, str], attribute: str
) -> None:
    owner, _ = plain_owner
    await execute(bare_postgres_url, f"CREATE ROLE {make_url(owner).username}_reader {attribute}")
    with pytest.raises(ValueError, match="above the second wall"):
        await create_schema(owner)


async def test_nothing_is_read_where_the_wall_is_down(bare_postgres_url: str, world: TwoDistricts) -> None:
    await create_schema(bare_postgres_url)
    await execute(bare_postgres_url, "ALTER TABLE result DISABLE ROW LEVEL SECURITY")
    database = Database(bare_postgres_url)
    with pytest.raises(RuntimeError, match="no second wall"):
        await database.reader.fetch("SELECT 1", (), Opening())
    await database.close()


def test_every_table_the_gate_protects_is_behind_the_wall_but_reference_tables() -> None:
    reference = {"student", "availability", "availability_change"}
    assert set(ROW_RULES) - reference <= set(WALLED)
    assert set(OPEN) == reference | OPEN_TABLES
