"""What a student scores: a place in the statewide distribution of the grade, moved by the student's groups.

The level always follows from the score, so that the two can never disagree.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist

from models import Assessment
from seeds.data import read
from seeds.distribution import distribution
from seeds.people import Person
from seeds.places import GRADES

NORMAL = NormalDist()


@dataclass(frozen=True)
class Score:
    """A scale score, its standard error of measurement (scale points), and the level or category it means."""

    value: int
    standard_error: float
    level: int


def overall_score(person: Person, subject: str, assessment: Assessment, random: Random) -> Score:
    """The overall score of one sitting."""
    value = _within(_points(person, subject, assessment, random), assessment)
    error = standard_error(value, assessment, read("measurement_error")["overall"][assessment.kind][subject])
    if assessment.kind in ("IAB", "FIAB"):
        return Score(value, error, category(value, error, assessment.cut_scores))
    return Score(value, error, 1 + bisect_right(assessment.cut_scores, value))


def sub_score(overall: int, assessment: Assessment, random: Random) -> Score:
    """A claim or composite near the overall score."""
    value = _within(random.gauss(overall, read("sandbox")["scores"]["sub_score_spread"]), assessment)
    error = standard_error(value, assessment, read("measurement_error")["sub_score"])
    return Score(value, error, category(value, error, assessment.cut_scores))


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


def _points(person: Person, subject: str, assessment: Assessment, random: Random) -> float:
    rules = read("sandbox")["scores"]
    grade = person.enrolments[assessment.school_year][0]
    spread = distribution(subject, grade)
    ability = random.gauss(rules["spread_of_ability"] * person.ability[subject], rules["spread_of_a_sitting"])
    points: float = spread.at(100 * NORMAL.cdf(ability))
    points += rules["damping_of_group_means"] * spread.shift(person.background.reported_groups(grade))
    points += rules["interim_shift"].get(assessment.kind, 0)
    if grade in ("09", "10"):
        points -= rules["points_per_grade_before_11"] * (GRADES.index("11") - GRADES.index(grade))
    return points


def _within(value: float, assessment: Assessment) -> int:
    return min(max(round(value), assessment.min_score), assessment.max_score)
