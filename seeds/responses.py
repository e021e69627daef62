"""What students answered to the items of their interims: points by ability and difficulty, invented answers."""

from collections.abc import Iterable, Iterator
from math import exp
from random import Random

from models import Item
from seeds.assessments import Catalogue
from seeds.chance import chance
from seeds.data import read
from seeds.distribution import distribution
from seeds.results import Row

STEEPNESS = 1.4


def responses_of(results: Iterable[Row], tests: Catalogue, seed: int) -> Iterator[Row]:
    """The responses of all scored interim results, one by one: they are many."""
    random = chance(seed, "responses")
    for result in results:
        if result["level"]:
            yield from response_rows(result, tests, random)


def response_rows(result: Row, tests: Catalogue, random: Random) -> Iterator[Row]:
    """The responses of a scored result, one an item."""
    subject, assessment = tests.by_id[result["assessment_id"]]
    standard = assessment.cut_scores[1]
    distance = (result["scale_score"] - standard) / distribution(subject, assessment.grade).standard_deviation
    chances = {
        name: 1 / (1 + exp(STEEPNESS * (rule["distance"] - distance)))
        for name, rule in read("sandbox")["items"]["difficulty"].items()
    }
    for item in tests.items.get(assessment.id, []):
        share = chances[item.difficulty or "MODERATE"]
        points = sum(random.random() < share for _ in range(item.max_points))
        yield {
            "district_id": result["district_id"],
            "result_id": result["id"],
            "item_id": item.id,
            "position": item.position,
            "response": _answer(item, points, random),
            "points": float(points),
            "max_points": item.max_points,
        }


def _answer(item: Item, points: int, random: Random) -> str:
    """The key for full points, another of the type's answers for fewer; by hand, the better the more points."""
    rules = read("sandbox")["items"]
    if item.answer_key is None:
        written = rules["written_answers"]
        return str(written[points * (len(written) - 1) // item.max_points])
    if points == item.max_points:
        return item.answer_key
    answers = rules["answers"][item.type]
    key = answers.index(item.answer_key)
    return str(answers[(key + 1 + int(random.random() * (len(answers) - 1))) % len(answers)])
