"""What the command line sets: tenant, grants, availability."""

from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import select

from ingest.access import add_grant, set_availability, set_tenant
from ingest.problem import Rejected
from models import Availability, AvailabilityChange, Grant, Tenant
from models.database import Database
from tests.ingest.documents import DISTRICT, SCHOOL


async def values(database: Database, *columns: Any) -> list[Any]:
    return await database.run(lambda session: sorted(tuple(row) for row in session.execute(select(*columns))))


async def test_a_tenant_needs_a_school_year_to_begin_with(database: Database) -> None:
    with pytest.raises(Rejected, match="school_year"):
        await database.run(lambda session: set_tenant(session, name="Ours"))


async def test_only_what_is_given_changes(database: Database) -> None:
    await database.run(lambda session: set_tenant(session, name="Ours", school_year=2019))
    await database.run(lambda session: set_tenant(session, tested_elsewhere=True, group_years="ALL"))
    columns = Tenant.name, Tenant.school_year, Tenant.tested_elsewhere, Tenant.group_years, Tenant.reference_version
    assert await values(database, *columns) == [("Ours", 2019, True, "ALL", 2)]


@pytest.mark.parametrize("change", [{"school_year": 19}, {"group_years": "SOME"}, {"name": "x" * 101}])
async def test_a_setting_that_makes_no_sense_is_refused(tenant: Database, change: dict[str, Any]) -> None:
    with pytest.raises(Rejected, match=next(iter(change))):
        await tenant.run(lambda session: set_tenant(session, **change))


@pytest.mark.parametrize(("level", "organization"), [("STATE", "CA"), ("DISTRICT", DISTRICT), ("SCHOOL", SCHOOL)])
async def test_a_grant_is_stored_once_for_the_tenants_school_year(
    known: Database, level: str, organization: str
) -> None:
    for login in (" Teacher@Example.org", "teacher@example.org"):
        await known.run(
            lambda session, login=login: add_grant(
                session, login=login, role="TEACHER", level=level, organization=organization
            )
        )
    columns = Grant.login, Grant.role, Grant.level, Grant.organization, Grant.school_year
    assert await values(known, *columns) == [("teacher@example.org", "TEACHER", level, organization, 2019)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"level": "PLANET"}, "must be one of"),
        ({"organization": "123"}, "unknown school"),
        ({"level": "STATE", "organization": "OR"}, "unknown state"),
        ({"login": "  "}, "missing"),
    ],
)
async def test_a_grant_nowhere_is_refused(known: Database, change: dict[str, str], error: str) -> None:
    grant = {"login": "a@example.org", "role": "TEACHER", "level": "SCHOOL", "organization": SCHOOL} | change
    with pytest.raises(Rejected, match=error):
        await known.run(lambda session: add_grant(session, **grant))


def available(**given: Any) -> Any:
    settings: dict[str, Any] = {"school_year": 2019, "program_code": "all", "district_code": "all", "changed_by": "op"}
    return lambda session: set_availability(session, **settings | given)


async def test_availability_is_set_for_all_districts_and_summative_programs(known: Database) -> None:
    assert await known.run(available(individual="RELEASED")) == 2
    assert await known.run(available(district_code=DISTRICT, program_code="ELA_SUMMATIVE", aggregate="Reviewing")) == 1
    assert await values(known, Availability.individual, Availability.aggregate, Availability.changed_by) == [
        ("RELEASED", "LOADING", "op"),
        ("RELEASED", "REVIEWING", "op"),
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, "neither"),
        ({"individual": "OUT"}, "must be one of"),
        ({"individual": "RELEASED", "program_code": "NOPE"}, "unknown program"),
        ({"individual": "RELEASED", "program_code": "ELA_INTERIM"}, "never held back"),
        ({"individual": "RELEASED", "district_code": "123"}, "unknown district"),
    ],
)
async def test_an_availability_that_makes_no_sense_is_refused(
    known: Database, change: dict[str, str], error: str
) -> None:
    with pytest.raises(Rejected, match=error):
        await known.run(available(**change))


async def test_what_an_operator_sets_is_kept_in_the_history(known: Database) -> None:
    one = {"program_code": "ELA_SUMMATIVE", "district_code": DISTRICT}
    await known.run(available(**one, individual="RELEASED", aggregate="REVIEWING"))
    await known.run(available(**one, individual="RELEASED", aggregate="LOADING"))
    change = AvailabilityChange
    assert await values(known, change.id, change.report, change.before, change.after, change.changed_by) == [
        (ANY, "INDIVIDUAL", "LOADING", "RELEASED", "op"),
        (ANY, "AGGREGATE", "LOADING", "REVIEWING", "op"),
        (ANY, "AGGREGATE", "REVIEWING", "LOADING", "op"),
    ]
