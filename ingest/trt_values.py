"""What the values of a test results transmission mean: element by element, as data.

A converter takes trimmed text that is not empty. It raises `Unfit`, saying why, or ValueError or KeyError for what it
does not know.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import InstrumentedAttribute

from ingest.reading import longest
from models import Result, Student
from models.demographics import ELAS, GENDERS

T = TypeVar("T")
Number = TypeVar("Number", int, float)
Convert = Callable[[str], T]

UNSCORED = {"": "NO_SCORE", "0": "NO_SCORE", "NS": "NOT_SCORED"}
"""What stands in place of an overall scale score -> why there is none."""
YES_NO = {"YES": True, "NO": False, "UNKNOWN/CANNOT PROVIDE": None}
MILITARY = {
    "NO": "NO",
    "YES": "YES",
    "NOTMILITARYCONNECTED": "NOT_MILITARY_CONNECTED",
    "ACTIVEDUTY": "ACTIVE_DUTY",
    "NATIONALGUARDORRESERVE": "NATIONAL_GUARD_OR_RESERVE",
}
GRADES = ("IT", "PR", "PK", "TK", "KG", "PS", "UG", *(f"{number:02}" for number in range(1, 14)))
CONDITIONS = ("VALID", "SD", "NS", "IN")
ETHNICITY_ELEMENTS = {
    "HispanicOrLatinoEthnicity": "HISPANIC_OR_LATINO",
    "AmericanIndianOrAlaskaNative": "AMERICAN_INDIAN_OR_ALASKA_NATIVE",
    "Asian": "ASIAN",
    "BlackOrAfricanAmerican": "BLACK_OR_AFRICAN_AMERICAN",
    "White": "WHITE",
    "NativeHawaiianOrOtherPacificIslander": "NATIVE_HAWAIIAN_OR_PACIFIC_ISLANDER",
    "DemographicRaceTwoOrMoreRaces": "TWO_OR_MORE_RACES",
    "Filipino": "FILIPINO",
}


class Unfit(ValueError):
    """A value that can be read but not accepted; its text says why, without the value."""


def short(column: InstrumentedAttribute[Any]) -> Convert[str]:
    """Text that the column can hold."""
    most = longest(column)

    def convert(text: str) -> str:
        if len(text) > most:
            raise Unfit(f"longer than {most} characters")
        return text

    return convert


def number(kind: type[Number], least: Number, most: Number) -> Convert[Number]:
    """A number between two bounds, both included."""

    def convert(text: str) -> Number:
        value = kind(text)
        if not least <= value <= most:
            raise Unfit(f"out of range {least} to {most}")
        return value

    return convert


def code(meanings: Mapping[str, T]) -> Convert[T]:
    """One of some codes, in any case."""
    return lambda text: meanings[text.upper()]


def itself(codes: tuple[str, ...]) -> Mapping[str, str]:
    """Codes that mean themselves."""
    return {one: one for one in codes}


def grade(text: str) -> str:
    """A grade code of two characters."""
    return text.upper().zfill(2)


def language(text: str) -> str:
    """An ISO 639-2 code."""
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise ValueError
    return text.lower()


def instant(text: str) -> datetime:
    """A moment to the second; without a zone it is UTC."""
    moment = datetime.fromisoformat(text).replace(microsecond=0)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def scale_score(text: str) -> int:
    """Scale score points, rounded to whole ones."""
    return int(number(float, 1, 99_999)(text) + 0.5)


yes_no = code(YES_NO)
standard_error = number(float, 0, 99_999)
level = number(int, 1, 99)
points = number(float, -1, 20)
residual = number(float, -99, 99)
position = number(int, 0, 9_999)
response: Convert[str] = str
ssid = short(Student.ssid)


@dataclass(frozen=True, slots=True)
class Element:
    """A named value of a document, and how it is read."""

    name: str
    convert: Convert[Any]
    required: bool = False


PERSON = {
    "first_name": Element("FirstName", short(Student.first_name), required=True),
    "middle_name": Element("MiddleName", short(Student.middle_name)),
    "last_name": Element("LastOrSurname", short(Student.last_name), required=True),
    "birthday": Element("Birthdate", date.fromisoformat, required=True),
}
"""Column of a student -> attribute of the examinee."""

DEMOGRAPHICS = {
    "gender": Element("Sex", code(itself(GENDERS)), required=True),
    "english_learner": Element("LEPStatus", yes_no),
    "elas": Element("EnglishLanguageAcquisitionStatus", code(itself(ELAS))),
    "primary_language": Element("LanguageCode", language),
    "iep": Element("IDEAIndicator", yes_no, required=True),
    "section504": Element("Section504Status", yes_no),
    "economic_disadvantage": Element("EconomicDisadvantageStatus", yes_no, required=True),
    "migrant": Element("MigrantStatus", yes_no),
    "military_connected": Element("MilitaryConnectedStudentIndicator", code(MILITARY)),
    "enrolled_grade": Element("GradeLevelWhenAssessed", lambda text: itself(GRADES)[grade(text)], required=True),
}
"""Demographic column -> attribute of the examinee; ethnicities are in `ETHNICITY_ELEMENTS`."""

OPPORTUNITY = {
    "opportunity_id": Element("oppId", short(Result.opportunity_id), required=True),
    "session": Element("sessionId", short(Result.session)),
    "completed_at": Element("dateCompleted", instant, required=True),
    "status_at": Element("statusDate", instant),
}
"""Column of a result -> attribute of the opportunity."""

CONDITION = Element("administrationCondition", code(itself(CONDITIONS)))
COMPLETENESS = Element("completeness", code(itself(("COMPLETE", "PARTIAL"))))
