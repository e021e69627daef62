"""How near the built sandbox comes to what is published: shares of levels, means, gaps between groups, and whether a
student's performance lasts. Counted as reports count: the latest scored result, complete and valid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import correlation, fmean, pstdev
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Assessment, Program, Result, Student
from models.demographics import ETHNICITIES, HISPANIC, TWO_OR_MORE, reported_ethnicities
from seeds.data import read
from seeds.distribution import published_results
from seeds.places import GRADES

FEWEST_OF_A_GRADE = 60
FEWEST_OF_A_GROUP = 30
SMARTER_BALANCED = {"SB_SUMMATIVE_ELA": "ELA", "SB_SUMMATIVE_MATH": "MATH"}


@dataclass(frozen=True)
class Taken:
    """One result that counts."""

    student: int
    school_year: int
    score: int
    level: int
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A program and grade: what is published beside what was built. Scores in scale points, shares in percent."""

    program: str
    grade: str
    results: Sequence[Taken]
    published_mean: float | None
    published_shares: Sequence[float] | None
    published_gaps: Mapping[str, float]
    """Group -> its mean less the mean of all."""

    @property
    def scores(self) -> list[int]:
        return [one.score for one in self.results]

    @property
    def mean(self) -> float:
        return fmean(self.scores)

    @property
    def standard_deviation(self) -> float:
        return pstdev(self.scores)

    def shares(self, school_year: int | None = None) -> list[float]:
        """Percent at each level, of one school year or all."""
        levels = [one.level for one in self.results if school_year in (None, one.school_year)]
        number = max(levels, default=0) if self.published_shares is None else len(self.published_shares)
        return [100 * levels.count(level) / len(levels) for level in range(1, number + 1)]

    def in_year(self, school_year: int) -> "Cell":
        """The same of one school year."""
        own = [one for one in self.results if one.school_year == school_year]
        return Cell(self.program, self.grade, own, self.published_mean, self.published_shares, self.published_gaps)

    def gaps(self) -> dict[str, tuple[float, float]]:
        """Group of at least thirty -> published and built distance of its mean from the mean of all."""
        members: dict[str, list[int]] = defaultdict(list)
        for one in self.results:
            for group in one.groups:
                members[group].append(one.score)
        return {
            group: (gap, fmean(members[group]) - self.mean)
            for group, gap in self.published_gaps.items()
            if len(members[group]) >= FEWEST_OF_A_GROUP
        }


def cells(session: Session) -> list[Cell]:
    """Every summative program and grade with a result, in the order of the programs."""
    found: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    statement = (
        select(Program.code, Assessment.grade, Result)
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
        .where(Assessment.kind == "SUMMATIVE", Result.latest, Result.completeness == "COMPLETE")
        .where(Result.validity == "VALID")
        .order_by(Program.id, Assessment.grade, Result.district_id, Result.id)
        .execution_options(yield_per=2000)
    )
    for program, grade, row in session.execute(statement):
        found[program, grade].append(_taken(row))
        session.expunge(row)
    rows = [_cell(program, grade, results) for (program, grade), results in found.items()]
    programs = list(dict.fromkeys(cell.program for cell in rows))
    return sorted(rows, key=lambda cell: (programs.index(cell.program), (*GRADES, "HS").index(cell.grade)))


@dataclass(frozen=True)
class Contents:
    """What a sandbox holds: results that count for summatives, and how many there are of everything."""

    cells: Sequence[Cell]
    results: Mapping[tuple[str, str], Mapping[int, int]]
    """(Program, kind) -> results by school year, scored or not."""
    students: int


def contents(session: Session) -> Contents:
    """What the sandbox of this session holds."""
    counted: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    statement = (
        select(Program.code, Assessment.kind, Result.school_year, func.count())
        .join(Assessment, Assessment.id == Result.assessment_id)
        .join(Program, Program.id == Result.program_id)
        .group_by(Program.id, Program.code, Assessment.kind, Result.school_year)
        .order_by(Program.id, Assessment.kind, Result.school_year)
    )
    for program, kind, year, number in session.execute(statement):
        counted[program, kind][year] = number
    students = session.scalar(select(func.count()).select_from(Student)) or 0
    return Contents(cells(session), counted, students)


def lasting(of_program: Iterable[Cell]) -> dict[tuple[int, int], tuple[int, float]]:
    """Pair of following school years -> students and the correlation of their scores within their grade."""
    standing: dict[int, dict[int, float]] = defaultdict(dict)
    for cell in of_program:
        for year in {one.school_year for one in cell.results}:
            part = cell.in_year(year)
            for one in part.results:
                standing[one.student][year] = (one.score - part.mean) / (part.standard_deviation or 1)
    years = read("sandbox")["school_years"]
    found = {}
    for pair in pairwise(years):
        both = [[own[year] for year in pair] for own in standing.values() if own.keys() >= set(pair)]
        if len(both) >= FEWEST_OF_A_GRADE:
            found[pair] = len(both), correlation(*zip(*both, strict=True))
    return found


def _taken(row: Result) -> Taken:
    return Taken(row.student_id, row.school_year, row.scale_score or 0, row.level or 0, _groups(row))


def _groups(row: Result) -> tuple[str, ...]:
    """The groups of statewide reports that a result counts in, told from its demographics."""
    mask = reported_ethnicities(row.ethnicities)
    codes: Iterable[str] = [code for code, bit in ETHNICITIES.items() if mask & bit]
    if mask & HISPANIC:
        codes = ["HISPANIC_OR_LATINO"]
    elif mask & TWO_OR_MORE:
        codes = ["TWO_OR_MORE_RACES"]
    return (
        *codes,
        row.gender or "",
        row.elas or "",
        "DISABILITY" if row.iep else "NO_DISABILITY",
        "ECONOMIC_DISADVANTAGE" if row.economic_disadvantage else "NO_ECONOMIC_DISADVANTAGE",
    )


def _cell(program: str, grade: str, results: Sequence[Taken]) -> Cell:
    if program in SMARTER_BALANCED:
        groups: Mapping[str, Any] = published_results(SMARTER_BALANCED[program], grade)["groups"]
        _, mean, shares = groups["ALL"]
        gaps = {group: own - mean for group, (_, own, _) in groups.items() if group != "ALL"}
        return Cell(program, grade, results, mean, shares, gaps)
    means: Mapping[str, float] = read("expected_results")["published_means"].get(program, {})
    return Cell(program, grade, results, means.get(grade), None, {})
