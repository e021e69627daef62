"""The statewide distributions of 2025 that fictitious scores are drawn from."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from seeds.data import read


@dataclass(frozen=True)
class Distribution:
    """The scores of a subject and tested grade, in scale points."""

    ranks: Sequence[float]
    scores: Sequence[float]
    standard_deviation: float
    shifts: Mapping[str, float]
    """Group -> its mean less the mean of all students."""

    def at(self, rank: float) -> float:
        """The score at a percentile rank: straight lines between the known ranks, their ends beyond."""
        place = bisect_right(self.ranks, rank)
        if place in (0, len(self.ranks)):
            return self.scores[max(0, place - 1)]
        before, after = self.ranks[place - 1], self.ranks[place]
        low, high = self.scores[place - 1], self.scores[place]
        return low + (high - low) * (rank - before) / (after - before)

    def shift(self, groups: Iterable[str]) -> float:
        """How far the groups' means lie from the mean of all, added up."""
        return sum(self.shifts.get(group, 0.0) for group in groups)


@cache
def distribution(subject: str, grade: str) -> Distribution:
    """The distribution of a grade; all of high school has that of grade 11."""
    content = read("statewide_2025")
    tested = "11" if grade in ("09", "10", "12", "HS") else grade
    (row,) = (row for row in content["distributions"] if row["subject"] == subject and row["grade"] == tested)
    _, mean_of_all, _ = row["groups"]["ALL"]
    return Distribution(
        ranks=content["percentile_ranks"],
        scores=row["percentiles"],
        standard_deviation=row["standard_deviation"],
        shifts={group: mean - mean_of_all for group, (_, mean, _) in row["groups"].items()},
    )
