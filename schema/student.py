"""Students."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import groups, organizations, reasons, results
from resolvers.engine.answers import Embedded, FirstRow, Lookup, Many, Page, Sort
from schema.connection import Connection
from schema.demographics import Demographics
from schema.enums import AssessmentKind
from schema.fields import After, First, answered, field
from schema.inputs import ResultFilter, ResultOrder
from schema.node import Node
from schema.organization import School
from schema.result import Result
from schema.scalars import SSID, SubjectCode

if TYPE_CHECKING:
    from schema.group import Group


@strawberry.type(
    description="A student. Visible with a visible result, with a current school in INDIVIDUAL_PII_READ, or in an "
    "active group of the viewer with the current school in GROUP_PII_READ."
)
class Student(Node):
    ssid: SSID = field("Statewide Student Identifier.")
    first_name: str | None = field("First name.")
    middle_name: str | None = field("Middle name.")
    last_name: str | None = field("Last name.")
    birthday: date | None = field("Birthday.")
    school: School | None = field(
        "Current school; null when there is none.",
        Lookup(
            ("current_school_id",),
            organizations.school_of_row,
            {"id": "current_school_id", "district_id": "current_district_id"},
        ),
    )
    demographics: Demographics = field("Latest known demographics.", Embedded())

    @answered(FirstRow(results.latest_of_student, ("-completed_at", "id")))
    def latest_result(
        self,
        subject: Annotated[SubjectCode, strawberry.argument(description="Of this subject.")],
        kind: Annotated[AssessmentKind | None, strawberry.argument(description="Only of this kind.")] = None,
    ) -> Result | None:
        """The result completed last, of those visible to the viewer; null where there is none."""

    @answered(Page(results.results_of_student, results.ORDERS, "-COMPLETED_AT", why=reasons.RESULTS))
    def results(
        self,
        filter: Annotated[ResultFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[ResultOrder | None, strawberry.argument(description="Latest first, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Result]:
        """The student's results, as far as visible to the viewer."""

    @answered(Many(groups.groups_of_student, (Sort("sort_key"), Sort("id"))))
    def groups(self) -> list[Annotated["Group", strawberry.lazy("schema.group")]]:
        """Groups the student is in, of those the viewer sees, by name."""
