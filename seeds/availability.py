"""What is released when: all summatives, but for the exceptions of `data/sandbox.json`, and how that came about."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, pairwise, product
from typing import Any

from models import Availability, Base, District
from models.access import AVAILABILITY, REPORTS
from seeds.data import read
from seeds.factories import AvailabilityChangeFactory, AvailabilityFactory
from seeds.forms import given_in
from seeds.programs import Programs


def availability_rows(districts: Sequence[District], programs: Programs) -> Iterator[Base]:
    """The state of every district, summative program and year that has one, and the history of the last year's."""
    rules = read("sandbox")["availability"]
    ids = count(1)
    years = read("sandbox")["school_years"]
    for year, district, code in product(years, districts, read("forms")["summatives"]):
        if not given_in(code, year):
            continue
        row = AvailabilityFactory.build(
            district=district,
            program=programs.programs[code],
            school_year=year,
            changed_by=rules["changed_by"],
            **_states(rules, district.natural_id, code, year),
        )
        row.changed_at = max(_reached(rules, state, year) for state in (row.individual, row.aggregate))
        yield row
        if year == years[-1]:
            yield from _history(row, rules, ids)


def _states(rules: dict[str, Any], district: str, program: str, school_year: int) -> dict[str, str]:
    place = {"district": district, "program": program, "school_year": school_year}
    for exception in rules["exceptions"]:
        if place.items() <= exception.items():
            return {"individual": exception["individual"], "aggregate": exception["aggregate"]}
    return dict.fromkeys(("individual", "aggregate"), AVAILABILITY[-1])


def _reached(rules: dict[str, Any], state: str, school_year: int) -> datetime:
    month, day = (int(part) for part in rules["reached"][state].split("-"))
    return datetime(school_year, month, day, 16, tzinfo=UTC)


def _history(row: Availability, rules: dict[str, Any], ids: Iterator[int]) -> Iterator[Base]:
    """Every step of both reports, from the first state on."""
    for report in REPORTS:
        reached = AVAILABILITY[: AVAILABILITY.index(getattr(row, report.lower())) + 1]
        for before, after in pairwise(reached):
            yield AvailabilityChangeFactory.build(
                id=next(ids),
                school_year=row.school_year,
                district_id=row.district_id,
                program_id=row.program_id,
                report=report,
                before=before,
                after=after,
                changed_at=_reached(rules, after, row.school_year),
                changed_by=rules["changed_by"],
            )
