"""Availability: how far summative results are out, its history, and its changes."""

from datetime import datetime

import strawberry

from resolvers import availability as answers
from resolvers import organizations
from resolvers.engine.answers import Lookup, Many, Sort
from schema.assessment import Program
from schema.enums import AvailabilityReport, AvailabilityStatus
from schema.fields import answered, field
from schema.organization import District
from schema.scalars import CDSCode, SchoolYear
from schema.user_error import UserError


@strawberry.type(description="One step of the history of an availability.")
class AvailabilityChange:
    school_year: SchoolYear = field("School year of the results.")
    district: CDSCode = field("Code of the district.", Lookup(("district_id",), answers.district_code))
    program: str = field("Code of the program.", Lookup(("program_id",), answers.program_code))
    report: AvailabilityReport = field("What the status is for.")
    before: AvailabilityStatus = field("Status before.")
    after: AvailabilityStatus = field("Status after.")
    changed_at: datetime = field("When, UTC.")
    changed_by: str = field("Login of who changed it; `command line` for an operator.")


@strawberry.type(
    description="How far the summative results of a school year, district and program are out. Interims are never held "
    "back. Needs AVAILABILITY_READ over the district; shows no results."
)
class Availability:
    school_year: SchoolYear = field("School year of the results.")
    district: District = field(
        "The district where they were taken.",
        Lookup(("district_id",), organizations.district_of_row, {"id": "district_id"}),
    )
    program: Program = field("The program.", Lookup(("program_id",), answers.program_of_row))
    individual: AvailabilityStatus = field("For results one by one; LOADING unless somebody set it.")
    aggregate: AvailabilityStatus = field("For results counted; LOADING unless somebody set it.")
    changed_at: datetime | None = field("When it was last set, UTC; null if never.")
    changed_by: str | None = field("Login of who last set it; null if nobody did.")

    @answered(Many(answers.history_of_state, (Sort("id"),), by=answers.KEY))
    def history(self) -> list[AvailabilityChange]:
        """Its changes, earliest first."""


@strawberry.type(description="Results that the viewer sees before others do.")
class Unreleased:
    school_year: SchoolYear = field("School year of the results.")
    program: Program = field("The program.")
    report: AvailabilityReport = field("Results one by one, or results counted.")
    status: AvailabilityStatus = field("LOADING or REVIEWING.")
    districts: int = field("In how many districts that the viewer reads results of.")


@strawberry.input(description="Summative results of a program in a district and school year.")
class AvailabilityKey:
    school_year: SchoolYear = strawberry.field(description="School year.")
    district: CDSCode = strawberry.field(description="Code of the district.")
    program: str = strawberry.field(description="Code of the program.")


@strawberry.input(description="A status for any number of results, applied to all of them or to none.")
class SetAvailabilityInput:
    keys: list[AvailabilityKey] = strawberry.field(description="Which results; at most 5000.")
    reports: list[AvailabilityReport] = strawberry.field(description="For results one by one, counted, or both.")
    status: AvailabilityStatus = strawberry.field(description="The status they get.")


@strawberry.type(description="What became of a change of availability.")
class SetAvailabilityPayload:
    changes: list[AvailabilityChange] = field("The steps taken; what had the status already is not among them.")
    errors: list[UserError] = field("What is wrong with the input; then nothing has changed.")
