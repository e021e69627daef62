"""The assessments of the sandbox's school years: every form, given in each of them, with its items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, cycle, islice
from typing import Any

from models import Assessment, Base, Item, RubricPoint, SubScoreDefinition
from seeds.chance import chance, weighted
from seeds.data import read
from seeds.factories import AssessmentFactory, ItemFactory, RubricPointFactory
from seeds.forms import Form, all_forms, given_in, score_range
from seeds.programs import Programs


@dataclass(frozen=True, slots=True)
class Question:
    """An item as its answers need it: plain values, since they are asked for half a million times."""

    item_id: int
    position: int
    type: str
    difficulty: str
    max_points: int
    answer_key: str | None
    writing: bool
    """A full piece of writing, scored by traits."""


@dataclass(frozen=True)
class GivenTest:
    """An assessment, with what a seed has to know of it besides."""

    program: str
    assessment: Assessment
    items: tuple[Item, ...]
    """In order; interims only."""
    questions: tuple[Question, ...]
    """What the answers to the items depend on."""
    sub_scores: tuple[SubScoreDefinition, ...]
    """Those of the blueprint of its year."""


@dataclass(frozen=True)
class Catalogue:
    """The tests; ids of assessments and items count from 1."""

    tests: tuple[GivenTest, ...]

    def given(self, program: str, kind: str, grade: str, school_year: int) -> list[GivenTest]:
        """The tests of a program, kind and grade in a school year."""
        return self._by_place.get((program, kind, grade, school_year), [])

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, str, int], list[GivenTest]]:
        found: dict[tuple[str, str, str, int], list[GivenTest]] = {}
        for test in self.tests:
            row = test.assessment
            found.setdefault((test.program, row.kind, row.grade, row.school_year), []).append(test)
        return found

    @property
    def rows(self) -> Iterator[Base]:
        """Every row to store."""
        for test in self.tests:
            yield test.assessment
            yield from test.items
            for item in test.items:
                yield from _rubric(item)


def catalogue(programs: Programs, seed: int) -> Catalogue:
    """Every form, given in each school year of the sandbox that knows its program."""
    ids, item_ids = count(1), count(1)
    return Catalogue(
        tuple(
            _test(form, year, programs, next(ids), item_ids, seed)
            for year in read("sandbox")["school_years"]
            for form in all_forms(programs)
            if given_in(form.program, year)
        )
    )


def _test(
    form: Form, school_year: int, programs: Programs, number: int, item_ids: Iterator[int], seed: int
) -> GivenTest:
    row = _assessment(form, school_year, programs, number)
    definitions = programs.sub_scores_of(row.program_id, form.kind, school_year, form.grade)
    items = tuple(_items(form, row, seed, item_ids)) if form.item_types else ()
    return GivenTest(form.program, row, items, tuple(map(_question, items)), tuple(definitions))


def _question(item: Item) -> Question:
    difficulty = item.difficulty or "MODERATE"
    writing = item.writing_purpose is not None
    return Question(item.id, item.position, item.type, difficulty, item.max_points, item.answer_key, writing)


def writing_purposes(grade: str) -> list[str]:
    """What a full piece of writing of a grade may be for."""
    return [purpose for purpose, grades in read("writing")["purposes"].items() if grade in grades]


def _rubric(item: Item) -> Iterator[RubricPoint]:
    """What earns each number of points, of an item scored by hand."""
    texts = read("items")["rubrics"].get(item.type)
    for points in range(item.max_points + 1) if texts else ():
        text = texts[-(-points * (len(texts) - 1) // item.max_points)]
        yield RubricPointFactory.build(item=item, points=points, text=text)


def _assessment(form: Form, school_year: int, programs: Programs, number: int) -> Assessment:
    program = programs.programs[form.program]
    scale = score_range(form.program, form.grade, school_year)
    return AssessmentFactory.build(
        id=number,
        natural_id=f"{_natural_id(form)}-{school_year}",
        label=form.label,
        program=program,
        kind=form.kind,
        grade=form.grade,
        school_year=school_year,
        min_score=scale["lowest"],
        max_score=scale["highest"],
        cut_scores=scale["cuts"],
        sub_score_ranges=scale["sub_scores"],
        label_set_id=programs.label_set_id(program, form.kind, school_year),
    )


def _natural_id(form: Form) -> str:
    """Such as SB-MATH-HS-FIAB-NUMBER-AND-QUANTITY or CAST-08-SUMMATIVE."""
    slug = "-".join("".join(c if c.isalnum() else " " for c in form.name).upper().split())
    program, _, subject = form.program.rpartition("_")
    if form.program.startswith("SB_"):
        return f"SB-{subject}-{form.grade}-{form.kind}-{slug}"
    code = (program if subject in ("SUMMATIVE", "INTERIM") else form.program).replace("_", "-")
    return f"{code}-{form.grade}-{form.kind}" + ("" if slug == form.kind else f"-{slug}")


def _items(form: Form, assessment: Assessment, seed: int, ids: Iterator[int]) -> Iterator[Item]:
    """The items of a form; each year asks others."""
    rules = read("items")
    random = chance(seed, "items", assessment.natural_id)
    types = [code for code, number in (form.item_types or {}).items() for _ in range(number)]
    random.shuffle(types)
    purposes = writing_purposes(form.grade)
    claims = next(line for begin, line in rules["claims"][form.program].items() if form.name.startswith(begin))
    for position, (code, points, claim) in enumerate(
        zip(types, _points(types, form.points), cycle(claims), strict=False), 1
    ):
        number = next(ids)
        yield ItemFactory.build(
            id=number,
            assessment=assessment,
            natural_id=f"999-{100_000 + number}",
            position=position,
            type=code,
            claim=claim,
            depth_of_knowledge=int(weighted(random, rules["depth_of_knowledge"])),
            difficulty=weighted(random, _shares(rules["difficulty"])),
            max_points=points,
            answer_key=random.choice(rules["answers"].get(code, [None])),
            options_count=rules["options"].get(code),
            writing_purpose=random.choice(purposes) if code == read("writing")["item_type"] else None,
        )


def _shares(rules: Mapping[str, Any]) -> dict[str, float]:
    return {name: row["share"] for name, row in rules.items()}


def _points(types: list[str], points: int) -> list[int]:
    """One point an item, more for those scored by hand; what is left goes to the others, or all if none is, in turn."""
    most: Mapping[str, int] = read("items")["hand_scored"]["points"]
    given = [1] * len(types)
    left = points - len(types)
    for place in sorted(range(len(types)), key=lambda place: -most.get(types[place], 1)):
        more = min(left, most.get(types[place], 1) - 1)
        given[place] += more
        left -= more
    for place in islice(cycle([n for n, code in enumerate(types) if code not in most] or range(len(types))), left):
        given[place] += 1
    return given
