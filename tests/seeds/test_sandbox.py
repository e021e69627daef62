"""The sandbox is fictitious, of the promised size, and never contradicts itself."""

import re
from bisect import bisect_right
from collections import defaultdict
from datetime import datetime

from sqlalchemy import func, select

from models import (
    Assessment,
    District,
    GroupEducator,
    Item,
    ItemResponse,
    PendingMember,
    Program,
    Result,
    School,
    Student,
    Tenant,
)
from models.database import Database
from seeds.places import GRADES
from seeds.scores import category
from tests.seeds.conftest import Ask

MAIN, NEIGHBOUR = "99910010000000", "99910020000000"
BY_BAND = {
    ("CAST_INTERIM", "INTERIM"),
    *((f"SB_INTERIM_{subject}", kind) for subject in ("ELA", "MATH") for kind in ("IAB", "FIAB")),
}
"""Whose category is told by the error band around the standard."""


async def test_the_tenant_is_the_sandbox_of_school_year_2026(ask: Ask) -> None:
    assert await ask(select(Tenant.id, Tenant.name, Tenant.sandbox, Tenant.school_year)) == [(1, "Sandbox", True, 2026)]


async def test_the_districts_have_the_promised_sizes(ask: Ask) -> None:
    schools = await ask(
        select(District.natural_id, func.count()).join(School, School.district_id == District.id).group_by(District.id)
    )
    results = dict(
        await ask(
            select(District.natural_id, func.count())
            .join(Result, Result.district_id == District.id)
            .group_by(District.id)
        )
    )
    current = dict(
        await ask(
            select(District.natural_id, func.count())
            .join(Student, Student.current_district_id == District.id)
            .group_by(District.id)
        )
    )
    everybody = await ask(select(func.count()).select_from(Student))
    assert schools == [(MAIN, 3), (NEIGHBOUR, 1)]
    assert 32_000 <= results[MAIN] <= 34_000
    assert 2_850 <= everybody[0][0] - current[NEIGHBOUR] <= 2_950
    assert 80 <= current[NEIGHBOUR] <= 120


async def test_every_code_and_login_is_fictitious(ask: Ask) -> None:
    districts = [code for (code,) in await ask(select(District.natural_id))]
    schools = [code for (code,) in await ask(select(School.natural_id))]
    logins = [login for (login,) in await ask(select(GroupEducator.login))]
    assert all(re.fullmatch(r"999\d{4}0{7}", code) for code in districts)
    assert all(re.fullmatch(r"999\d{11}", code) and code[:7] + "0" * 7 in districts for code in schools)
    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+@example\.org", login) for login in logins)


async def test_every_ssid_is_ten_digits(ask: Ask) -> None:
    ssids = [ssid for (ssid,) in await ask(select(Student.ssid))] + [
        row[0] for row in await ask(select(PendingMember.ssid))
    ]
    assert all(re.fullmatch(r"\d{10}", ssid) for ssid in ssids)


async def test_the_level_always_follows_from_the_score(ask: Ask) -> None:
    scores = await ask(
        select(
            Program.code,
            Assessment.kind,
            Assessment.min_score,
            Assessment.max_score,
            Assessment.cut_scores,
            Result.scale_score,
            Result.standard_error,
            Result.level,
        )
        .join(Result, Result.assessment_id == Assessment.id)
        .join(Program, Program.id == Result.program_id)
        .where(Result.scale_score.is_not(None))
    )
    for program, kind, lowest, highest, cuts, score, error, level in scores:
        assert lowest <= score <= highest
        assert error > 0
        by_band = (program, kind) in BY_BAND
        assert level == (category(score, error, cuts) if by_band else 1 + bisect_right(cuts, score))


def test_a_category_is_near_while_the_error_band_contains_the_cut() -> None:
    cuts = [2411, 2485, 2549]
    assert [category(score, 40.0, cuts) for score in (2424, 2425, 2545, 2546)] == [1, 2, 2, 3]


async def test_score_error_and_level_are_there_together_or_not_at_all(ask: Ask) -> None:
    found = await ask(
        select(
            Result.scale_score.is_(None),
            Result.standard_error.is_(None),
            Result.level.is_(None),
            Result.unscored_reason.is_not(None),
        ).distinct()
    )
    assert set(found) == {(False,) * 4, (True,) * 4}


