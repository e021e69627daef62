"""The results of sittings and their sub-scores, as rows for bulk inserts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from models import Assessment
from seeds.assessments import Catalogue
from seeds.chance import chance
from seeds.classes import SchoolClass
from seeds.data import read
from seeds.people import current_place
from seeds.programs import Programs
from seeds.scores import overall_score, sub_score
from seeds.sittings import Sitting, sittings_of

Row = dict[str, Any]


def results_of(
    classes: Iterable[SchoolClass], programs: Programs, tests: Catalogue, seed: int
) -> tuple[list[Row], list[Row]]:
    """Every result and every sub-score; result ids count from 1."""
    results: list[Row] = []
    sub_scores: list[Row] = []
    for school_class in classes:
        random = chance(seed, "sittings", *school_class.key)
        for sitting in sittings_of(school_class, tests, random):
            row = result_row(sitting, len(results) + 1, random)
            results.append(row)
            if row["level"]:
                sub_scores += sub_score_rows(row, sitting.assessment, programs, random)
    mark_latest(results)
    return results, sub_scores


def result_row(sitting: Sitting, number: int, random: Random) -> Row:
    """A result; `mark_latest` completes it when all are known."""
    rules = read("sandbox")["sittings"]
    person, assessment = sitting.person, sitting.assessment
    _, school = person.enrolments[assessment.school_year]
    interim = assessment.kind != "SUMMATIVE"
    score = overall_score(person, sitting.subject, assessment, random) if random.random() >= rules["unscored"] else None
    complete = score and random.random() >= rules["partial"]
    standardized = random.random() >= rules["nonstandardized"]
    valid = random.random() >= rules["invalid"]
    return {
        "district_id": school.district_id,
        "id": number,
        "student_id": person.id,
        "assessment_id": assessment.id,
        "program_id": assessment.program_id,
        "subject_id": assessment.subject_id,
        "interim": interim,
        "school_id": school.id,
        "school_year": assessment.school_year,
        "opportunity_id": f"SANDBOX-{number:08d}",
        "session": sitting.session,
        "completed_at": sitting.completed_at,
        "status_at": sitting.completed_at + timedelta(days=random.randint(1, 9)),
        "manner": ("STANDARDIZED" if standardized else "NONSTANDARDIZED") if interim else None,
        "validity": None if interim else ("VALID" if valid else "INVALID"),
        "completeness": "COMPLETE" if complete else "PARTIAL",
        "scale_score": score.value if score else None,
        "standard_error": score.standard_error if score else None,
        "level": score.level if score else None,
        "unscored_reason": None if score else "NOT_SCORED",
        "latest": False,
        **current_place(person),
        **person.demographics(assessment.school_year),
    }


def sub_score_rows(result: Row, assessment: Assessment, programs: Programs, random: Random) -> Iterator[Row]:
    """The sub-scores that the year's blueprint has, of a scored result."""
    for definition in programs.sub_scores_of(assessment.program_id, assessment.kind, assessment.school_year):
        score = sub_score(result["scale_score"], assessment, random)
        yield {
            "district_id": result["district_id"],
            "result_id": result["id"],
            "definition_id": definition.id,
            "scale_score": score.value,
            "standard_error": score.standard_error,
            "level": score.level,
        }


def mark_latest(results: Sequence[Row]) -> None:
    """Set `latest` on the last completed scored result of each student, assessment and school year (tie: lowest id)."""
    latest: dict[tuple[int, int, int], Row] = {}
    for row in results:
        if not row["level"]:
            continue
        key = (row["student_id"], row["assessment_id"], row["school_year"])
        if key not in latest or _recency(row) > _recency(latest[key]):
            latest[key] = row
    for row in latest.values():
        row["latest"] = True


def _recency(row: Row) -> tuple[datetime, int]:
    return row["completed_at"], -row["id"]
