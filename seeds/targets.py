"""The targets of the Smarter Balanced summatives, and how results did on them: residuals, in points."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import count
from random import Random
from typing import Any

from models import Target
from seeds.assessments import GivenTest
from seeds.chance import chance
from seeds.data import read
from seeds.distribution import distribution
from seeds.factories import TargetFactory
from seeds.forms import spoken
from seeds.programs import Programs

Row = dict[str, Any]
PROGRAMS = ("SB_SUMMATIVE_ELA", "SB_SUMMATIVE_MATH")


class Targets:
    """All targets by program and grade; ids count from 1."""

    def __init__(self, programs: Programs, seed: int) -> None:
        self._seed = seed
        self.by_grade: dict[tuple[str, str], list[Target]] = {}
        ids = count(1)
        for code in PROGRAMS:
            program = programs.programs[code]
            for grade in program.grades:
                self.by_grade[code, grade] = [
                    TargetFactory.build(id=next(ids), program=program, **line) for line in _lines(code, grade)
                ]

    @property
    def rows(self) -> list[Target]:
        """Every row to store."""
        return [target for targets in self.by_grade.values() for target in targets]

    def score_rows(self, result: Row, test: GivenTest, random: Random) -> Iterator[Row]:
        """How a scored result did on the targets that its items covered."""
        assessment = test.assessment
        targets = self.by_grade.get((test.program, assessment.grade), [])
        rules: Mapping[str, float] = read("targets")["scores"]
        spread = distribution(test.program, assessment.grade, assessment.school_year).standard_deviation
        ahead = (result["scale_score"] - assessment.cut_scores[1]) / spread
        covered = sorted(random.sample(range(len(targets)), min(len(targets), int(rules["targets"]))))
        for target in (targets[place] for place in covered):
            relative = random.gauss(
                self._tendency(target.id, result["school_id"], assessment.school_year), rules["spread"]
            )
            yield {
                "district_id": result["district_id"],
                "result_id": result["id"],
                "target_id": target.id,
                "student_relative": _thousandths(relative),
                "standard_met_relative": _thousandths(relative + rules["by_score"] * ahead),
            }

    @cache  # noqa: B019 - as many as schools, years and targets, and as long-lived as the build
    def _tendency(self, target: int, school: int, school_year: int) -> float:
        """What a school's students of a year are better or worse at than at the rest."""
        random = chance(self._seed, "targets", target, school, school_year)
        return random.gauss(0, read("targets")["scores"]["tendency"])


def _thousandths(residual: float) -> float:
    """Rounded, and never the negative zero that SQLite does not keep."""
    return round(residual, 3) + 0.0


def _lines(program: str, grade: str) -> Iterator[dict[str, Any]]:
    """The columns of a grade's targets: those that target reports show, then the others."""
    content = read("targets")[program]
    shown = content.get("every_grade") or {content["claim"]: content["by_grade"][grade]}
    for reported, claims in ((True, shown), (False, content["not_reported"])):
        for claim, targets in claims.items():
            for number, about in targets.items():
                ungraded = "by_grade" in content and grade == "11"
                code = number if ungraded else f"{number}-{spoken(grade)}"
                name = f"Target {number.rpartition('|')[2]}"
                yield {"claim": claim, "code": code, "name": name, "description": about, "reported": reported}
