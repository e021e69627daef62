"""Both databases store what the models say, and every test finds them empty."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import models
from models.database import Database
from models.ids import new_id
from tests.databases import empty


def store_a_student(session: Session) -> models.Student:
    district = models.District(id=new_id(), natural_id="99900010000000", name="Ünity", sort_key="ünity")
    session.add(district)
    session.flush()
    school = models.School(
        id=new_id(), natural_id="99900010000001", name="First", sort_key="first", district_id=district.id
    )
    session.add(school)
    session.flush()
    student = models.Student(
        id=new_id(),
        ssid="9990000001",
        last_name="Ñandú",
        sort_key="ñandú",
        birthday=date(2015, 2, 28),
        current_school_id=school.id,
        known_at=datetime(2026, 5, 12, 10, 3, 0, 999, tzinfo=timezone(timedelta(hours=-7))),
        ethnicities=models.demographics.ETHNICITIES["ASIAN"],
        iep=True,
    )
    session.add(student)
    return student


async def test_a_stored_student_reads_back_the_same_on_both_databases(database: Database) -> None:
    stored = await database.run(store_a_student)
    read = await database.run(lambda session: session.scalars(select(models.Student)).one())
    assert (read.id, read.last_name, read.birthday, read.iep) == (stored.id, "Ñandú", date(2015, 2, 28), True)
    assert read.known_at == datetime(2026, 5, 12, 17, 3, 0, tzinfo=UTC)
    assert read.gender is None


async def test_json_columns_keep_lists_and_objects(database: Database) -> None:
    policy = {"gender": "ADMIN_ONLY"}
    await database.run(lambda session: session.add(models.Tenant(name="demo", school_year=2026, field_policy=policy)))
    tenant = await database.run(lambda session: session.scalars(select(models.Tenant)).one())
    assert tenant.field_policy == policy
    assert tenant.group_years == "CURRENT"


async def test_a_key_that_points_nowhere_is_refused(database: Database) -> None:
    grade = models.Level(label_set_id=1, number=1, label="Level 1")
    with pytest.raises(IntegrityError):
        await database.run(lambda session: session.add(grade))


async def test_work_that_fails_stores_nothing(database: Database) -> None:
    def fail(session: Session) -> None:
        store_a_student(session)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await database.run(fail)
    assert await database.run(lambda session: session.scalars(select(models.District)).all()) == []


async def test_text_sorts_by_bytes_on_both_databases(database: Database) -> None:
    codes = ["a", "B", "é", "z", "Z", "_"]
    rows = [models.Subject(id=new_id(), code=code, name=code) for code in codes]
    await database.run(lambda session: session.add_all(rows))
    query = select(models.Subject.code).order_by(models.Subject.code)
    assert await database.run(lambda session: list(session.scalars(query))) == sorted(codes)


async def test_emptying_leaves_no_row(database: Database) -> None:
    await database.run(store_a_student)
    await empty(database)
    assert await database.run(lambda session: session.scalars(select(models.Student)).all()) == []


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_starts_with_no_rows(database: Database, turn: int) -> None:
    assert await database.run(lambda session: session.scalars(select(models.District)).all()) == []
    await database.run(store_a_student)


def test_a_synchronous_test_gets_an_empty_postgresql(postgres_url: str) -> None:
    assert postgres_url.startswith("postgresql://")
