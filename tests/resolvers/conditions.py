"""Filters and orders of the contract in plain Python: true, false or unknown (None), and nulls last both ways."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import models
from models.demographics import ETHNICITIES
from tests.resolvers.visibility import Eyes

Truth = bool | None
Condition = Callable[[Eyes, Any, Any], Truth]


def every(parts: Iterable[Truth]) -> Truth:
    known = list(parts)
    return False if False in known else None if None in known else True


def some(parts: Iterable[Truth]) -> Truth:
    known = list(parts)
    return True if True in known else None if None in known else False


def negation(part: Truth) -> Truth:
    return None if part is None else not part


def matches(eyes: Eyes, type_: str, row: Any, given: dict[str, Any] | None) -> Truth:
    """Whether a row of a type meets a filter."""
    parts: list[Truth] = []
    for name, value in (given or {}).items():
        if value is None or (name in ("and", "or") and not value):
            continue
        if name == "and":
            parts.append(every(matches(eyes, type_, row, part) for part in value))
        elif name == "or":
            parts.append(some(matches(eyes, type_, row, part) for part in value))
        elif name == "not":
            parts.append(negation(matches(eyes, type_, row, value)))
        else:
            parts.append(CONDITIONS[type_][name](eyes, row, value))
    return every(parts)


def value_of(get: Callable[[Eyes, Any], Any], parse: Callable[[Any], Any] = lambda given: given) -> Condition:
    """A condition on a value: an operator object, a list of which it is one, or a boolean."""

    def condition(eyes: Eyes, row: Any, operators: Any) -> Truth:
        value = get(eyes, row)
        if isinstance(operators, list):
            operators = {"in": operators}
        if isinstance(operators, bool):
            operators = {"eq": operators}
        return every(compared(value, name, given, parse) for name, given in operators.items() if given is not None)

    return condition


def compared(value: Any, operator: str, given: Any, parse: Callable[[Any], Any]) -> Truth:
    if operator == "isNull":
        return (value is None) == given
    if operator == "in":
        return False if not given else None if value is None else value in [parse(one) for one in given]
    if value is None:
        return None
    wanted = parse(given)
    return {
        "eq": lambda: bool(value == wanted),
        "ne": lambda: bool(value != wanted),
        "gte": lambda: bool(value >= wanted),
        "lte": lambda: bool(value <= wanted),
    }[operator]()


def column(name: str, parse: Callable[[Any], Any] = lambda given: given) -> Condition:
    return value_of(lambda _eyes, row: getattr(row, name), parse)


def code(kind: Any, key: str, name: str) -> Condition:
    """A condition on a code of what a column names."""
    return value_of(lambda eyes, row: getattr(eyes.rows.one(kind, getattr(row, key)), name, None))


def words(_eyes: Eyes, row: Any, given: str) -> Truth:
    rest = row.sort_key
    for word in given.casefold().replace(",", " ").split():
        _, found, rest = rest.partition(word)
        if not found:
            return False
    return True


def ethnicity(eyes: Eyes, row: Any, given: list[str]) -> Truth:
    mask = eyes.demographic("ethnicities", row)
    return None if mask is None else any(mask & ETHNICITIES[one] for one in given)


def tested_elsewhere(eyes: Eyes, row: Any, choice: str) -> Truth:
    return choice == "INCLUDE" or eyes.tested_elsewhere(row) == (choice == "ONLY")


def masked(name: str) -> Condition:
    return value_of(lambda eyes, row: eyes.demographic(name, row))


DEMOGRAPHICS = {
    "gender": "gender",
    "ethnicity": "ethnicities",
    "englishLearner": "english_learner",
    "elas": "elas",
    "primaryLanguage": "primary_language",
    "iep": "iep",
    "section504": "section504",
    "economicDisadvantage": "economic_disadvantage",
    "migrant": "migrant",
    "militaryConnected": "military_connected",
    "enrolledGrade": "enrolled_grade",
}
"""Name in a filter -> column."""
SHARED = {**{name: masked(stored) for name, stored in DEMOGRAPHICS.items()}, "ethnicity": ethnicity}
SUBJECT = code(models.Subject, "subject_id", "code")
PROGRAM = code(models.Program, "program_id", "code")
ORGANIZATION = {"name": words, "cdsCode": column("natural_id")}
CONDITIONS: dict[str, dict[str, Condition]] = {
    "Student": {
        **SHARED,
        "ssid": column("ssid"),
        "name": words,
        "birthday": column("birthday", date.fromisoformat),
        "school": code(models.School, "current_school_id", "natural_id"),
    },
    "Result": {
        **SHARED,
        "schoolYear": column("school_year"),
        "subject": SUBJECT,
        "program": PROGRAM,
        "kind": code(models.Assessment, "assessment_id", "kind"),
        "grade": code(models.Assessment, "assessment_id", "grade"),
        "assessment": code(models.Assessment, "assessment_id", "natural_id"),
        "school": code(models.School, "school_id", "natural_id"),
        "completedAt": column("completed_at", datetime.fromisoformat),
        "scaleScore": column("scale_score"),
        "level": column("level"),
        "session": column("session"),
        "manner": column("manner"),
        "validity": column("validity"),
        "completeness": column("completeness"),
        "testedElsewhere": tested_elsewhere,
    },
    "Group": {
        "name": words,
        "school": code(models.School, "school_id", "natural_id"),
        "subject": SUBJECT,
        "schoolYear": column("school_year"),
        "kind": column("kind"),
    },
    "School": ORGANIZATION,
    "District": ORGANIZATION,
    "Assessment": {
        "schoolYear": column("school_year"),
        "subject": SUBJECT,
        "program": PROGRAM,
        "grade": column("grade"),
        "kind": column("kind"),
        "naturalId": column("natural_id"),
    },
}
ORDERS: dict[str, Callable[[Eyes, Any], Any]] = {
    "NAME": lambda _eyes, row: row.sort_key,
    "LABEL": lambda _eyes, row: row.sort_key,
    "SSID": lambda _eyes, row: row.ssid,
    "BIRTHDAY": lambda _eyes, row: row.birthday,
    "SCHOOL_YEAR": lambda _eyes, row: row.school_year,
    "CDS_CODE": lambda _eyes, row: row.natural_id,
    "NATURAL_ID": lambda _eyes, row: row.natural_id,
    "COMPLETED_AT": lambda _eyes, row: row.completed_at,
    "SCALE_SCORE": lambda _eyes, row: row.scale_score,
    "LEVEL": lambda _eyes, row: row.level,
    "ASSESSMENT": lambda eyes, row: eyes.rows.one(models.Assessment, row.assessment_id).sort_key,
}
DEFAULT_ORDERS = {"Result": ("COMPLETED_AT", "DESC"), "Assessment": ("LABEL", "ASC")}


def ordered(eyes: Eyes, type_: str, rows: list[Any], order: dict[str, str] | None) -> list[Any]:
    """Nulls last both ways; ids break ties in the order's direction."""
    field, direction = DEFAULT_ORDERS.get(type_, ("NAME", "ASC"))
    if order is not None:
        field, direction = order["field"], order.get("direction", "ASC")
    get, down = ORDERS[field], direction == "DESC"
    known = [row for row in rows if get(eyes, row) is not None]
    unknown = [row for row in rows if get(eyes, row) is None]
    return [
        *sorted(known, key=lambda row: (get(eyes, row), row.id), reverse=down),
        *sorted(unknown, key=lambda row: row.id, reverse=down),
    ]
