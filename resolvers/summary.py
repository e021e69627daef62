"""One summary for cards, pages and reports: sums that merge, and the measures computed from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, sqrt

from models.reference import Level

CAUTION_UNDER = 11


@dataclass(frozen=True, slots=True)
class LevelCount:
    level: Level
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Measures of a group. Scores in scale points; percents have one decimal and add up to 100."""

    students_tested: int
    mean_score: float
    standard_error_of_mean: float | None
    levels: list[LevelCount]
    proficient_percent: float | None
    caution: str | None
    suppressed: bool = False


@dataclass(slots=True)
class Sums:
    """What merges: n, sum, sum of squares, level counts."""

    n: int = 0
    total: int = 0
    squares: int = 0
    levels: list[int] = field(default_factory=list)

    def add(self, n: int, total: int, squares: int, levels: Sequence[int]) -> None:
        """Merge more students in."""
        self.n += n
        self.total += int(total)
        self.squares += int(squares)
        self.levels = [a + b for a, b in zip(self.levels or [0] * len(levels), levels, strict=True)]

    def summary(self, levels: Sequence[Level]) -> Summary:
        """The measures; `levels` are those of the assessment."""
        counts = [self.levels[level.number - 1] for level in levels]
        shares = percents(counts)
        proficient = [share for level, share in zip(levels, shares, strict=True) if level.proficient]
        return Summary(
            students_tested=self.n,
            mean_score=round(self.total / self.n, 2),
            standard_error_of_mean=self._standard_error(),
            levels=[LevelCount(*row) for row in zip(levels, counts, shares, strict=True)],
            proficient_percent=round(sum(proficient), 1) if proficient else None,
            caution="UNDER_11" if self.n < CAUTION_UNDER else None,
        )

    def _standard_error(self) -> float | None:
        """Sample standard deviation over the root of n; null for one student."""
        if self.n < 2:
            return None
        spread = self.squares * self.n - self.total * self.total
        return round(sqrt(spread / (self.n - 1)) / self.n, 2)


def percents(counts: Sequence[int]) -> list[float]:
    """Shares of the whole with one decimal, adding up to 100 (largest remainder; tie: the lower level)."""
    whole = sum(counts)
    if not whole:
        return [0.0 for _ in counts]
    exact = [1000 * count / whole for count in counts]
    tenths = [floor(share) for share in exact]
    order = sorted(range(len(counts)), key=lambda place: (tenths[place] - exact[place], place))
    for place in order[: 1000 - sum(tenths)]:
        tenths[place] += 1
    return [tenth / 10 for tenth in tenths]
