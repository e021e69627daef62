"""Writing traits, targets and rubrics: each where it belongs, and in agreement with the rest of the result."""

from collections import Counter, defaultdict

from sqlalchemy import func, select

from models import Assessment, Item, ItemResponse, Program, Result, RubricPoint, Target, TargetScore, TraitScore
from models.assessment import WRITING_PURPOSES
from models.result import WRITING_CATEGORIES
from seeds.data import read
from tests.seeds.conftest import Ask

MOST = {"ORGANIZATION": 4, "EVIDENCE": 4, "CONVENTIONS": 2}


async def written(ask: Ask) -> dict[tuple[int, int], dict[str, tuple[str, int | None, int, str | None]]]:
    """The traits of each result by category: purpose, points, most points, condition code."""
    trait = TraitScore
    found: dict[tuple[int, int], dict[str, tuple[str, int | None, int, str | None]]] = defaultdict(dict)
    for district, result, category, *rest in await ask(
        select(
            *(trait.district_id, trait.result_id, trait.category, trait.purpose),
            *(trait.points, trait.max_points, trait.condition_code),
        )
    ):
        found[district, result][category] = tuple(rest)
    return found


async def test_results_have_traits_where_their_test_asks_for_writing(ask: Ask) -> None:
    asked = {
        assessment for (assessment,) in await ask(select(Item.assessment_id).where(Item.writing_purpose.is_not(None)))
    }
    rows = await ask(
        select(Result.district_id, Result.id, Program.code, Result.assessment_id, Result.level).join(
            Program, Program.id == Result.program_id
        )
    )
    expected = {
        (district, number)
        for district, number, program, assessment, level in rows
        if level and (program == "SB_SUMMATIVE_ELA" or assessment in asked)
    }
    assert (await written(ask)).keys() == expected


async def test_a_trait_has_points_or_the_code_in_their_place(ask: Ask) -> None:
    codes = Counter()
    for traits in (await written(ask)).values():
        assert traits.keys() == set(WRITING_CATEGORIES)
        assert len({purpose for purpose, *_ in traits.values()}) == 1
        for category, (purpose, points, most, code) in traits.items():
            assert purpose in WRITING_PURPOSES
            assert most == MOST[category]
            assert (points is None) != (code is None)
            assert points is None or (1 if most == 4 else 0) <= points <= most
        codes[tuple(sorted((category, code) for category, (_, _, _, code) in traits.items() if code))] += 1
    whole = {tuple((category, code) for category in sorted(MOST)) for code in "BILT"}
    assert codes.keys() == {(), (("EVIDENCE", "M"), ("ORGANIZATION", "M")), *whole}
    assert codes[()] > 0.9 * codes.total()


async def test_the_purpose_is_one_of_the_grade_and_of_the_item(ask: Ask) -> None:
    grades = read("writing")["purposes"]
    rows = await ask(
        select(TraitScore.purpose, Assessment.grade, Item.writing_purpose)
        .join(Result, (Result.district_id == TraitScore.district_id) & (Result.id == TraitScore.result_id))
        .join(Assessment, Assessment.id == Result.assessment_id)
        .outerjoin(Item, (Item.assessment_id == Assessment.id) & Item.writing_purpose.is_not(None))
        .distinct()
    )
    assert {purpose for purpose, _, _ in rows} == set(WRITING_PURPOSES)
    for purpose, grade, of_item in rows:
        assert grade in grades[purpose]
        assert of_item in (None, purpose)


async def test_a_piece_of_writing_earns_what_its_traits_say(ask: Ask) -> None:
    traits = await written(ask)
    rows = await ask(
        select(ItemResponse.district_id, ItemResponse.result_id, ItemResponse.points)
        .join(Item, Item.id == ItemResponse.item_id)
        .where(Item.writing_purpose.is_not(None))
    )
    assert rows
    for district, result, points in rows:
        by_category = {category: given or 0 for category, (_, given, _, _) in traits[district, result].items()}
        half = (by_category["ORGANIZATION"] + by_category["EVIDENCE"] + 1) // 2
        assert points == half + by_category["CONVENTIONS"]


