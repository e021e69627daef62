"""The sandbox's results fall as those of the state do, wherever these are published (`seeds.calibration` counts)."""

from itertools import pairwise

import pytest

from models.database import Database
from seeds.calibration import FEWEST_OF_A_GRADE, SMARTER_BALANCED, Cell, Contents, contents, lasting
from seeds.places import GRADES

YEARS = (2024, 2025, 2026)


@pytest.fixture(scope="module")
async def held(sandbox: Database) -> Contents:
    return await sandbox.run(contents)


@pytest.fixture(scope="module")
def published(held: Contents) -> list[Cell]:
    return [cell for cell in held.cells if cell.published_mean is not None]


@pytest.fixture(scope="module")
def smarter_balanced(held: Contents) -> list[Cell]:
    return [cell for cell in held.cells if cell.program in SMARTER_BALANCED]


def test_every_published_grade_has_enough_results_to_be_judged(published: list[Cell]) -> None:
    tested = ["03", "04", "05", "06", "07", "08", "11"]
    expected = [(program, grade) for program in SMARTER_BALANCED for grade in tested]
    assert [(cell.program, cell.grade) for cell in published] == [*expected, *(("CAST", g) for g in ("05", "08", "HS"))]
    for cell in published:
        for year in YEARS:
            assert len(cell.in_year(year).results) >= FEWEST_OF_A_GRADE


def test_the_share_of_each_level_is_within_3_points_in_every_grade_and_year(smarter_balanced: list[Cell]) -> None:
    for cell in smarter_balanced:
        assert cell.published_shares
        for year in (None, *YEARS):
            assert cell.shares(year) == pytest.approx(cell.published_shares, abs=3), (cell.program, cell.grade, year)


def test_the_science_test_has_the_published_share_of_its_lowest_level(published: list[Cell]) -> None:
    levels = [one.level for cell in published if cell.program == "CAST" for one in cell.results]
    assert 100 * levels.count(1) / len(levels) == pytest.approx(14.1, abs=3)


def test_means_are_within_a_seventh_of_a_standard_deviation(published: list[Cell]) -> None:
    for whole in published:
        for cell in (whole, *(whole.in_year(year) for year in YEARS)):
            assert cell.published_mean is not None
            away = (cell.mean - cell.published_mean) / cell.standard_deviation
            assert abs(away) <= 0.15, (cell.program, cell.grade, away)


def test_gaps_between_groups_have_the_published_sign(smarter_balanced: list[Cell]) -> None:
    seen = set()
    for whole in smarter_balanced:
        for cell in (whole, *(whole.in_year(year) for year in YEARS)):
            for group, (expected, built) in cell.gaps().items():
                seen.add(group)
                assert expected * built > 0, (cell.program, cell.grade, group, expected, built)
    assert seen >= {"FEMALE", "MALE", "HISPANIC_OR_LATINO", "ASIAN", "WHITE", "EL", "EO", "RFEP", "IFEP", "DISABILITY"}


@pytest.mark.parametrize("program", SMARTER_BALANCED)
def test_a_student_s_performance_lasts_but_not_wholly(held: Contents, program: str) -> None:
    cells = {cell.grade: cell for cell in held.cells if cell.program == program}
    assert lasting(cells.values()).keys() == {(2024, 2025), (2025, 2026)}
    followed = [[cells[grade], cells[after]] for grade, after in pairwise(GRADES) if {grade, after} <= cells.keys()]
    assert len(followed) == 5
    for part in (cells.values(), *followed):
        for _, r in lasting(part).values():
            assert 0.75 <= r <= 0.9


@pytest.mark.parametrize("program", ["ELPAC_SUMMATIVE", "CSA"])
def test_performance_in_other_yearly_programs_lasts_alike(held: Contents, program: str) -> None:
    found = lasting(cell for cell in held.cells if cell.program == program)
    assert found
    assert all(0.75 <= r <= 0.9 for _, r in found.values()), found
