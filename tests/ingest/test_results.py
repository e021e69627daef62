"""Results: what one delivery stores, which delivery stands, where students are, and what is refused."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from ingest.load import LoadReport, Status
from ingest.results import DUPLICATE, OLDER
from models import District, GroupMember, ItemResponse, PendingMember, Result, School, Student, SubScore
from models.database import Database
from models.demographics import ETHNICITIES
from tests.ingest import documents
from tests.ingest.conftest import Loading
from tests.ingest.documents import BLOCK, FAR_SCHOOL, SCHOOL, SECOND_SCHOOL, SSID, trt

EARLIER, LATER = "2019-03-01T10:00:00", "2019-06-01T10:00:00"


async def rows(database: Database, model: Any) -> list[Any]:
    return await database.run(lambda session: session.scalars(select(model).order_by(model.id)).all())


async def values(database: Database, *columns: Any) -> list[Any]:
    return await database.run(lambda session: [tuple(row) for row in session.execute(select(*columns))])


async def school_codes(database: Database, column: Any) -> list[str]:
    query = select(School.natural_id).join_from(column.class_, School, School.id == column)
    return await database.run(lambda session: list(session.scalars(query)))


def only(report: LoadReport) -> tuple[Status, str | None, list[tuple[str | None, str | None, str]]]:
    [outcome] = report.files
    return (
        outcome.status,
        outcome.note,
        [(problem.element, problem.value, problem.error) for problem in outcome.problems],
    )


async def test_a_result_is_stored_with_its_student(known: Database, loading: Loading) -> None:
    assert only(await loading(trt())) == (Status.LOADED, None, [])
    [student], [result] = await rows(known, Student), await rows(known, Result)
    assert (student.ssid, student.first_name, student.last_name) == (SSID, "Ada", "Lovelace")
    assert (student.birthday, student.sort_key) == (date(2008, 12, 10), "lovelace\x1fada\x1f")
    assert (student.current_school_id, student.known_at) == (result.school_id, result.completed_at)
    assert (result.student_id, result.scale_score, result.standard_error, result.level) == (student.id, 2510, 20.0, 3)
    assert (result.interim, result.school_year, result.session, result.latest) == (False, 2019, "S-1", True)
    assert (result.manner, result.validity, result.completeness) == (None, "VALID", "COMPLETE")
    assert result.ethnicities == ETHNICITIES["HISPANIC_OR_LATINO"] | ETHNICITIES["WHITE"]
    assert (result.gender, result.iep, result.english_learner, result.enrolled_grade) == ("FEMALE", False, None, "05")
    assert await values(known, SubScore.scale_score, SubScore.level) == [(2490, 2)]


async def test_responses_are_stored_for_interims_only(known: Database, loading: Loading) -> None:
    await loading(trt("1"), trt("2", test=BLOCK))
    columns = ItemResponse.position, ItemResponse.response, ItemResponse.points, ItemResponse.max_points
    assert sorted(await values(known, *columns)) == [(1, "B", 1.0, 1), (2, None, 0.0, 1)]
    assert sorted(await values(known, Result.interim, Result.manner, Result.validity), key=str) == [
        (False, None, "VALID"),
        (True, "STANDARDIZED", None),
    ]


@pytest.mark.parametrize(
    ("test", "condition", "expected"),
    [
        (BLOCK, "NS", ("NONSTANDARDIZED", None)),
        (BLOCK, None, ("STANDARDIZED", None)),
        (BLOCK, "IN", ("STANDARDIZED", "INVALID")),
        (documents.SUMMATIVE, "IN", (None, "INVALID")),
        (documents.SUMMATIVE, "", (None, "VALID")),
    ],
)
async def test_manner_and_validity_follow_the_administration_condition(
    known: Database, loading: Loading, test: str, condition: str | None, expected: tuple[str | None, str | None]
) -> None:
    await loading(trt(test=test, attributes={"administrationCondition": condition, "completeness": ""}))
    assert await values(known, Result.manner, Result.validity, Result.completeness) == [(*expected, "COMPLETE")]


@pytest.mark.parametrize(("score", "reason"), [("", "NO_SCORE"), ("0", "NO_SCORE"), ("NS", "NOT_SCORED")])
async def test_a_result_without_a_score_is_unscored(known: Database, loading: Loading, score: str, reason: str) -> None:
    await loading(trt(score=score))
    columns = Result.scale_score, Result.standard_error, Result.level, Result.unscored_reason, Result.latest
    assert await values(known, *columns) == [(None, None, None, reason, False)]


async def test_a_decimal_score_is_rounded(known: Database, loading: Loading) -> None:
    await loading(trt(score="2484.66874131045", level="2"))
    assert await values(known, Result.scale_score) == [(2485,)]


WRONG: list[tuple[dict[str, Any], str, str | None, str]] = [
    ({"test": "NOPE"}, "Test@name", "NOPE", "unknown assessment"),
    ({"school": "123"}, "SchoolId", "123", "unknown school"),
    ({"ssid": "SSID001"}, "StudentIdentifier", None, "not a valid value"),
    ({"score": "2701"}, "Overall ScaleScore", "2701", "score out of range 2200 to 2700"),
    ({"score": "x"}, "Overall ScaleScore", "X", "not a valid value"),
    ({"level": "5"}, "Overall PerformanceLevel", "5", "level out of range 1 to 4"),
    ({"level": ""}, "Overall PerformanceLevel", None, "missing"),
    ({"test": BLOCK, "level": "4"}, "Overall PerformanceLevel", "4", "level out of range 1 to 3"),
    ({"scores": [("R", "PerformanceLevel", "4")]}, "R PerformanceLevel", "4", "level out of range 1 to 3"),
    ({"items": [("9", "1", "A")]}, "Item@key", "200-9", "not an item of the assessment"),
    ({"items": [("1", "21", "A")]}, "Item@score", "21", "out of range -1 to 20"),
    ({"items": [("1", "1", "A"), ("1", "1", "A")]}, "Item@key", "200-1", "repeated item"),
    ({"attributes": {"subject": "Math"}}, "Test@subject", "Math", "disagrees with the assessment"),
    ({"attributes": {"grade": "6"}}, "Test@grade", "6", "disagrees with the assessment"),
    ({"attributes": {"isDemo": "1"}}, "Examinee@isDemo", "1", "demo students are not loaded"),
    ({"attributes": {"oppId": None}}, "Opportunity@oppId", None, "missing"),
    ({"attributes": {"oppId": "9" * 61}}, "Opportunity@oppId", "9" * 61, "longer than 60 characters"),
    ({"attributes": {"status": "reset"}}, "Opportunity@status", "reset", "a reset opportunity is not a result"),
    ({"completed": "yesterday"}, "Opportunity@dateCompleted", "yesterday", "not a valid value"),
    ({"examinee": {"FirstName": None}}, "FirstName", None, "missing"),
    ({"examinee": {"Sex": "Secret"}}, "Sex", None, "not a valid value"),
]
"""What is changed in a good delivery -> the element and value that are named, and the error."""


async def test_results_that_are_wrong_are_left_out_and_say_why(known: Database, loading: Loading) -> None:
    report = await loading(*(trt(**change) for change, *_ in WRONG))
    told = {
        outcome.file.rpartition("-")[2]: [(one.element, one.value, one.error) for one in outcome.problems]
        for outcome in report.files
    }
    missed = [wrong for place, wrong in enumerate(WRONG) if wrong[1:] not in told[str(place)]]
    assert missed == [], told
    assert await rows(known, Student) == []


async def test_all_problems_of_a_result_are_told_at_once(known: Database, loading: Loading) -> None:
    _, _, problems = only(await loading(trt(school="1", score="1", level="9", examinee={"Birthdate": "x"})))
    assert len(problems) == 4


async def test_a_delivery_without_its_parts_is_refused(known: Database, loading: Loading) -> None:
    _, _, problems = only(await loading(b"<TDSReport><Test/></TDSReport>"))
    assert [element for element, _, _ in problems] == ["Examinee", "Opportunity"]


async def test_the_same_delivery_again_is_a_duplicate(known: Database, loading: Loading) -> None:
    await loading(trt(test=BLOCK))
    assert only(await loading(trt(test=BLOCK))) == (Status.NO_CHANGE, DUPLICATE, [])


async def test_a_newer_delivery_replaces_the_result_and_keeps_its_id(known: Database, loading: Loading) -> None:
    await loading(trt(test=BLOCK))
    before = await values(known, Result.id)
    report = await loading(trt(test=BLOCK, score="2600", status_at=LATER, items=[("2", "1", "C")]))
    assert only(report)[0] == Status.LOADED
    assert await values(known, Result.id) == before
    assert await values(known, Result.scale_score, Result.latest) == [(2600, True)]
    assert await values(known, ItemResponse.response) == [("C",)]


async def test_an_older_delivery_never_replaces_a_newer_one(known: Database, loading: Loading) -> None:
    await loading(trt())
    assert only(await loading(trt(score="2600", status_at=EARLIER))) == (Status.NO_CHANGE, OLDER, [])
    assert await values(known, Result.scale_score) == [(2510,)]


async def test_a_correction_that_moves_a_result_to_another_district_leaves_one_result(
    known: Database, loading: Loading
) -> None:
    await loading(trt())
    await loading(trt(school=FAR_SCHOOL, status_at=LATER))
    assert await school_codes(known, Result.school_id) == [FAR_SCHOOL]
    districts = select(District.natural_id).join(Result, Result.district_id == District.id)
    assert await known.run(lambda session: session.scalars(districts).all()) == [documents.OTHER_DISTRICT]
    assert len(await values(known, SubScore.result_id)) == 1


async def test_two_deliveries_of_one_result_in_one_load_leave_the_newer(known: Database, loading: Loading) -> None:
    report = await loading(trt(score="2600", status_at=LATER), trt())
    assert [outcome.note for outcome in report.files] == [None, OLDER]
    assert await values(known, Result.scale_score) == [(2600,)]


async def test_a_corrected_name_is_taken_over_although_the_result_is_the_same(
    known: Database, loading: Loading
) -> None:
    await loading(trt())
    assert only(await loading(trt(examinee={"FirstName": "Augusta"})))[0] == Status.LOADED
    assert await values(known, Student.first_name, Student.sort_key) == [("Augusta", "lovelace\x1faugusta\x1f")]


async def test_an_older_result_changes_neither_the_students_name_nor_school(known: Database, loading: Loading) -> None:
    await loading(trt("1"))
    await loading(trt("2", school=FAR_SCHOOL, completed=EARLIER, examinee={"FirstName": "Young"}))
    assert await values(known, Student.first_name) == [("Ada",)]
    assert await school_codes(known, Student.current_school_id) == [SCHOOL]
    assert await school_codes(known, Result.current_school_id) == [SCHOOL, SCHOOL]


async def test_when_a_student_moves_all_results_follow(known: Database, loading: Loading) -> None:
    await loading(trt("1"), trt("2", test=BLOCK, completed=EARLIER))
    await loading(trt("3", school=FAR_SCHOOL, completed=LATER))
    assert await school_codes(known, Student.current_school_id) == [FAR_SCHOOL]
    assert await school_codes(known, Result.current_school_id) == [FAR_SCHOOL] * 3
    assert sorted(await school_codes(known, Result.school_id)) == [SCHOOL, SCHOOL, FAR_SCHOOL]
    assert len(set(await values(known, Result.current_district_id))) == 1


async def test_the_latest_scored_result_of_an_assessment_counts_across_districts(
    known: Database, loading: Loading
) -> None:
    await loading(trt("1"))
    await loading(trt("2", school=FAR_SCHOOL, completed=LATER), trt("3", completed=LATER, score="NS"))
    assert sorted(await values(known, Result.opportunity_id, Result.latest)) == [
        ("1", False), ("2", True), ("3", False)
    ]  # fmt: skip
    await loading(trt("2", school=FAR_SCHOOL, completed=EARLIER, status_at="2019-07-01T00:00:00"))
    assert sorted(await values(known, Result.opportunity_id, Result.latest)) == [
        ("1", True), ("2", False), ("3", False)
    ]  # fmt: skip


async def test_of_results_completed_together_the_lowest_id_is_the_latest(known: Database, loading: Loading) -> None:
    await loading(trt("1"), trt("2"))
    flags = await known.run(lambda session: session.scalars(select(Result.latest).order_by(Result.id)).all())
    assert flags == [True, False]


async def test_pending_members_become_members_with_the_students_first_result_there(
    known: Database, loading: Loading
) -> None:
    here, there = f"A,{SCHOOL},2019,,{SSID},", f"B,{SECOND_SCHOOL},2019,,{SSID},"
    await loading(documents.groups(here, there))
    assert (len(await values(known, PendingMember.ssid)), await values(known, GroupMember.student_id)) == (2, [])
    await loading(trt("1"))
    assert (len(await values(known, PendingMember.ssid)), len(await values(known, GroupMember.student_id))) == (1, 1)
    await loading(trt("2", school=SECOND_SCHOOL, completed=EARLIER))
    assert (await values(known, PendingMember.ssid), len(await values(known, GroupMember.student_id))) == ([], 2)


async def test_what_is_not_stored_yet_is_counted_as_ignored(known: Database, loading: Loading) -> None:
    report = await loading(trt(scores=[("Overall", "ThetaScore", "0.2"), ("Z", "ScaleScore", "9")]))
    assert report.totals() == {
        "result": 1, "accommodations ignored": 1, "other measures ignored": 1, "scores ignored": 1
    }  # fmt: skip
