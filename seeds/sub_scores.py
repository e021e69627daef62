"""The claims, composites and domains of a scored result: near its overall score, each with the level that follows."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

from models import SubScoreDefinition
from seeds.assessments import GivenTest
from seeds.data import read
from seeds.scores import Score, category, errors, standard_error

Row = dict[str, Any]


def sub_score_rows(result: Row, test: GivenTest, random: Random) -> Iterator[Row]:
    """The rows of a scored result's sub-scores: those that the blueprint of its year has."""
    points: dict[str, float] = {}
    overall: int = result["scale_score"]
    weighed = _weighed(overall, test, random)
    for definition in test.sub_scores:
        rule = _rule(test.program, definition.kind)
        code = definition.code
        if code in weighed:
            points[code] = weighed[code]
        elif "parts" in rule:
            points[code] = sum(points[part] for part in rule["parts"][code]) / len(rule["parts"][code])
        else:
            centre = weighed.get(code.partition("-")[0], overall)
            points[code] = random.gauss(centre, rule["spread"])
        score = _score(points[code], rule, test, definition)
        yield {
            "district_id": result["district_id"],
            "result_id": result["id"],
            "definition_id": definition.id,
            "scale_score": score.value,
            "standard_error": score.standard_error,
            "level": score.level,
        }


@cache
def _rule(program: str, kind: str) -> Mapping[str, Any]:
    rules = read("testing")["sub_scores"]
    (found,) = (row for row in rules if program in row["programs"] and row["kind"] == kind)
    return dict(found)


def _weighed(overall: int, test: GivenTest, random: Random) -> dict[str, int]:
    """Two composites, by code, that add up to the overall score by their weights, as far as whole numbers do."""
    pair = [row.code for row in test.sub_scores if row.kind == "COMPOSITE"]
    rule = _rule(test.program, "COMPOSITE") if pair else {}
    if "weight" not in rule:
        return {}
    weight = rule["weight"].get(test.assessment.grade, rule["weight"][""])
    ranges = test.assessment.sub_score_ranges
    first = _clamped(random.gauss(overall, rule["spread"] * (1 - weight)), ranges[pair[0]])
    second = _clamped((overall - weight * first) / (1 - weight), ranges[pair[1]])
    return {pair[0]: first, pair[1]: second}


def _score(points: float, rule: Mapping[str, Any], test: GivenTest, definition: SubScoreDefinition) -> Score:
    assessment = test.assessment
    own = assessment.sub_score_ranges.get(definition.code.partition("-")[0])
    scale = own or [assessment.min_score, *assessment.cut_scores, assessment.max_score]
    value, cuts = _clamped(points, scale), scale[1:-1]
    error = standard_error(value, assessment, errors(test.program, assessment.kind)["sub_score"])
    if rule["level"] == "ERROR_BAND":
        level = category(value, error, cuts)
    elif rule["level"] == "ENDS":
        level = 1 + (value >= cuts[0]) + (value >= cuts[-1])
    else:
        level = 1 + bisect_right(cuts, value)
    return Score(value, error, level) if rule["score"] else Score(None, None, level)


def _clamped(value: float, scale: Sequence[int]) -> int:
    return min(max(round(value), scale[0]), scale[-1])
