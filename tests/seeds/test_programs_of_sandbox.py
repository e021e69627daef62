"""Every program has results, of those students who take it, with the sub-scores of its year's blueprint."""

from bisect import bisect_right
from collections import defaultdict

import pytest
from sqlalchemy import select

from models import Assessment, LabelSet, Level, Program, Result, SubScore, SubScoreDefinition
from seeds.scores import category
from tests.seeds.conftest import Ask

PROGRAMS = {
    "SB_SUMMATIVE_ELA", "SB_SUMMATIVE_MATH", "SB_INTERIM_ELA", "SB_INTERIM_MATH", "CAST", "CAST_INTERIM",
    "CAA_ELA", "CAA_MATH", "CAA_SCIENCE", "CSA", "ELPAC_SUMMATIVE", "ELPAC_INTERIM", "ALT_ELPAC",
}  # fmt: skip
ALTERNATE = {"CAA_ELA", "CAA_MATH", "CAA_SCIENCE", "ALT_ELPAC"}
BLUEPRINTS = {
    ("SB_SUMMATIVE_ELA", "SUMMATIVE"): {"READ_LISTEN", "WRITE_RESEARCH"},
    ("SB_SUMMATIVE_MATH", "SUMMATIVE"): {"CONCEPTS", "PROBLEM_REASONING"},
    ("SB_INTERIM_ELA", "ICA"): {"SOCK_R", "2-W", "SOCK_LS", "4-CR"},
    ("SB_INTERIM_MATH", "ICA"): {"1", "SOCK_2", "3"},
    ("CAST", "SUMMATIVE"): {"LIFE", "PHYSICAL", "EARTH_SPACE"},
    ("ELPAC_SUMMATIVE", "SUMMATIVE"): {"1", "2", "1-L", "1-S", "2-R", "2-W"},
    ("CSA", "SUMMATIVE"): {"READING", "WRITING", "LISTENING"},
}
"""Program and kind -> the sub-scores of every result; the others have none."""
HIGH_SCHOOL = {"CSA": {"SPEAKING", "ORAL", "WRITTEN"}}


async def test_every_program_and_kind_has_results_in_every_year_that_it_is_given(ask: Ask) -> None:
    found = await ask(
        select(Program.code, Assessment.kind, Assessment.school_year)
        .join(Assessment, Assessment.program_id == Program.id)
        .join(Result, Result.assessment_id == Assessment.id)
        .distinct()
    )
    kinds = dict(await ask(select(Program.code, Program.kinds)))
    assert kinds.keys() == PROGRAMS
    expected = {(code, kind, year) for code in PROGRAMS for kind in kinds[code] for year in (2024, 2025, 2026)} - {
        ("CSA", "SUMMATIVE", 2024)
    }
    assert set(map(tuple, found)) == expected


async def test_students_of_the_alternate_assessments_take_none_of_the_others(ask: Ask) -> None:
    programs = defaultdict(set)
    for student, program in await ask(
        select(Result.student_id, Program.code).join(Program, Program.id == Result.program_id).distinct()
    ):
        programs[student].add(program)
    alternate = {student for student, taken in programs.items() if taken & ALTERNATE}
    assert 15 <= len(alternate) <= 60
    assert all(programs[student] <= ALTERNATE for student in alternate)


async def test_the_alternate_assessments_are_for_students_with_an_iep(ask: Ask) -> None:
    statement = (
        select(Result.iep).join(Program, Program.id == Result.program_id).where(Program.code.in_(ALTERNATE)).distinct()
    )
    assert await ask(statement) == [(True,)]


async def test_only_english_learners_take_the_elpac(ask: Ask) -> None:
    statement = (
        select(Result.elas)
        .join(Program, Program.id == Result.program_id)
        .where(Program.code.in_(("ELPAC_SUMMATIVE", "ELPAC_INTERIM", "ALT_ELPAC")))
        .distinct()
    )
    assert await ask(statement) == [("EL",)]


async def test_only_speakers_of_spanish_take_the_csa(ask: Ask) -> None:
    statement = (
        select(Result.primary_language)
        .join(Program, Program.id == Result.program_id)
        .where(Program.code == "CSA")
        .distinct()
    )
    assert await ask(statement) == [("spa",)]


async def test_nobody_takes_the_science_test_twice_in_high_school(ask: Ask) -> None:
    taken = await ask(
        select(Result.student_id)
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
        .where(Program.code.in_(("CAST", "CAA_SCIENCE")), Assessment.grade == "HS")
    )
    assert taken
    assert len(taken) == len(set(taken))


