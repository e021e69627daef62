"""What is recorded of an answer: a list of students is written once, and an answer that names one can be read."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import models.journal
import policies.disclosure
from models import Disclosure, DisclosureStudent
from models.database import Database
from models.ids import new_id
from policies.disclosure import DisclosureLog
from policies.errors import Unavailable
from tests.worlds import viewer

NORTH, SOUTH = 1, 2
PAGE = ((NORTH, 11), (NORTH, 12), (SOUTH, 21))
WHO = viewer("teacher@example.org")


@pytest.fixture
async def log(database: Database, tmp_path: Path) -> AsyncIterator[DisclosureLog]:
    log = DisclosureLog(database, tmp_path / "journals", days=1)
    yield log
    await log.journal.close()


async def record(log: DisclosureLog, *served: tuple[int, int | None], list_id: int | None = None) -> int:
    return await log.record(WHO, 2026, "Page", "{ page }", served, list_id)


async def told(log: DisclosureLog, database: Database) -> tuple[dict[int, set[tuple[int, int]]], int]:
    """(district, student) of each disclosure as its lists say, and how many lists there are."""
    await log.settle()
    disclosures = await rows(database, Disclosure.district_id, Disclosure.id, Disclosure.list_id)
    students = await rows(
        database, DisclosureStudent.district_id, DisclosureStudent.list_id, DisclosureStudent.student_id
    )
    found = defaultdict(set)
    for district, disclosure, list_id in disclosures:
        found[disclosure] |= {(of, who) for of, listed, who in students if (of, listed) == (district, list_id)}
    return dict(found), len({(district, list_id) for district, list_id, _ in students})


async def rows(database: Database, *columns: object) -> Iterable[tuple[int, ...]]:
    return await database.run(lambda session: [tuple(row) for row in session.execute(select(*columns))])


async def test_answers_with_the_same_students_share_their_lists(log: DisclosureLog, database: Database) -> None:
    first, again, other = await record(log, *PAGE), await record(log, *reversed(PAGE)), await record(log, *PAGE[:2])
    everybody = set(PAGE)
    assert await told(log, database) == ({first: everybody, again: everybody, other: set(PAGE[:2])}, 3)
    later = await record(log, *PAGE)
    assert (await told(log, database))[0][later] == everybody


async def test_a_list_that_was_not_written_is_not_named(
    log: DisclosureLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    await record(log, (SOUTH, 21))
    with monkeypatch.context() as broken:
        broken.setattr(models.journal, "_sync", fail)
        with pytest.raises(Unavailable):
            await record(log, *PAGE)
    for file in log.journal._folder.glob("*"):
        file.write_bytes(b"")
    await log.settle()
    again = await record(log, *PAGE)
    assert (await told(log, database))[0] == {again: set(PAGE)}


async def test_a_list_that_may_soon_be_forgotten_is_written_again(
    log: DisclosureLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies.disclosure, "REUSED", timedelta(seconds=-1))
    first, again = await record(log, *PAGE), await record(log, *PAGE)
    assert await told(log, database) == ({first: set(PAGE), again: set(PAGE)}, 4)


async def test_lists_are_known_up_to_a_number(
    log: DisclosureLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies.disclosure, "MOST_LISTS", 2)
    recorded = {await record(log, (NORTH, student)): {(NORTH, student)} for student in (11, 12, 13, 11, 13)}
    assert len(log._lists) <= 2
    assert (await told(log, database))[0] == recorded


async def test_a_bulk_output_lists_its_students_under_its_own_name(log: DisclosureLog, database: Database) -> None:
    own = new_id()
    page = await record(log, *PAGE)
    first = await record(log, *PAGE, list_id=own)
    again = await record(log, (NORTH, None), (SOUTH, None), list_id=own)
    assert await told(log, database) == ({each: set(PAGE) for each in (page, first, again)}, 4)
    assert {list_id for _, list_id in await rows(database, Disclosure.id, Disclosure.list_id)} == {page, own}