async def test_latest_marks_the_last_scored_result_of_each_student_assessment_and_year(ask: Ask) -> None:
    attempts: dict[tuple[int, int, int], list[tuple[datetime, int, bool]]] = defaultdict(list)
    rows = await ask(
        select(
            Result.student_id, Result.assessment_id, Result.school_year, Result.completed_at, Result.id, Result.latest
        ).where(Result.level.is_not(None))
    )
    for student, assessment, year, completed_at, number, latest in rows:
        attempts[student, assessment, year].append((completed_at, -number, latest))
    assert any(len(tries) > 1 for tries in attempts.values())
    for tries in attempts.values():
        assert [latest for *_, latest in sorted(tries)] == [False] * (len(tries) - 1) + [True]
    assert await ask(select(Result.id).where(Result.latest, Result.level.is_(None))) == []


async def test_every_scored_interim_has_a_response_to_each_of_its_items_and_no_summative_has_any(ask: Ask) -> None:
    items = dict(await ask(select(Item.assessment_id, func.count()).group_by(Item.assessment_id)))
    responses = dict(await ask(select(ItemResponse.result_id, func.count()).group_by(ItemResponse.result_id)))
    for number, assessment, interim, level in await ask(
        select(Result.id, Result.assessment_id, Result.interim, Result.level)
    ):
        assert responses.get(number, 0) == (items[assessment] if interim and level else 0)


async def test_points_of_a_response_are_those_of_the_key(ask: Ask) -> None:
    wrong = await ask(
        select(ItemResponse.result_id)
        .join(Item, Item.id == ItemResponse.item_id)
        .where((ItemResponse.points > Item.max_points) | (ItemResponse.max_points != Item.max_points))
    )
    disagreeing = await ask(
        select(ItemResponse.result_id)
        .join(Item, Item.id == ItemResponse.item_id)
        .where(Item.answer_key.is_not(None))
        .where((ItemResponse.response == Item.answer_key) != (ItemResponse.points == Item.max_points))
    )
    assert (wrong, disagreeing) == ([], [])


async def test_nothing_dangles(sandbox: Database) -> None:
    async with sandbox.engine.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all() == []


async def test_each_result_repeats_where_its_student_is_now(ask: Ask) -> None:
    different = await ask(
        select(Result.id)
        .join(Student, Student.id == Result.student_id)
        .where(
            Result.current_school_id.is_distinct_from(Student.current_school_id)
            | Result.current_district_id.is_distinct_from(Student.current_district_id)
        )
    )
    elsewhere = await ask(
        select(Result.district_id, Result.current_district_id)
        .where(Result.district_id != Result.current_district_id)
        .distinct()
    )
    assert different == []
    assert len(elsewhere) == 2


async def test_students_progress_one_grade_a_year(ask: Ask) -> None:
    rows = await ask(select(Result.student_id, Result.school_year, Result.enrolled_grade).distinct())
    cohorts = defaultdict(set)
    for student, year, grade in rows:
        cohorts[student].add(GRADES.index(grade) - year)
    assert all(len(found) == 1 for found in cohorts.values())


async def test_english_learners_are_those_whose_status_says_so(ask: Ask) -> None:
    for table in (Student, Result):
        assert await ask(select(table.id).where(table.english_learner != (table.elas == "EL"))) == []
        assert await ask(select(table.id).where((table.elas == "EO") != (table.primary_language == "eng"))) == []


async def test_tests_are_completed_on_weekdays_inside_their_school_year(ask: Ask) -> None:
    for completed_at, year in await ask(select(Result.completed_at, Result.school_year).distinct()):
        assert completed_at.weekday() < 5
        assert datetime(year - 1, 8, 1) <= completed_at.replace(tzinfo=None) < datetime(year, 6, 30)


async def test_interims_have_a_manner_and_summatives_a_validity(ask: Ask) -> None:
    found = await ask(select(Result.interim, Result.manner, Result.validity).distinct())
    assert set(found) == {
        (True, "STANDARDIZED", None),
        (True, "NONSTANDARDIZED", None),
        (False, None, "VALID"),
        (False, None, "INVALID"),
    }
