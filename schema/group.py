"""Student groups."""

from typing import Annotated

import strawberry

from resolvers import groups, organizations, reasons, results, students
from resolvers.engine.answers import Count, Expression, Lookup, Many, Page, Sort
from schema.assessment import Subject
from schema.connection import Connection
from schema.enums import GroupKind
from schema.fields import After, First, answered, field
from schema.inputs import ResultFilter, ResultOrder, StudentFilter, StudentOrder
from schema.node import Node
from schema.organization import School
from schema.result import Result
from schema.scalars import SchoolYear
from schema.student import Student

KEY = ("district_id", "id")


@strawberry.type(description="Somebody a group is assigned to.")
class Educator:
    login: str = field("Login, lower case.")


@strawberry.type(
    description="A group of students. Assigned groups: visible to those they are assigned to (GROUP_PII_READ over the "
    "school), and with GROUP_WRITE or INDIVIDUAL_PII_READ over it. Custom groups: their owner's. Seeing a group opens "
    "no results."
)
class Group(Node):
    name: str = field("Name.")
    kind: GroupKind = field("Assigned or custom.")
    school: School | None = field(
        "School; null for a custom group.",
        Lookup(("school_id",), organizations.school_of_row, {"id": "school_id", "district_id": "district_id"}),
    )
    school_year: SchoolYear = field("School year.")
    subject: Subject | None = field(
        "The subject it is limited to; null = all subjects.", Lookup(("subject_id",), groups.subject_of_row)
    )
    viewer_can_update: bool = field(
        "Whether the viewer may change it: by `updateCustomGroup`, an assigned one by importing it.",
        Expression(groups.changeable),
    )
    viewer_can_delete: bool = field("Whether the viewer may delete it.", Expression(groups.changeable))
    student_count: int = field("Members visible to the viewer.", Count(students.students_of_group, by=KEY))
    pending_count: int = field(
        "SSIDs that an import named and that were no students of the importer's scope; they open nothing.",
        Count(groups.pending_members_of_group, by=KEY),
    )

    @answered(Many(groups.educators_of_group, (Sort("login"),), by=KEY))
    def educators(self) -> list[Educator]:
        """Whom it is assigned to, by login."""

    @answered(Page(students.students_of_group, students.ORDERS, "NAME", by=KEY, why=reasons.STUDENTS))
    def students(
        self,
        filter: Annotated[StudentFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[StudentOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Student]:
        """Members, as far as visible to the viewer."""

    @answered(Page(results.results_of_group, results.ORDERS, "-COMPLETED_AT", by=KEY, why=reasons.RESULTS))
    def results(
        self,
        filter: Annotated[ResultFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[ResultOrder | None, strawberry.argument(description="Latest first, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Result]:
        """Members' results in the group's subject, as far as visible to the viewer."""