async def test_better_results_have_better_writing(ask: Ask) -> None:
    rows = await ask(
        select(Result.level, func.avg(TraitScore.points))
        .join(TraitScore, (TraitScore.district_id == Result.district_id) & (TraitScore.result_id == Result.id))
        .where(~Result.interim)
        .group_by(Result.level)
        .order_by(Result.level)
    )
    means = [mean for _, mean in rows]
    assert means == sorted(means)
    assert len(means) == 4


async def test_every_scored_smarter_balanced_summative_has_targets_of_its_grade(ask: Ask) -> None:
    rows = await ask(
        select(
            Result.district_id,
            Result.id,
            Result.program_id,
            Assessment.grade,
            Target.program_id,
            Target.code,
            Target.claim,
        )
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
        .outerjoin(TargetScore, (TargetScore.district_id == Result.district_id) & (TargetScore.result_id == Result.id))
        .outerjoin(Target, Target.id == TargetScore.target_id)
        .where(Program.code.like("SB_SUMMATIVE%"), Result.level.is_not(None))
    )
    numbers = Counter((district, number) for district, number, *_ in rows)
    assert set(numbers.values()) == {9}
    for _, _, program, grade, of_program, code, claim in rows:
        assert program == of_program
        assert code.endswith(f"-{int(grade)}") or (grade == "11" and claim in ("1", "2", "3"))
    others = await ask(
        select(TargetScore.result_id)
        .join(Result, (Result.district_id == TargetScore.district_id) & (Result.id == TargetScore.result_id))
        .join(Program, Program.id == Result.program_id)
        .where(~Program.code.like("SB_SUMMATIVE%"))
    )
    assert others == []


async def test_only_concepts_and_procedures_are_reported_in_mathematics(ask: Ask) -> None:
    rows = await ask(select(Program.code, Target.claim, Target.reported).join(Program, Program.id == Target.program_id))
    assert {(claim, reported) for code, claim, reported in rows if code == "SB_SUMMATIVE_MATH"} == {
        ("1", True),
        ("2", False),
        ("3", False),
    }
    assert {reported for code, _, reported in rows if code == "SB_SUMMATIVE_ELA"} == {True}


async def test_the_main_district_is_better_at_some_targets_than_at_others(ask: Ask) -> None:
    """Enough for a target report to say above, near and below: mean residual against its standard error."""
    rows = await ask(
        select(
            TargetScore.target_id,
            Result.school_year,
            func.count(),
            func.avg(TargetScore.student_relative),
            func.avg(TargetScore.student_relative * TargetScore.student_relative),
        )
        .join(Result, (Result.district_id == TargetScore.district_id) & (Result.id == TargetScore.result_id))
        .where(Result.district_id == 1)
        .group_by(TargetScore.target_id, Result.school_year)
    )
    told = Counter()
    for _, _, number, mean, square in rows:
        assert number >= 30
        error = ((square - mean * mean) / number) ** 0.5
        assert error < 0.2
        told["ABOVE" if mean >= error else "BELOW" if mean <= -error else "NEAR"] += 1
    assert min(told[name] for name in ("ABOVE", "NEAR", "BELOW")) > 0.15 * told.total()


async def test_items_scored_by_hand_have_a_rubric_for_every_number_of_points(ask: Ask) -> None:
    items = await ask(select(Item.id, Item.max_points, Item.answer_key))
    rubrics: dict[int, list[int]] = defaultdict(list)
    for item, points, text in await ask(select(RubricPoint.item_id, RubricPoint.points, RubricPoint.text)):
        rubrics[item].append(points)
        assert text
    for item, most, key in items:
        assert sorted(rubrics[item]) == ([] if key else list(range(most + 1)))
