"""The results of a region's school year with all that hangs on them, as rows for bulk inserts: first the summatives of
each grade, whose scores are spread over the published distribution, then the interims of each class."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from statistics import NormalDist
from typing import Any

from seeds.assessments import Catalogue
from seeds.chance import chance
from seeds.classes import SchoolClass
from seeds.data import read
from seeds.distribution import distribution
from seeds.people import Person, current_place
from seeds.scores import Score, interim_points, overall_score
from seeds.sittings import Sitting, interim_sittings, summative_sittings
from seeds.standings import Groups, spread_evenly, standings, with_luck

NORMAL = NormalDist()
Row = dict[str, Any]
Scored = tuple[Sitting, Score | None]


@dataclass(frozen=True)
class YearOfRegion:
    """A school year of students who stay among one another, by grade."""

    name: str
    school_year: int
    tests: Catalogue
    seed: int
    grades: Mapping[str, Sequence[Person]]
    _standings: dict[tuple[str, str, str], dict[int, float]] = field(default_factory=dict)
    _shown: dict[tuple[str, int], float] = field(default_factory=dict)
    """Subject and person id -> the place that the year's summative showed."""

    def summatives(self, grade: str) -> Iterator[list[Scored]]:
        """The scored sittings of a grade, program by program."""
        for rule in read("testing")["summatives"]:
            for program in rule["programs"]:
                random = chance(self.seed, "summatives", self.name, self.school_year, grade, program)
                sat = summative_sittings(self.grades[grade], rule, program, self.school_year, self.tests, random)
                yield list(self._spread(list(sat), program, rule["students"], grade, random))

    def interims(self, school_class: SchoolClass) -> Iterator[Scored]:
        """The scored sittings of a class, for whose students the year's summatives are known already."""
        random = chance(self.seed, "interims", *school_class.key)
        for rule in (row for row in read("testing")["interims"] if row["subject"] in school_class.subjects):
            for sitting in interim_sittings(school_class, rule, self.tests, random):
                shown = self._shown.get((rule["subject"], sitting.person.id))
                standing = self._standing(sitting.person, rule["subject"], rule["students"]) if shown is None else shown
                yield sitting, _drawn_score(sitting, standing, random)

    def _spread(
        self, sat: Sequence[Sitting], program: str, students: Mapping[str, bool], grade: str, random: Random
    ) -> Iterator[Scored]:
        """What counts is spread evenly over the program's distribution; what does not is drawn from it."""
        counting = [sitting for sitting in sat if sitting.counts]
        subject = _subject(program)
        places = {
            id(sitting): with_luck(self._standing(sitting.person, subject, students), program, "SUMMATIVE", random)
            for sitting in sat
        }
        points: dict[int, float] = {}
        if counting:
            assessment = counting[0].test.assessment
            spread = distribution(program, assessment.grade, self.school_year)
            groups = _groups([sitting.person for sitting in counting], grade) if spread.shifts else ()
            scores = spread_evenly([places[id(sitting)] for sitting in counting], groups, spread, random)
            points = {id(sitting): score for sitting, score in zip(counting, scores, strict=True)}
            for rank, (_, number) in enumerate(sorted((points[id(one)], one.person.id) for one in counting)):
                self._shown[subject, number] = NORMAL.inv_cdf((rank + 0.5) / len(counting))
        for sitting in sat:
            if id(sitting) in points:
                yield sitting, overall_score(points[id(sitting)], sitting.test)
            else:
                yield sitting, _drawn_score(sitting, places[id(sitting)], random)

    def _standing(self, person: Person, subject: str, students: Mapping[str, bool]) -> float:
        grade = person.grade(self.school_year)
        key = grade, subject, str(students)
        if key not in self._standings:
            alike = [other for other in self.grades[grade] if other.matches(students, self.school_year)]
            self._standings[key] = standings(alike, subject, self.school_year)
        return self._standings[key][person.id]


def result_row(sitting: Sitting, score: Score | None, number: int) -> Row:
    """A result; `mark_latest` completes it when the student's other attempts are known."""
    person, assessment = sitting.person, sitting.test.assessment
    _, school = person.enrolments[assessment.school_year]
    interim = sitting.session is not None
    return {
        "district_id": school.district_id,
        "id": number,
        "student_id": person.id,
        "assessment_id": assessment.id,
        "program_id": assessment.program_id,
        "subject_id": assessment.subject_id,
        "interim": interim,
        "school_id": school.id,
        "school_year": assessment.school_year,
        "opportunity_id": f"SANDBOX-{number:08d}",
        "session": sitting.session,
        "completed_at": sitting.completed_at,
        "status_at": sitting.status_at,
        "manner": ("STANDARDIZED" if sitting.regular else "NONSTANDARDIZED") if interim else None,
        "validity": None if interim else ("VALID" if sitting.regular else "INVALID"),
        "completeness": "COMPLETE" if sitting.complete else "PARTIAL",
        "scale_score": score.value if score else None,
        "standard_error": score.standard_error if score else None,
        "level": score.level if score else None,
        "unscored_reason": None if score else "NOT_SCORED",
        "latest": False,
        **current_place(person),
        **person.demographics(assessment.school_year),
    }


def mark_latest(results: Iterable[Row]) -> None:
    """Set `latest` on the last completed scored result of each student and assessment (tie: lowest id)."""
    latest: dict[tuple[int, int], Row] = {}
    for row in results:
        if not row["level"]:
            continue
        key = (row["student_id"], row["assessment_id"])
        if key not in latest or _recency(row) > _recency(latest[key]):
            latest[key] = row
    for row in latest.values():
        row["latest"] = True


def _recency(row: Row) -> tuple[datetime, int]:
    return row["completed_at"], -row["id"]


def _drawn_score(sitting: Sitting, standing: float, random: Random) -> Score | None:
    """The score of a sitting by itself: from the distribution of the student's grade, on the scale of the test."""
    if not sitting.scored:
        return None
    assessment, test = sitting.test.assessment, sitting.test
    grade = sitting.person.grade(assessment.school_year)
    if assessment.kind == "SUMMATIVE":
        spread = distribution(test.program, assessment.grade, assessment.school_year)
        return overall_score(spread.at(100 * NORMAL.cdf(standing)), test)
    own = grade if test.program.startswith("SB_") else assessment.grade
    spread = distribution(test.program, own, assessment.school_year)
    points = spread.at(100 * NORMAL.cdf(with_luck(standing, test.program, assessment.kind, random)))
    return overall_score(interim_points(points, assessment.kind, grade), test)


def _subject(program: str) -> str:
    """The subject whose ability a program tests."""
    borrowed: Mapping[str, str] = read("testing")["scores"]["abilities"]
    return borrowed[program]


def _groups(people: Sequence[Person], grade: str) -> Groups:
    """Question by question, the places of each group's students."""
    asked = zip(*(person.background.reported_groups(grade) for person in people), strict=True)
    questions: list[dict[str, list[int]]] = []
    for answers in asked:
        found: dict[str, list[int]] = {}
        for place, group in enumerate(answers):
            found.setdefault(group, []).append(place)
        questions.append(found)
    return questions
