"""Writing traits and targets of results are stored as delivered, and refused where they make no sense."""

import pytest
from sqlalchemy import select

from ingest.load import Status
from models import Target, TargetScore, TraitScore
from models.database import Database
from tests.ingest import documents
from tests.ingest.conftest import Loading
from tests.ingest.documents import BLOCK, trt
from tests.ingest.test_results import only, values

STUDENT, STANDARD = "StudentRelativeResidualScore", "StandardMetRelativeResidualScore"
TRAITS = (("Organization/Purpose", "3"), ("Evidence/Elaboration", "-1"), ("Conventions", "2"))
TRAIT_COLUMNS = (
    TraitScore.category, TraitScore.purpose, TraitScore.points, TraitScore.max_points, TraitScore.condition_code
)  # fmt: skip


@pytest.mark.parametrize("test", [documents.SUMMATIVE, BLOCK])
async def test_traits_are_those_of_the_written_item(known: Database, loading: Loading, test: str) -> None:
    assert only(await loading(trt(test=test, traits=TRAITS)))[0] is Status.LOADED
    assert sorted(await values(known, *TRAIT_COLUMNS)) == [
        ("CONVENTIONS", "OPINION", 2, 2, None),
        ("EVIDENCE", "OPINION", None, 4, None),
        ("ORGANIZATION", "OPINION", 3, 4, None),
    ]


@pytest.mark.parametrize(
    ("traits", "problem"),
    [
        ([("Conventions", "3")], ("Conventions scorePoint", "3", "out of range -1 to 2")),
        ([("Conventions", "much")], ("Conventions scorePoint", "much", "not a valid value")),
        ([TRAITS[0], TRAITS[0]], ("ScoreInfo@scoreDimension", "Organization/Purpose", "repeated trait")),
    ],
)
async def test_a_trait_that_makes_no_sense_refuses_the_result(
    known: Database, loading: Loading, traits: list[tuple[str, str]], problem: tuple[str, str, str]
) -> None:
    assert only(await loading(trt(traits=traits))) == (Status.REJECTED, None, [problem])


async def test_other_dimensions_of_a_score_are_counted_as_ignored(known: Database, loading: Loading) -> None:
    report = await loading(trt(traits=[("Initial", "2"), TRAITS[2]]))
    assert report.totals()["traits ignored"] == 1


async def test_residuals_are_stored_by_target(known: Database, loading: Loading) -> None:
    scores = [("R|1-5", STUDENT, "-0.25"), ("R|1-5", STANDARD, "0.5"), ("X|1-5", STANDARD, "0"), ("R|2-5", STUDENT, "")]
    await loading(trt(scores=scores))
    query = (
        select(Target.claim, Target.code, TargetScore.student_relative, TargetScore.standard_met_relative)
        .join(TargetScore, TargetScore.target_id == Target.id)
        .order_by(Target.claim)
    )
    stored = await known.run(lambda session: [tuple(row) for row in session.execute(query)])
    assert stored == [("R", "1-5", -0.25, 0.5), ("X", "1-5", None, 0.0)]


@pytest.mark.parametrize(
    ("score", "problem"),
    [
        (("R|9-5", STUDENT, "0.1"), ("Score@measureOf", "R|9-5", "not a target of the program")),
        (("R|1-5", STUDENT, "nan"), (f"R|1-5 {STUDENT}", "nan", "out of range -99 to 99")),
        (("R|1-5", STANDARD, "low"), (f"R|1-5 {STANDARD}", "low", "not a valid value")),
    ],
)
async def test_a_residual_that_makes_no_sense_refuses_the_result(
    known: Database, loading: Loading, score: tuple[str, str, str], problem: tuple[str, str, str]
) -> None:
    assert only(await loading(trt(scores=[score]))) == (Status.REJECTED, None, [problem])


async def test_residuals_of_interims_are_counted_as_ignored(known: Database, loading: Loading) -> None:
    report = await loading(trt(test=BLOCK, scores=[("R|1-5", STUDENT, "0.1")]))
    assert report.totals()["target residuals ignored"] == 1
    assert await values(known, TargetScore.target_id) == []


async def test_residuals_are_ignored_where_no_targets_are_known(known: Database, loading: Loading) -> None:
    """A tenant of before targets were stored goes on loading; loading the subject again brings them."""
    await known.run(lambda session: session.query(Target).delete())
    report = await loading(trt(scores=[("R|1-5", STUDENT, "0.1")]))
    assert (report.count(Status.LOADED), report.totals()["target residuals ignored"]) == (1, 1)


async def test_a_newer_delivery_replaces_traits_and_targets(known: Database, loading: Loading) -> None:
    await loading(trt(traits=TRAITS, scores=[("R|1-5", STUDENT, "0.1")]))
    again = trt(traits=TRAITS[2:], scores=[("R|2-5", STUDENT, "0.2")], status_at="2019-06-01T10:00:00")
    assert only(await loading(again))[0] is Status.LOADED
    assert await values(known, TraitScore.category) == [("CONVENTIONS",)]
    assert await values(known, TargetScore.student_relative) == [(0.2,)]
    assert only(await loading(again))[0] is Status.NO_CHANGE


async def test_reported_are_all_targets_except_where_only_some_claims_are(known: Database, loading: Loading) -> None:
    subject = documents.subject(code="MATH").replace(b'"R"', b'"1"')
    await loading(subject)
    stored = await values(known, Target.claim, Target.code, Target.name, Target.description, Target.reported)
    assert sorted(stored, key=str) == [
        ("1", "1-5", "1", "Key details", True),
        ("1", "2-5", "2", None, True),
        ("R", "1-5", "1", "Key details", True),
        ("R", "2-5", "2", None, True),
        ("X", "1-5", "1", None, False),
        ("X", "1-5", "1", None, True),
    ]


async def test_loading_a_subject_again_renames_targets_and_keeps_what_is_reported(
    known: Database, loading: Loading
) -> None:
    await known.run(lambda session: session.query(Target).update({"reported": False}))
    report = await loading(documents.subject().replace(b"Key details", b"Details"))
    assert report.totals()["target changed"] == 1
    assert set(await values(known, Target.reported)) == {(False,)}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("2-5", "1-5", ("Target@code", "1-5", "claim R has more than one target of this code")),
        ('"2-5"', '""', ("Target@code", None, "missing or longer than 60 characters")),
        ("Key details", "x" * 1001, ("Target/Description", "x" * 100, "missing or longer than 1000 characters")),
    ],
)
async def test_targets_that_cannot_be_stored_refuse_the_subject(
    known: Database, loading: Loading, before: str, after: str, problem: tuple[str, str | None, str]
) -> None:
    report = await loading(documents.subject().replace(before.encode(), after.encode()))
    assert [(one.element, one.value, one.error) for one in report.problems] == [problem]


async def test_an_unknown_purpose_of_writing_refuses_the_package(known: Database, loading: Loading) -> None:
    report = await loading(documents.packages(PtWritingType="Lyrical"))
    assert {(one.element, one.value) for one in report.problems} == {("PtWritingType", "Lyrical")}
    assert report.problems[0].error.startswith("must be one of Argumentative,")
