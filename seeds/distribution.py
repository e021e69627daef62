"""How the scores of a program and grade fall: the statewide distributions of 2025, and what we expect elsewhere."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from seeds.data import read
from seeds.forms import score_range

ROUNDED = 0.5
"""Scores are whole: from half a point below a cut score on they round up to it."""


@dataclass(frozen=True)
class Distribution:
    """The scores of a program and tested grade, in scale points."""

    ranks: Sequence[float]
    scores: Sequence[float]
    standard_deviation: float
    shifts: Mapping[str, float]
    """Group -> its published mean less the mean of all students."""

    def at(self, rank: float) -> float:
        """The score at a percentile rank: straight lines between the known ranks, their ends beyond."""
        place = bisect_right(self.ranks, rank)
        if place in (0, len(self.ranks)):
            return self.scores[max(0, place - 1)]
        before, after = self.ranks[place - 1], self.ranks[place]
        low, high = self.scores[place - 1], self.scores[place]
        return low + (high - low) * (rank - before) / (after - before)

    def shift(self, groups: Iterable[str]) -> float:
        """How far the groups' means lie from the mean of all, added up, in standard deviations."""
        return sum(self.shifts.get(group, 0.0) for group in groups) / self.standard_deviation


def distribution(program: str, grade: str, school_year: int) -> Distribution:
    """The distribution of a program's grade on the scale of a school year; all of high school has that of grade 11 in
    Smarter Balanced."""
    scale = score_range(program, grade, school_year)
    return _distribution(program, grade, scale["lowest"], tuple(scale["cuts"]), scale["highest"])


@cache
def _distribution(program: str, grade: str, lowest: int, cuts: tuple[int, ...], highest: int) -> Distribution:
    if program.startswith("SB_"):
        subject = program.rpartition("_")[2]
        published = published_results(subject, "11" if grade in ("09", "10", "12", "HS") else grade)
        _, mean_of_all, percent = published["groups"]["ALL"]
        points = zip(read("statewide_2025")["percentile_ranks"], published["percentiles"], strict=True)
        shifts = {group: mean - mean_of_all for group, (_, mean, _) in published["groups"].items()}
        ranks, scores = _through_cuts(dict(points), percent, cuts)
        return Distribution(ranks, scores, published["standard_deviation"], shifts)
    (expected,) = (block for block in read("expected_results")["blocks"] if program in block["programs"])
    given = {float(rank): score for rank, score in expected["percentiles"].get(grade, {}).items()}
    tails = _tails(expected["percent"], lowest, cuts, highest)
    ranks, scores = _through_cuts(tails | given, expected["percent"], cuts)
    return Distribution(ranks, scores, _spread(ranks, scores), {})


def published_results(subject: str, grade: str) -> dict[str, Any]:
    """The statewide results of a subject and tested grade."""
    distributions = read("statewide_2025")["distributions"]
    (row,) = (row for row in distributions if row["subject"] == subject and row["grade"] == grade)
    return dict(row)


def _through_cuts(
    points: Mapping[float, float], percent: Sequence[float], cuts: Sequence[int]
) -> tuple[list[float], list[float]]:
    """Ranks and scores through the percentiles and, exactly, through the cut scores at the shares of the levels; a
    percentile that disagrees with these gives way."""
    edges = {share: cut - ROUNDED for share, cut in zip(accumulate(percent), cuts, strict=False)}
    agreeing = {
        rank: score
        for rank, score in points.items()
        if all((rank < share) == (score < edge) and rank != share for share, edge in edges.items())
    }
    ranks = sorted(agreeing | edges)
    return ranks, [(agreeing | edges)[rank] for rank in ranks]


def _tails(percent: Sequence[float], lowest: int, cuts: Sequence[int], highest: int) -> dict[float, float]:
    """How the lowest and the highest level thin out: half of their students are near the cut score."""
    inside = cuts[-1] - cuts[0]
    below, above = min(inside, 0.8 * (cuts[0] - lowest)), min(inside, 0.8 * (highest - cuts[-1]))
    return {
        1: cuts[0] - below,
        percent[0] / 2: cuts[0] - 0.35 * below,
        100 - percent[-1] / 2: cuts[-1] + 0.35 * above,
        99: cuts[-1] + above,
    }


def _spread(ranks: Sequence[float], scores: Sequence[float]) -> float:
    """The standard deviation of an expected distribution, as the published ones have theirs: from P20 and P80."""
    line = Distribution(ranks, scores, 1, {})
    return (line.at(80) - line.at(20)) / 1.683
