"""The disclosure log's tables: an entry is stored once, split by district, and forgotten after its time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import Disclosure, DisclosureStudent
from models.database import Database
from models.disclosure import Entry, forget, list_key, store
from models.ids import first_id_at, new_id

NOW = datetime(2026, 5, 12, 17, 3, 0, tzinfo=UTC)
NORTH, SOUTH = 1, 2
Lists = Mapping[int, Sequence[int]]


def entry(students: Lists, *, days_ago: int = 0, **values: Any) -> Entry:
    served_at = NOW - timedelta(days=days_ago)
    given = {"login": "teacher@example.org", "operation": "Page", "document": "d" * 64, **values}
    return Entry(
        id=first_id_at(served_at) + new_id() % 1000, served_at=served_at, school_year=2026, students=students, **given
    )


async def stored(database: Database) -> tuple[list[Any], list[Any]]:
    """Rows of both tables: (district, disclosure, list) and (district, list, student)."""

    def read(session: Any) -> tuple[list[Any], list[Any]]:
        lists = select(DisclosureStudent.district_id, DisclosureStudent.list_id, DisclosureStudent.student_id)
        rows = select(Disclosure.district_id, Disclosure.id, Disclosure.list_id)
        return [tuple(r) for r in session.execute(rows)], sorted(tuple(r) for r in session.execute(lists))

    return await database.run(read)


def test_an_entry_reads_back_as_it_was_written() -> None:
    whole = entry({NORTH: [11, 2**62], SOUTH: []}, of_log=True, list_id=5)
    assert Entry.read(whole.written()) == whole


async def test_an_answer_about_two_districts_is_a_row_in_each(database: Database) -> None:
    one = entry({NORTH: [11, 12], SOUTH: [21]})
    await database.run(lambda session: store(session, [one]))
    disclosures, students = await stored(database)
    assert sorted(disclosures) == [(NORTH, one.id, one.id), (SOUTH, one.id, one.id)]
    assert students == [(NORTH, one.id, 11), (NORTH, one.id, 12), (SOUTH, one.id, 21)]
    row = await database.run(lambda session: session.get(Disclosure, (NORTH, one.id)))
    assert (row.login, row.operation, row.document) == ("teacher@example.org", "Page", "d" * 64)
    assert (row.served_at, row.school_year, row.of_log) == (NOW, 2026, False)


async def test_an_entry_that_comes_twice_is_stored_once(database: Database) -> None:
    one, two = entry({NORTH: [11]}), entry({NORTH: [12]})
    for entries in ([one], [one, two]):
        await database.run(lambda session, entries=entries: store(session, entries))
    assert [len(rows) for rows in await stored(database)] == [2, 2]


@pytest.mark.parametrize("login", ["long@" + "x" * 500, "null\x00character"])
async def test_no_text_keeps_an_entry_out(database: Database, login: str) -> None:
    await database.run(lambda session: store(session, [entry({NORTH: [11]}, login=login, operation=login)]))
    assert len((await stored(database))[0]) == 1


async def test_a_bulk_output_served_again_has_its_list_once(database: Database) -> None:
    own = new_id()
    first, again = entry({NORTH: [11, 12]}, list_id=own), entry({NORTH: []}, list_id=own)
    await database.run(lambda session: store(session, [first, again]))
    disclosures, students = await stored(database)
    assert sorted(disclosures) == sorted([(NORTH, first.id, own), (NORTH, again.id, own)])
    assert students == [(NORTH, own, 11), (NORTH, own, 12)]


def test_a_list_is_known_by_whom_it_lists_and_in_which_district() -> None:
    key = list_key({NORTH: [12, 11], SOUTH: []})
    assert key == list_key({SOUTH: [], NORTH: [11, 12]})
    assert key not in (list_key({NORTH: [11], SOUTH: []}), list_key({NORTH: [], SOUTH: [11, 12]}))


async def test_what_is_older_is_forgotten_and_the_rest_kept(database: Database) -> None:
    old, recent = entry({NORTH: [11]}, days_ago=31), entry({NORTH: [12]}, days_ago=29)
    await database.run(lambda session: store(session, [old, recent]))
    await database.run(lambda session: forget(session, NOW - timedelta(days=30)))
    assert await stored(database) == ([(NORTH, recent.id, recent.id)], [(NORTH, recent.id, 12)])


async def test_a_list_stays_as_long_as_a_serving_of_it(database: Database) -> None:
    first = entry({NORTH: [11]}, days_ago=31)
    again = entry({NORTH: []}, days_ago=29, list_id=first.id)
    await database.run(lambda session: store(session, [first, again]))
    await database.run(lambda session: forget(session, NOW - timedelta(days=30)))
    assert await stored(database) == ([(NORTH, again.id, first.id)], [(NORTH, first.id, 11)])
    await database.run(lambda session: forget(session, NOW))
    assert await stored(database) == ([], [])


def test_ids_made_now_are_at_or_behind_the_first_of_this_moment() -> None:
    assert (
        first_id_at(datetime.now(UTC) - timedelta(seconds=5))
        < new_id()
        < first_id_at(datetime.now(UTC) + timedelta(seconds=5))
    )
