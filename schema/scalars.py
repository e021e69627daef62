"""The scalars of the contract: codes that grow by loading data, dates and moments."""

from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

SSID = NewType("SSID", str)
CDSCode = NewType("CDSCode", str)
SchoolYear = NewType("SchoolYear", int)
SubjectCode = NewType("SubjectCode", str)
Grade = NewType("Grade", str)


def _text(name: str, longest: int) -> Any:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > longest or "\x00" in value:
            raise GraphQLError(f"{name}: expected a text of 1 to {longest} characters.")
        return value.strip()

    return parse


def _school_year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1990 <= value <= 2100:
        raise GraphQLError("SchoolYear: expected the year it ends in, such as 2026.")
    return value


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("Date: expected YYYY-MM-DD.") from None


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise GraphQLError("DateTime: the offset from UTC is missing, such as Z.")
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise GraphQLError("DateTime: expected a moment such as 2026-05-12T17:03:00Z.") from None


def _scalar(name: str, description: str, parse: Any) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=lambda value: value, parse_value=parse)


SCALARS: dict[Any, ScalarDefinition] = {
    SSID: _scalar("SSID", "Statewide Student Identifier; in California ten digits.", _text("SSID", 65)),
    CDSCode: _scalar(
        "CDSCode", "County-district-school code, 14 digits; a district's ends in 0000000.", _text("CDSCode", 40)
    ),
    SchoolYear: _scalar("SchoolYear", "The year a school year ends in: 2026 is 2025-26.", _school_year),
    SubjectCode: _scalar(
        "SubjectCode", "Code of a subject, such as ELA, MATH, SCIENCE or ELPAC; `programs` lists them.",
        _text("SubjectCode", 20),
    ),
    Grade: _scalar("Grade", "KG, 01 to 12, or HS for a high school assessment.", _text("Grade", 2)),
    date: _scalar("Date", "A day, YYYY-MM-DD.", _date),
    datetime: _scalar("DateTime", "A moment in UTC, such as 2026-05-12T17:03:00Z.", _moment),
}  # fmt: skip
