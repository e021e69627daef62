"""The pieces of writing in ELA results: what they are for, and their points by trait or the code in their place."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from seeds.assessments import GivenTest, writing_purposes
from seeds.chance import weighted
from seeds.data import read
from seeds.distribution import distribution

Row = dict[str, Any]


def trait_rows(result: Row, test: GivenTest, random: Random) -> list[Row]:
    """The traits of a scored result's piece of writing; none where its test asks for none."""
    purpose = _purpose(test, random)
    if purpose is None:
        return []
    rules = read("writing")
    shares: Mapping[str, float] = rules["condition_codes"]["shares"]
    code = weighted(random, {**shares, "": 1 - sum(shares.values())}) or None
    scored = rules["condition_codes"]["still_scored"].get(code, []) if code else rules["traits"]
    return [
        {
            "district_id": result["district_id"],
            "result_id": result["id"],
            "category": category,
            "purpose": purpose,
            "points": _points(result["scale_score"], most, test, random) if category in scored else None,
            "max_points": most,
            "condition_code": None if category in scored else code,
        }
        for category, most in rules["traits"].items()
    ]


def points_of_writing(traits: Sequence[Row]) -> int:
    """What the item itself earns: the mean of organization and evidence, plus conventions."""
    points = {row["category"]: row["points"] or 0 for row in traits}
    return (points["ORGANIZATION"] + points["EVIDENCE"] + 1) // 2 + int(points["CONVENTIONS"])


def _purpose(test: GivenTest, random: Random) -> str | None:
    if test.program in read("writing")["programs"]:
        return random.choice(writing_purposes(test.assessment.grade))
    return next((item.writing_purpose for item in test.items if item.writing_purpose), None)


def _points(score: int, most: int, test: GivenTest, random: Random) -> int:
    """Points of a trait, by how far the result is from the standard; at least one of four, since it was scored."""
    assessment, rules = test.assessment, read("writing")["points"]
    spread = distribution(test.program, assessment.grade, assessment.school_year).standard_deviation
    ahead = (score - assessment.cut_scores[1]) / spread
    share = random.gauss(rules["at_standard"] + rules["by_score"] * ahead, rules["spread"])
    return min(max(round(share * most), 1 if most > 2 else 0), most)
