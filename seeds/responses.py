"""What a student answered to the items of an interim: points by ability and difficulty, invented answers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import exp
from random import Random
from typing import Any

from seeds.assessments import GivenTest, Question
from seeds.data import read
from seeds.distribution import distribution
from seeds.results import Row
from seeds.writing import points_of_writing

STEEPNESS = 1.4


def response_rows(result: Row, test: GivenTest, traits: Sequence[Row], random: Random) -> Iterator[Row]:
    """The responses of a scored result, one an item; a piece of writing earns what its traits say."""
    chances = _chances(result["scale_score"], test)
    for item in test.questions:
        if item.writing:
            points = points_of_writing(traits)
        else:
            share = chances[item.difficulty]
            points = sum(random.random() < share for _ in range(item.max_points))
        yield {
            "district_id": result["district_id"],
            "result_id": result["id"],
            "item_id": item.item_id,
            "position": item.position,
            "response": _answer(item, points, random),
            "points": float(points),
            "max_points": item.max_points,
        }


def _chances(score: int, test: GivenTest) -> dict[str, float]:
    """The chance of each point of an item, by difficulty."""
    assessment = test.assessment
    standard = assessment.cut_scores[1]
    spread = distribution(test.program, assessment.grade, assessment.school_year).standard_deviation
    return {
        name: 1 / (1 + exp(STEEPNESS * (distance - (score - standard) / spread)))
        for name, distance in _distances().items()
    }


@cache
def _distances() -> Mapping[str, float]:
    return {name: row["distance"] for name, row in read("items")["difficulty"].items()}


def _answer(item: Question, points: int, random: Random) -> str:
    """The key for full points, another of the type's answers for fewer; by hand, the better the more points."""
    rules: Mapping[str, Any] = read("items")
    if item.answer_key is None:
        written = rules["written_answers"]
        return str(written[points * (len(written) - 1) // item.max_points])
    if points == item.max_points:
        return item.answer_key
    answers = rules["answers"][item.type]
    key = answers.index(item.answer_key)
    return str(answers[(key + 1 + int(random.random() * (len(answers) - 1))) % len(answers)])
