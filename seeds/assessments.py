"""The Smarter Balanced assessments of the sandbox's school years: summatives, comprehensive tests, blocks, items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, cycle, islice
from typing import Any

from models import Assessment, Base, Item
from seeds.chance import chance, weighted
from seeds.data import read
from seeds.factories import AssessmentFactory, ItemFactory
from seeds.programs import Programs

SUBJECTS = ("ELA", "MATH")
COMPREHENSIVE = "Interim Comprehensive Assessment"


@dataclass(frozen=True)
class Form:
    """A test of one subject and grade before it is given in a school year."""

    subject: str
    grade: str
    kind: str
    name: str
    label: str
    points: int = 0
    item_types: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Catalogue:
    """The assessments and their items; ids count from 1."""

    assessments: Mapping[tuple[str, str, str, int], list[Assessment]]
    """By subject code, kind, grade and school year."""
    items: Mapping[int, list[Item]]
    """By assessment id, in order; interims only."""

    def given(self, subject: str, kind: str, grade: str, school_year: int) -> list[Assessment]:
        """The assessments of a subject, kind and grade in a school year."""
        return self.assessments.get((subject, kind, grade, school_year), [])

    @cached_property
    def by_id(self) -> dict[int, tuple[str, Assessment]]:
        """Subject code and assessment by id."""
        return {row.id: (key[0], row) for key, rows in self.assessments.items() for row in rows}

    @property
    def rows(self) -> list[Base]:
        """Every row to store."""
        lists: list[list[Any]] = [*self.assessments.values(), *self.items.values()]
        return [row for rows in lists for row in rows]


def catalogue(programs: Programs, seed: int) -> Catalogue:
    """Every form, given in each school year of the sandbox."""
    assessments: dict[tuple[str, str, str, int], list[Assessment]] = {}
    items: dict[int, list[Item]] = {}
    ids, item_ids = count(1), count(1)
    for school_year in read("sandbox")["school_years"]:
        for form in forms(programs):
            row = _assessment(form, school_year, programs, next(ids))
            assessments.setdefault((form.subject, form.kind, form.grade, school_year), []).append(row)
            if form.item_types:
                items[row.id] = list(_items(form, row, seed, item_ids))
    return Catalogue(assessments, items)


def forms(programs: Programs) -> Iterator[Form]:
    """A summative of every tested grade, and the forms of `data/interim_forms.json`."""
    content = read("interim_forms")
    for subject in SUBJECTS:
        spoken = {"ELA": "ELA", "MATH": "Math"}[subject]
        for grade in programs.programs[f"SB_SUMMATIVE_{subject}"].grades:
            yield Form(subject, grade, "SUMMATIVE", "Summative", f"{spoken} Summative Grade {int(grade)}")
    for row in content["ica"]:
        for grade in ("09", "10", "11") if row["grade"] == "11" else (row["grade"],):
            yield _interim(row, "ICA", COMPREHENSIVE, grade)
    unknown = read("sandbox")["items"]["when_not_found"]
    for row in content["blocks"]:
        counts = row if row["items"] else row | unknown[row["subject"]]
        yield _interim(counts, row["kind"], row["name"], row["grade"])


def score_range(subject: str, grade: str, school_year: int) -> dict[str, Any]:
    """Lowest and highest score and cut scores of a grade; high school has those of grade 11."""
    grade = "11" if grade in ("09", "10", "HS") else grade
    blocks = (block for block in read("score_ranges")["blocks"] if f"SB_SUMMATIVE_{subject}" in block["programs"])
    (found,) = (
        row
        for block in blocks
        for row in block["rows"]
        if row["grade"] == grade and row["first_year"] <= school_year <= (row["last_year"] or school_year)
    )
    return dict(found)


def _interim(row: Mapping[str, Any], kind: str, name: str, grade: str) -> Form:
    place = "High School" if grade == "HS" else f"Grade {int(grade)}"
    label = f"{place} {row['subject']} - {name} ({kind})"
    return Form(row["subject"], grade, kind, name, label, row["points"], row["item_types"])


def _assessment(form: Form, school_year: int, programs: Programs, number: int) -> Assessment:
    program = programs.programs[f"SB_{'SUMMATIVE' if form.kind == 'SUMMATIVE' else 'INTERIM'}_{form.subject}"]
    scale = score_range(form.subject, form.grade, school_year)
    slug = "-".join("".join(c if c.isalnum() else " " for c in form.name).upper().split())
    return AssessmentFactory.build(
        id=number,
        natural_id=f"SB-{form.subject}-{form.grade}-{form.kind}-{slug}-{school_year}",
        label=form.label,
        program=program,
        kind=form.kind,
        grade=form.grade,
        school_year=school_year,
        min_score=scale["lowest"],
        max_score=scale["highest"],
        cut_scores=scale["cuts"],
        label_set_id=programs.label_set_id(program, form.kind, school_year),
    )


def _items(form: Form, assessment: Assessment, seed: int, ids: Iterator[int]) -> Iterator[Item]:
    """The items of a form; each year asks others."""
    rules = read("sandbox")["items"]
    random = chance(seed, "items", assessment.natural_id)
    types = [code for code, number in (form.item_types or {}).items() for _ in range(number)]
    random.shuffle(types)
    claims = next(line for begin, line in rules["claims"][form.subject].items() if form.name.startswith(begin))
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
            difficulty=weighted(random, {name: row["share"] for name, row in rules["difficulty"].items()}),
            max_points=points,
            answer_key=random.choice(rules["answers"].get(code, [None])),
            options_count=rules["options"].get(code),
        )


def _points(types: list[str], points: int) -> list[int]:
    """One point an item; what is left goes to the items scored by hand, or to all if there are none, in turn."""
    by_hand = [place for place, code in enumerate(types) if code in read("sandbox")["items"]["hand_scored"]]
    given = [1] * len(types)
    for place in islice(cycle(by_hand or range(len(types))), points - len(types)):
        given[place] += 1
    return given
