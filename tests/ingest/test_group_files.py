"""Student groups: the file's rules, what applying replaces, and what another importer may not do."""

from typing import Any

import pytest
from sqlalchemy import select

from ingest.group_changes import Applied, apply
from ingest.groups import check, parse
from ingest.importer import OPERATOR, Importer
from ingest.load import LoadReport, Status
from ingest.problem import Rejected
from models import Group, GroupEducator, GroupMember, PendingMember, School, Student, Subject
from models.database import Database
from models.reference import load_reference
from tests.ingest.conftest import Loading
from tests.ingest.documents import FAR_SCHOOL, SCHOOL, SSID, groups, trt

OTHER = "9000000002"


def told(report: LoadReport) -> list[tuple[int | None, str]]:
    return [(problem.row, problem.error) for problem in report.problems]


async def values(database: Database, *columns: Any) -> list[Any]:
    return await database.run(lambda session: sorted(tuple(row) for row in session.execute(select(*columns))))


async def test_a_file_makes_groups_with_members_users_and_pending_members(known: Database, loading: Loading) -> None:
    await loading(trt())
    await loading(
        groups(
            f" Fifth ,{SCHOOL}, 2019,ela,{SSID},",
            f"Fifth,{SCHOOL},2019,,{OTHER},  Teacher@Example.org ",
            f"Fifth,{SCHOOL},2019,,{SSID},",
        )
    )
    query = select(Group.name, Group.kind, Subject.code, School.natural_id).select_from(Group)
    query = query.join(Subject, Subject.id == Group.subject_id).join(School, School.id == Group.school_id)
    made = await known.run(lambda session: [tuple(row) for row in session.execute(query)])
    assert made == [("Fifth", "ASSIGNED", "ELA", SCHOOL)]
    assert await values(known, GroupEducator.login) == [("teacher@example.org",)]
    assert await values(known, PendingMember.ssid) == [(OTHER,)]
    assert await values(known, GroupMember.student_id) == await values(known, Student.id)


async def test_applying_replaces_the_named_groups_and_leaves_the_others(known: Database, loading: Loading) -> None:
    await loading(
        groups(
            f"A,{SCHOOL},2019,All,{SSID},one@example.org",
            f"B,{SCHOOL},2019,All,{SSID},one@example.org",
        )
    )
    report = await loading(groups(f"A,{SCHOOL},2019,ELA,{OTHER},"))
    assert report.totals() == {
        "student_group changed": 1, "pending_member added": 1, "pending_member removed": 1, "group_educator removed": 1
    }  # fmt: skip
    assert await values(known, PendingMember.ssid) == [(SSID,), (OTHER,)]
    assert await values(known, GroupEducator.login) == [("one@example.org",)]


async def test_the_same_file_again_changes_nothing_and_a_b_a_leaves_a(known: Database, loading: Loading) -> None:
    first, second = groups(f"A,{SCHOOL},2019,,{SSID},"), groups(f"A,{SCHOOL},2019,,{OTHER},")
    await loading(first)
    assert (await loading(first)).files[0].status == Status.NO_CHANGE
    await loading(second)
    await loading(first)
    assert await values(known, PendingMember.ssid) == [(SSID,)]


async def test_a_row_may_name_neither_student_nor_user(known: Database, loading: Loading) -> None:
    assert (await loading(groups(f"A,{SCHOOL},2019,,,"))).totals() == {"student_group added": 1}


WRONG_ROWS = [
    (f",{SCHOOL},2019,,,", "missing or longer than 255 characters"),
    (f"{'x' * 256},{SCHOOL},2019,,,", "missing or longer than 255 characters"),
    ("A,,2019,,,", "missing"),
    ("A,123,2019,,,", "unknown school"),
    (f"A,{SCHOOL},,,,", "missing"),
    (f"A,{SCHOOL},19,,,", "not a school year"),
    (f"A,{SCHOOL},2021,,,", "not a school year"),
    (f"A,{SCHOOL},{'2' * 5000},,,", "not a school year"),
    (f"A,{SCHOOL},2019,Latin,,", "unknown subject"),
    (f"A,{SCHOOL},2019,,SSID001,", "malformed SSID"),
    (f"A,{SCHOOL},2019,,,{'x' * 256}", "longer than 255 characters"),
    (f"A,{SCHOOL}", "2 columns instead of 6"),
]


