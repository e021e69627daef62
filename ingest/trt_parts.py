"""Reads what test results say of targets and of the traits of a piece of writing.

Residuals are scores of `claim|code`. Traits are the dimensions of an item's score; what most they earn is the
rubric's, since deliveries say 0. Their purpose is the item's, where its package names one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree

from ingest import trt_values as values
from ingest.problem import Problems
from models.reference import Item, Target

Columns = dict[str, Any]
Scores = Mapping[str, etree._Element]
Value = Callable[[str, str | None, values.Convert[Any]], Any]
"""Reads one value: the element's name for a problem, the text, and how it is converted."""

RESIDUALS = {
    "StudentRelativeResidualScore": "student_relative",
    "StandardMetRelativeResidualScore": "standard_met_relative",
}
"""Label of a score -> column of a target score."""

DIMENSIONS = {
    "Organization/Purpose": ("ORGANIZATION", 4),
    "Evidence/Elaboration": ("EVIDENCE", 4),
    "Conventions": ("CONVENTIONS", 2),
}
"""Dimension of an item's score -> category of the trait, and the most points its rubric gives."""


def target_scores(
    scores: Mapping[str, Scores], targets: Mapping[str, Target], value: Value, problems: Problems
) -> list[Columns]:
    """`scores`: by `claim|code`; `targets`: those of the program, by the same."""
    found = []
    for measure, residuals in scores.items():
        target = targets.get(measure)
        if target is None:
            problems.add("Score@measureOf", measure, "not a target of the program")
            continue
        columns: Columns = {
            column: value(f"{measure} {label}", residuals[label].get("value"), values.residual)
            if label in residuals
            else None
            for label, column in RESIDUALS.items()
        }
        if any(residual is not None for residual in columns.values()):
            found.append({"target_id": target.id} | columns)
    return found


def trait_scores(
    responses: Iterable[tuple[etree._Element, Item]], value: Value, problems: Problems, ignored: Counter[str]
) -> list[Columns]:
    """The traits of the one piece of writing that a result may have. `responses`: Item elements with their items."""
    traits: dict[str, Columns] = {}
    for element, item in responses:
        for score in element.iterfind("ScoreInfo/SubScoreList/ScoreInfo"):
            dimension = score.get("scoreDimension") or ""
            if dimension not in DIMENSIONS:
                ignored["traits"] += 1
                continue
            category, most = DIMENSIONS[dimension]
            if category in traits:
                problems.add("ScoreInfo@scoreDimension", dimension, "repeated trait")
            points = value(f"{dimension} scorePoint", score.get("scorePoint"), values.number(int, -1, most))
            traits[category] = {
                "category": category,
                "purpose": item.writing_purpose,
                "points": None if points is None or points < 0 else points,
                "max_points": most,
                "condition_code": None,
            }
    return list(traits.values())
