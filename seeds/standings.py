"""Where students stand among those of their grade: ability and group, then a day's luck, then scores by rank.

The scores of a cohort are spread evenly over the published distribution, so that its shares come out right even for
sixty students; within it each group's students are moved until the group's mean is as far from the mean of all as it
is published.
"""

from collections.abc import Mapping, Sequence
from random import Random
from statistics import fmean, pstdev

from seeds.data import read
from seeds.distribution import Distribution, distribution
from seeds.people import Person

ROUNDS = 12
FEWEST = 5
"""Students a group needs to be moved to its mean: fewer are left where they are."""
FEWEST_TO_STANDARDIZE = 20
TYPICAL_SPREAD = 1.1
Groups = Sequence[Mapping[str, Sequence[int]]]
"""Question -> group -> places of its students."""


def standings(people: Sequence[Person], subject: str, school_year: int) -> dict[int, float]:
    """Person id -> place in a subject among these students of one grade, in standard deviations."""
    rules = read("testing")["scores"]
    spread = _groups_of(subject, people[0].grade(school_year), school_year) if people else None
    found = {}
    for person in people:
        grade = person.grade(school_year)
        shift = spread.shift(person.background.reported_groups(grade)) if spread else 0.0
        leap = rules["fluent_next_year"] if subject == "ELPAC" and person.background.fluent_after(grade) else 0.0
        found[person.id] = person.ability[subject] + rules["damping"] * shift + leap
    if len(found) < FEWEST_TO_STANDARDIZE:
        return {number: value / TYPICAL_SPREAD for number, value in found.items()}
    mean, deviation = fmean(found.values()), pstdev(found.values())
    return {number: (value - mean) / deviation for number, value in found.items()}


def with_luck(standing: float, program: str, kind: str, random: Random) -> float:
    """The place on the day of a sitting."""
    shares = read("testing")["scores"]["spread_of_a_sitting"]
    share = shares.get(program) or shares[kind]
    return float((1 - share) ** 0.5 * standing + share**0.5 * random.gauss(0, 1))


def spread_evenly(places: Sequence[float], groups: Groups, spread: Distribution, random: Random) -> list[float]:
    """The score of each place, in order: one score from each of as many equal parts of the distribution."""
    number = len(places)
    scores = sorted(spread.at(100 * (rank + random.random()) / number) for rank in range(number))
    moved = list(places)
    aims = [_aims(groups_of_question, spread, fmean(scores), number) for groups_of_question in groups] if places else []
    for _ in range(ROUNDS):
        for groups_of_question, aim in zip(groups, aims, strict=True):
            given = _by_rank(moved, scores)
            for group, target in aim.items():
                members = groups_of_question[group]
                missing = (target - fmean(given[member] for member in members)) / spread.standard_deviation
                for member in members:
                    moved[member] += missing
    return _by_rank(moved, scores)


def _by_rank(places: Sequence[float], scores: Sequence[float]) -> list[float]:
    given = [0.0] * len(places)
    for score, place in zip(scores, sorted(range(len(places)), key=places.__getitem__), strict=True):
        given[place] = score
    return given


def _aims(groups: Mapping[str, Sequence[int]], spread: Distribution, mean: float, number: int) -> dict[str, float]:
    """Group -> the mean it should have: as far from the mean of all as published, with what lies above weighing as much
    as what lies below (these students' groups are not the state's)."""
    gaps = {
        group: spread.shifts[group]
        for group, members in groups.items()
        if group in spread.shifts and FEWEST <= len(members) < number
    }
    above, below = (
        sum(len(groups[group]) * abs(gap) for group, gap in gaps.items() if (gap > 0) == up) for up in (1, 0)
    )
    if not above or not below:
        return {}
    factor = (below / above) ** 0.5
    return {group: mean + (gap * factor if gap > 0 else gap / factor) for group, gap in gaps.items()}


def _groups_of(subject: str, grade: str, school_year: int) -> Distribution | None:
    """The published distances of groups in a subject; null = there are none to borrow either."""
    known = read("testing")["scores"]["gaps_of"].get(subject, subject)
    return distribution(f"SB_SUMMATIVE_{known}", grade, school_year) if known in ("ELA", "MATH") else None
