"""What a number of scale points means: the score, its standard error, the level.

The level always follows from the score, so that the two can never disagree.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from models import Assessment
from seeds.assessments import GivenTest
from seeds.data import read
from seeds.places import GRADES


@dataclass(frozen=True, slots=True)
class Score:
    """A scale score, its standard error of measurement (scale points), and the level or category it means; some
    sub-scores are only a level."""

    value: int | None
    standard_error: float | None
    level: int


def overall_score(points: float, test: GivenTest) -> Score:
    """The overall score of a sitting that came to so many scale points."""
    assessment = test.assessment
    value = within(points, assessment)
    error = standard_error(value, assessment, errors(test.program, assessment.kind)["overall"])
    if f"{test.program}/{assessment.kind}" in read("measurement_error")["category_rule"]["overall_of"]:
        return Score(value, error, category(value, error, assessment.cut_scores))
    return Score(value, error, 1 + bisect_right(assessment.cut_scores, value))


def category(value: int, error: float, cut_scores: Sequence[int]) -> int:
    """1 below, 2 near, 3 above the standard: the place of the error band by the cut score of level 3."""
    rule = read("measurement_error")["category_rule"]
    cut = cut_scores[rule["cut_level"] - 2]
    band = rule["band_in_standard_errors"] * error
    if value + band < cut:
        return 1
    return 3 if value - band > cut else 2


def standard_error(value: int, assessment: Assessment, limits: tuple[float, float]) -> float:
    """Smallest in the middle of the scale, largest at both ends."""
    smallest, largest = limits
    half = (assessment.max_score - assessment.min_score) / 2
    distance = (value - assessment.min_score - half) / half
    return round(smallest + (largest - smallest) * distance**2, 1)


@cache
def errors(program: str, kind: str) -> dict[str, Any]:
    """The block of `data/measurement_error.json` for a program and kind."""
    blocks = read("measurement_error")["blocks"]
    (found,) = (block for block in blocks if program in block["programs"] and kind in block["kinds"])
    return dict(found)


def interim_points(points: float, kind: str, grade: str) -> float:
    """Scale points of an interim for a student who would get `points` at the end of the year: earlier in it, and in
    high school perhaps years earlier, less is known."""
    rules = read("testing")["scores"]
    points += rules["interim_shift"].get(kind, 0)
    if grade in ("09", "10"):
        points -= rules["points_per_grade_before_11"] * (GRADES.index("11") - GRADES.index(grade))
    return points


def within(value: float, assessment: Assessment) -> int:
    """The whole score nearest to it on the assessment's scale."""
    return min(max(round(value), assessment.min_score), assessment.max_score)
