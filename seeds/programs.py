"""All programs as reference data: subjects, label sets, programs, their labels and sub-scores by year."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models import Base, LabelSet, Program, ProgramLabels, Subject, SubScoreDefinition
from seeds.data import read
from seeds.factories import (
    LabelSetFactory,
    ProgramFactory,
    ProgramLabelsFactory,
    SubjectFactory,
    SubScoreDefinitionFactory,
    levels,
)


@dataclass(frozen=True)
class Programs:
    """Subjects, label sets and programs by code, and what hangs on them. Ids count from 1 in file order."""

    subjects: Mapping[str, Subject]
    label_sets: Mapping[str, LabelSet]
    programs: Mapping[str, Program]
    labels: tuple[ProgramLabels, ...]
    sub_scores: tuple[SubScoreDefinition, ...]
    only_grades: Mapping[int, tuple[str, ...]]
    """Sub-score id -> the only grades that have it."""

    @property
    def rows(self) -> list[Base]:
        """Every row to store."""
        named = [*self.subjects.values(), *self.label_sets.values(), *self.programs.values()]
        return [*named, *self._levels, *self.labels, *self.sub_scores]

    @cached_property
    def _levels(self) -> list[Base]:
        sets = read("label_sets")["label_sets"]
        return [level for row in sets for level in levels(self.label_sets[row["code"]], row["levels"])]

    def label_set_id(self, program: Program, kind: str, school_year: int) -> int:
        """The label set of the overall score."""
        (found,) = (
            row.label_set_id
            for row in self.labels
            if row.program_id == program.id and row.kind == kind and _covers(row, school_year)
        )
        return found

    def sub_scores_of(self, program_id: int, kind: str, school_year: int, grade: str) -> list[SubScoreDefinition]:
        """The sub-scores that the blueprint of this kind, year and grade has."""
        return [
            row
            for row in self.sub_scores
            if row.program_id == program_id
            and row.assessment_kind == kind
            and _covers(row, school_year)
            and grade in self.only_grades.get(row.id, (grade,))
        ]


def all_programs() -> Programs:
    """Every program of `data/programs.json`."""
    content = read("programs")
    subjects = {row["code"]: SubjectFactory.build(id=n, **row) for n, row in enumerate(content["subjects"], 1)}
    label_sets = {
        row["code"]: LabelSetFactory.build(
            id=number,
            code=row["code"],
            proficient_from=row["proficient_from"],
            source=row["source"],
            confidence=row["confidence"],
        )
        for number, row in enumerate(read("label_sets")["label_sets"], 1)
    }
    programs = {
        row["code"]: ProgramFactory.build(
            id=number,
            subject=subjects[row["subject"]],
            **{name: row[name] for name in ("code", "name", "kinds", "grades")},
            **_how_sure(row),
        )
        for number, row in enumerate(content["programs"], 1)
    }
    sub_scores, only_grades = _sub_scores(content["programs"], programs, label_sets)
    labels = tuple(_labels(content["programs"], programs, label_sets))
    return Programs(subjects, label_sets, programs, labels, tuple(sub_scores), only_grades)


def score_ranges(program: str) -> dict[str, Any]:
    """The block of `data/score_ranges.json` that a program's scales are in."""
    (found,) = (block for block in read("score_ranges")["blocks"] if program in block["programs"])
    return dict(found)


def _how_sure(program: Mapping[str, Any]) -> dict[str, str]:
    """Source and confidence of a program: those of its scales where these are less sure than the rest of it."""
    scales = score_ranges(program["code"])
    sureness = list(read("score_ranges")["confidence_values"])
    if sureness.index(scales["confidence"]) <= sureness.index(program["confidence"]):
        return {"source": program["source"], "confidence": program["confidence"]}
    return {
        "source": f"{program['source']}; scales: {scales['source']}, {scales['confidence']}",
        "confidence": scales["confidence"],
    }


def _labels(
    content: list[Any], programs: Mapping[str, Program], label_sets: Mapping[str, LabelSet]
) -> list[ProgramLabels]:
    wanted = [(programs[program["code"]], row) for program in content for row in program["labels"]]
    return [
        ProgramLabelsFactory.build(
            id=number,
            program=program,
            kind=row["kind"],
            first_year=row["first_year"],
            last_year=row["last_year"],
            label_set=label_sets[row["label_set"]],
        )
        for number, (program, row) in enumerate(wanted, 1)
    ]


def _sub_scores(
    content: list[Any], programs: Mapping[str, Program], label_sets: Mapping[str, LabelSet]
) -> tuple[list[SubScoreDefinition], dict[int, tuple[str, ...]]]:
    """The definitions, and which of them are of some grades only."""
    wanted = [
        (programs[program["code"]], block, position, score)
        for program in content
        for block in program["sub_scores"]
        for position, score in enumerate(block["scores"], 1)
    ]
    definitions = [
        SubScoreDefinitionFactory.build(
            id=number,
            program=program,
            position=position,
            label_set=label_sets[block["label_set"]],
            **{name: block[name] for name in ("assessment_kind", "kind", "first_year", "last_year")},
            **{name: score[name] for name in ("code", "name")},
        )
        for number, (program, block, position, score) in enumerate(wanted, 1)
    ]
    grades = {n: tuple(score["grades"]) for n, (*_, score) in enumerate(wanted, 1) if "grades" in score}
    return definitions, grades


def _covers(row: ProgramLabels | SubScoreDefinition, school_year: int) -> bool:
    return row.first_year <= school_year and (row.last_year is None or school_year <= row.last_year)