async def test_rows_that_are_wrong_are_named_by_their_number(known: Database, loading: Loading) -> None:
    report = await loading(groups(f"Good,{SCHOOL},2019,,,", *(row for row, _ in WRONG_ROWS)))
    assert told(report) == [(number, error) for number, (_, error) in enumerate(WRONG_ROWS, start=2)]
    assert await values(known, Group.id) == []


async def test_a_group_has_one_subject(known: Database, loading: Loading) -> None:
    report = await loading(groups(f"A,{SCHOOL},2019,,,", f"A,{SCHOOL},2019,ELA,,", f"A,{SCHOOL},2019,All,,"))
    assert told(report) == [(3, "the group already has subject ELA")]


async def test_a_group_has_at_most_200_distinct_students(known: Database, loading: Loading) -> None:
    rows = [f"A,{SCHOOL},2019,,{9_000_000_000 + number % 200},a@example.org" for number in range(400)]
    assert (await loading(groups(*rows))).problems == []
    report = await loading(groups(*rows, f"A,{SCHOOL},2019,,8000000000,"))
    assert told(report) == [(401, "more than 200 students")]


async def test_all_errors_come_at_once_the_first_hundred_and_the_count_of_the_rest(
    known: Database, loading: Loading
) -> None:
    problems = told(await loading(groups(*[f"A,{SCHOOL},2019,,x,"] * 130)))
    assert problems[0] == (1, "malformed SSID")
    assert (len(problems), problems[-1]) == (101, (None, "and 30 more problems"))


@pytest.mark.parametrize("content", [b"group_name,student_ssid\nA,1\n", groups(), b'group_name,"x\n'])
def test_other_columns_empty_files_and_broken_quotes_are_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match=r"columns must be|empty file|not a valid CSV"):
        parse(content, "g.csv")


def test_the_header_may_be_in_any_case_and_have_a_byte_order_mark() -> None:
    header, row = groups("A,1,2019,,,").split(b"\r\n")[:2]
    assert parse(b"\xef\xbb\xbf" + header.upper() + b"\r" + row, "g.csv") == [["A", "1", "2019", "", "", ""]]


async def importing(database: Database, importer: Importer, *rows: str) -> Applied:
    def run(session: Any) -> Applied:
        checked = check(parse(groups(*rows), "g.csv"), load_reference(session), importer, "g.csv")
        return apply(session, checked, importer)

    return await database.run(run)


async def importer_of(database: Database, *schools: str, individuals: bool = False) -> Importer:
    """Somebody who may write the groups of some schools and knows no student."""
    return Importer(
        "admin@example.org",
        may_write=lambda school: school.natural_id in schools,
        may_assign_themselves=lambda _: individuals,
        students=lambda session, ssids: {},
    )


async def test_a_school_out_of_reach_reads_like_an_unknown_one(known: Database) -> None:
    importer = await importer_of(known, SCHOOL)
    with pytest.raises(Rejected) as refusal:
        await importing(known, importer, f"A,{FAR_SCHOOL},2019,,,", "A,99999999999999,2019,,,")
    assert [problem.error for problem in refusal.value.problems] == ["unknown school"] * 2


async def test_somebody_elses_student_is_pending_like_an_unknown_one(known: Database, loading: Loading) -> None:
    await loading(trt(school=FAR_SCHOOL))
    importer = await importer_of(known, SCHOOL)
    applied = await importing(known, importer, f"A,{SCHOOL},2019,,{SSID},", f"A,{SCHOOL},2019,,{OTHER},")
    assert (list(applied.pending), await values(known, GroupMember.student_id)) == ([SSID, OTHER], [])


async def test_assigning_oneself_needs_individual_results_of_the_school(known: Database) -> None:
    row = f"A,{SCHOOL},2019,,,ADMIN@example.org"
    with pytest.raises(Rejected, match="your own login"):
        await importing(known, await importer_of(known, SCHOOL), row)
    await importing(known, await importer_of(known, SCHOOL, individuals=True), row)
    assert await values(known, GroupEducator.login) == [("admin@example.org",)]


async def test_a_deleted_group_that_is_named_again_is_back(known: Database, loading: Loading) -> None:
    await importing(known, OPERATOR, f"A,{SCHOOL},2019,,,")

    def delete(session: Any) -> None:
        group = session.scalars(select(Group)).one()
        group.deleted_at = group.created_at

    await known.run(delete)
    await importing(known, OPERATOR, f"A,{SCHOOL},2019,,,")
    assert await values(known, Group.name, Group.deleted_at) == [("A", None)]