async def test_a_summative_is_of_the_student_s_grade(ask: Ask) -> None:
    grades = await ask(
        select(Assessment.grade, Result.enrolled_grade)
        .join(Result, Result.assessment_id == Assessment.id)
        .where(Assessment.kind == "SUMMATIVE")
        .distinct()
    )
    for tested, enrolled in grades:
        assert tested == enrolled or (tested == "HS" and enrolled in ("09", "10", "11", "12"))


async def test_sub_scores_are_those_of_the_blueprint_of_kind_year_and_grade(ask: Ask) -> None:
    rows = await ask(
        select(Result.district_id, Result.id, Program.code, Assessment.kind, Assessment.grade, SubScoreDefinition.code)
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
        .outerjoin(SubScore, (SubScore.district_id == Result.district_id) & (SubScore.result_id == Result.id))
        .outerjoin(SubScoreDefinition, SubScoreDefinition.id == SubScore.definition_id)
        .where(Result.level.is_not(None))
    )
    codes: dict[tuple[int, int, str, str, str], set[str]] = defaultdict(set)
    for *key, code in rows:
        codes[tuple(key)].add(code)
    for (_, _, program, kind, grade), found in codes.items():
        more = HIGH_SCHOOL.get(program, set()) if grade == "HS" else set()
        assert found == (BLUEPRINTS.get((program, kind), {None}) | more)


async def test_a_sub_score_s_level_follows_from_its_score(ask: Ask) -> None:
    rows = await ask(
        select(
            Program.code,
            SubScoreDefinition.code,
            SubScoreDefinition.kind,
            Assessment.cut_scores,
            Assessment.sub_score_ranges,
            SubScore.scale_score,
            SubScore.standard_error,
            SubScore.level,
        )
        .join(Result, (Result.district_id == SubScore.district_id) & (Result.id == SubScore.result_id))
        .join(SubScoreDefinition, SubScoreDefinition.id == SubScore.definition_id)
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
    )
    only_levels = {("ELPAC_SUMMATIVE", "DOMAIN"), ("CSA", "DOMAIN"), ("CSA", "COMPOSITE")}
    for program, code, kind, cuts, ranges, score, error, level in rows:
        if (program, kind) in only_levels:
            assert (score, error) == (None, None)
            assert level in (1, 2, 3)
        elif program == "ELPAC_SUMMATIVE":
            lowest, *own_cuts, highest = ranges[code]
            assert lowest <= score <= highest
            assert level == 1 + bisect_right(own_cuts, score)
        else:
            assert level == category(score, error, cuts)


async def test_the_elpac_composites_weigh_up_to_the_overall_score(ask: Ask) -> None:
    rows = await ask(
        select(
            Result.district_id,
            Result.id,
            Assessment.grade,
            Result.scale_score,
            SubScoreDefinition.code,
            SubScore.scale_score,
        )
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
        .join(SubScore, (SubScore.district_id == Result.district_id) & (SubScore.result_id == Result.id))
        .join(SubScoreDefinition, SubScoreDefinition.id == SubScore.definition_id)
        .where(Program.code == "ELPAC_SUMMATIVE", SubScoreDefinition.kind == "COMPOSITE")
        .order_by(Result.id, SubScoreDefinition.code)
    )
    pairs: dict[tuple[int, int, str, int], list[int]] = defaultdict(list)
    for district, number, grade, overall, _, score in rows:
        pairs[district, number, grade, overall].append(score)
    for (_, _, grade, overall), (oral, written) in pairs.items():
        weight = 0.7 if grade == "KG" else 0.5
        assert weight * oral + (1 - weight) * written == pytest.approx(overall, abs=1.01)


async def test_labels_change_with_the_school_year_2026_and_old_results_keep_theirs(ask: Ask) -> None:
    rows = await ask(
        select(Assessment.school_year, Level.number, Level.label)
        .join(Result, Result.assessment_id == Assessment.id)
        .join(Program, Program.id == Assessment.program_id)
        .join(LabelSet, LabelSet.id == Assessment.label_set_id)
        .join(Level, (Level.label_set_id == LabelSet.id) & (Level.number == Result.level))
        .where(Program.code.in_(("SB_SUMMATIVE_ELA", "CAST")))
        .distinct()
    )
    old = ["Standard Not Met", "Standard Nearly Met", "Standard Met", "Standard Exceeded"]
    new = ["Minimal", "Developing", "Proficient", "Advanced"]
    assert set(map(tuple, rows)) == {
        (year, number, label)
        for year, labels in ((2024, old), (2025, old), (2026, new))
        for number, label in enumerate(labels, 1)
    }
