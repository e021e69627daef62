"""Districts and schools, and the lists that hang under them."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import groups, organizations, reasons, results, students
from resolvers.engine.answers import Page
from schema.connection import Connection
from schema.fields import After, First, answered, field
from schema.inputs import (
    GroupFilter,
    GroupOrder,
    OrganizationFilter,
    ResultFilter,
    ResultOrder,
    StudentFilter,
    StudentOrder,
)
from schema.node import Node

if TYPE_CHECKING:
    from schema.group import Group
    from schema.result import Result
    from schema.student import Student


@strawberry.interface(description="A state, district or school.")
class Organization:
    name: str = field("Name.")
    natural_id: str = field("Its code: of a district or school the CDS code.")


@strawberry.type(description="The state.")
class State(Organization):
    pass


@strawberry.type(description="A district (LEA). Name and code are readable by every signed-in viewer.")
class District(Node, Organization):
    @answered(Page(organizations.schools_of_district, organizations.ORDERS, "NAME", why=reasons.OPEN))
    def schools(
        self,
        filter: Annotated[OrganizationFilter | None, strawberry.argument(description="Only these.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection["School"]:
        """Schools of the district, by name."""


@strawberry.type(description="A school. Name and code are readable by every signed-in viewer.")
class School(Node, Organization):
    district: District = field("Its district.")

    @answered(Page(students.students_of_school, students.ORDERS, "NAME", why=reasons.STUDENTS))
    def students(
        self,
        filter: Annotated[StudentFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[StudentOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Annotated["Student", strawberry.lazy("schema.student")]]:
        """Students whose current school it is, as far as visible to the viewer."""

    @answered(Page(results.results_of_school, results.ORDERS, "-COMPLETED_AT", why=reasons.RESULTS))
    def results(
        self,
        filter: Annotated[ResultFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[ResultOrder | None, strawberry.argument(description="Latest first, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Annotated["Result", strawberry.lazy("schema.result")]]:
        """Results taken at the school, as far as visible to the viewer."""

    @answered(Page(groups.groups_of_school, groups.ORDERS, "NAME", why=reasons.GROUPS))
    def groups(
        self,
        filter: Annotated[GroupFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[GroupOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Annotated["Group", strawberry.lazy("schema.group")]]:
        """Assigned groups of the school, as far as visible to the viewer."""
