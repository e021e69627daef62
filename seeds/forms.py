"""The forms of every program: the tests of a grade before they are given in a school year."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from seeds.data import read
from seeds.programs import Programs, score_ranges

COMPREHENSIVE = "Interim Comprehensive Assessment"
SPOKEN = {"KG": "K", "HS": "HS"}


@dataclass(frozen=True)
class Form:
    """A test of one program, kind and grade; interims have items."""

    program: str
    grade: str
    kind: str
    name: str
    label: str
    points: int = 0
    item_types: Mapping[str, int] | None = None


def all_forms(programs: Programs) -> Iterator[Form]:
    """A summative of every grade of each program, and the interims of both files of forms."""
    for program, pattern in read("forms")["summatives"].items():
        for grade in programs.programs[program].grades:
            yield Form(program, grade, "SUMMATIVE", "Summative", pattern.format(grade=spoken(grade)))
    for row in read("interim_forms")["ica"]:
        for grade in ("09", "10", "11") if row["grade"] == "11" else (row["grade"],):
            yield _smarter_balanced(row, "ICA", COMPREHENSIVE, grade)
    for row in read("interim_forms")["blocks"]:
        yield _smarter_balanced(row, row["kind"], row["name"], row["grade"])
    for program, rules in read("forms")["interims"].items():
        for grade, place in rules["grades"].items():
            for part in rules["parts"]:
                label = rules["label"].format(grade=place, part=part)
                yield Form(program, grade, "INTERIM", part, label, **_counts(program, part))


def spoken(grade: str) -> str:
    """A grade as labels name it: 3, 11, K, HS."""
    return SPOKEN.get(grade) or str(int(grade))


@cache
def score_range(program: str, grade: str, school_year: int) -> dict[str, Any]:
    """Lowest and highest score and cut scores of a grade, and the ranges of its sub-scores; all of high school has
    those of grade 11 in Smarter Balanced. Treat it as constant."""
    rows = [
        row
        for row in score_ranges(program)["rows"]
        if row["grade"] == _on_scale(program, grade) and row["first_year"] <= school_year <= (row["last_year"] or 9999)
    ]
    (found,) = (row for row in rows if "sub_score" not in row)
    parts = {row["sub_score"]: [row["lowest"], *row["cuts"], row["highest"]] for row in rows if "sub_score" in row}
    return {**found, "sub_scores": parts}


def given_in(program: str, school_year: int) -> bool:
    """Whether a program's scales, as far as they are comparable, go back to a school year."""
    return any(row["first_year"] <= school_year for row in score_ranges(program)["rows"])


def _on_scale(program: str, grade: str) -> str:
    return "11" if program.startswith("SB_") and grade in ("09", "10", "12", "HS") else grade


def _smarter_balanced(row: Mapping[str, Any], kind: str, name: str, grade: str) -> Form:
    program = f"SB_INTERIM_{row['subject']}"
    place = "High School" if grade == "HS" else f"Grade {spoken(grade)}"
    counts = {"points": row["points"], "item_types": row["item_types"]} if row["items"] else _counts(program, name)
    return Form(program, grade, kind, name, f"{place} {row['subject']} - {name} ({kind})", **counts)


def _counts(program: str, part: str) -> dict[str, Any]:
    """Points and items of a form whose counts were not found."""
    rules = read("items")["when_not_found"]
    found = rules.get(f"{program}/{part}") or rules[program]
    return {"points": found["points"], "item_types": found["item_types"]}
