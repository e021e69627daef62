"""A region of the sandbox from its students to their answers: made step by step, so that only one is in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from models import Base, ItemResponse, Result, Student, SubScore, TargetScore, TraitScore
from seeds.assessments import Catalogue
from seeds.chance import chance
from seeds.classes import SchoolClass, classes_of
from seeds.data import read
from seeds.groups import Groups
from seeds.people import Person, people_of, student_row
from seeds.places import GRADES, Place
from seeds.responses import response_rows
from seeds.results import Row, Scored, YearOfRegion, mark_latest, result_row
from seeds.sub_scores import sub_score_rows
from seeds.targets import Targets
from seeds.writing import trait_rows

Rows = Iterator[tuple[type[Base], Row]]


@dataclass(frozen=True)
class Step:
    """Some rows of a region, parents first, and which share of the region is then done."""

    rows: Rows
    share: float


class RegionBuilder:
    """Makes one region after the other; ids of students, results and groups go on counting."""

    def __init__(self, tests: Catalogue, targets: Targets, groups: Groups, seed: int) -> None:
        self._tests = tests
        self._targets = targets
        self._groups = groups
        self._seed = seed
        self._student_ids, self._result_ids = count(1), count(1)

    def steps(self, region: Sequence[Place]) -> Iterator[Step]:
        """The students, their groups, then each year's results: by grade, then by class."""
        people = people_of(region, self._student_ids, self._seed)
        yield Step(((Student, student_row(person)) for person in people), 0)
        years = [(year, list(classes_of(region, people, year, self._seed))) for year in read("sandbox")["school_years"]]
        yield Step(self._groups.rows(one for _, classes in years for one in classes), 0)
        whole = sum(len(GRADES) + len(classes) for _, classes in years)
        done = 0
        for year, classes in years:
            of_region = self._year(region, people, year)
            for rows in self._results_of(of_region, classes):
                done += 1
                yield Step(rows, done / whole)

    def _year(self, region: Sequence[Place], people: Sequence[Person], year: int) -> YearOfRegion:
        grades: dict[str, list[Person]] = {grade: [] for grade in GRADES}
        for person in people:
            if year in person.enrolments:
                grades[person.grade(year)].append(person)
        name = min(school.natural_id for school in region[0].schools.values())
        return YearOfRegion(name, year, self._tests, self._seed, grades)

    def _results_of(self, year: YearOfRegion, classes: Sequence[SchoolClass]) -> Iterator[Rows]:
        for grade in GRADES:
            random = chance(self._seed, "parts", year.name, year.school_year, grade)
            yield self._rows([one for scored in year.summatives(grade) for one in scored], random)
        for school_class in classes:
            random = chance(self._seed, "answers", *school_class.key)
            yield self._rows(list(year.interims(school_class)), random)

    def _rows(self, scored: Sequence[Scored], random: Random) -> Rows:
        """The results of some sittings and what hangs on them."""
        results = [result_row(sitting, score, next(self._result_ids)) for sitting, score in scored]
        mark_latest(results)
        for row in results:
            yield Result, row
        for (sitting, score), row in zip(scored, results, strict=True):
            if score:
                for part in sub_score_rows(row, sitting.test, random):
                    yield SubScore, part
                for score_of_target in self._targets.score_rows(row, sitting.test, random):
                    yield TargetScore, score_of_target
                traits = trait_rows(row, sitting.test, random)
                for trait in traits:
                    yield TraitScore, trait
                for response in response_rows(row, sitting.test, traits, random):
                    yield ItemResponse, response
