"""Table of contents: every question a client may ask."""

from typing import Annotated

import strawberry

from policies.permission import READ_AGGREGATES, READ_AVAILABILITY, READ_GROUPS, READ_LOG, READ_STUDENTS
from resolvers import (
    aggregates,
    assessments,
    availability,
    disclosures,
    explanation,
    groups,
    organizations,
    reasons,
    results,
    students,
    viewer,
)
from resolvers.engine.answers import Fetched, InProcess, Nodes, Page, Single
from resolvers.engine.types import PUBLIC
from schema.aggregate import AggregateReport, AggregateReportInput
from schema.assessment import Assessment, Program
from schema.availability import Availability
from schema.connection import Connection
from schema.disclosure import Disclosure
from schema.explanation import Explanation
from schema.fields import After, First, answered
from schema.group import Group
from schema.inputs import (
    AssessmentFilter,
    AssessmentOrder,
    AvailabilityFilter,
    AvailabilityOrder,
    DisclosureFilter,
    GroupFilter,
    GroupOrder,
    OrganizationFilter,
    OrganizationOrder,
    ResultFilter,
    ResultOrder,
    StudentFilter,
    StudentOrder,
)
from schema.node import Node
from schema.organization import District, School
from schema.result import Result
from schema.scalars import SSID, CDSCode
from schema.student import Student
from schema.viewer import Viewer


@strawberry.type(description="Every question a client may ask.")
class Query:
    @answered(Fetched(viewer.viewer), needs=PUBLIC)
    def viewer(self) -> Viewer:
        """Who I am, what I may do, and under which rules. Readable by everybody."""

    @answered(Nodes())
    def node(self, id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")]) -> Node | None:
        """What a global id names; null where it names nothing that the viewer sees. Needs to be signed in."""

    @answered(Nodes())
    def nodes(
        self, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, at most 200.")]
    ) -> list[Node | None]:
        """What global ids name, in their order; null for what the viewer does not see. Needs to be signed in."""

    @answered(Single(students.student_by_ssid), needs=READ_STUDENTS)
    def student(self, ssid: Annotated[SSID, strawberry.argument(description="The SSID.")]) -> Student | None:
        """A student by SSID; null where the viewer sees none. Needs INDIVIDUAL_PII_READ or GROUP_PII_READ."""

    @answered(Page(students.all_students, students.ORDERS, "NAME", why=reasons.STUDENTS), needs=READ_STUDENTS)
    def students(
        self,
        filter: Annotated[StudentFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[StudentOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Student] | None:
        """Students visible to the viewer. Needs INDIVIDUAL_PII_READ or GROUP_PII_READ."""

    @answered(Page(groups.all_groups, groups.ORDERS, "NAME", why=reasons.GROUPS), needs=READ_GROUPS)
    def groups(
        self,
        filter: Annotated[GroupFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[GroupOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Group] | None:
        """Groups the viewer sees. Needs any of GROUP_PII_READ, INDIVIDUAL_PII_READ, GROUP_WRITE, CUSTOM_GROUP_WRITE."""

    @answered(Page(results.all_results, results.ORDERS, "-COMPLETED_AT", why=reasons.RESULTS), needs=READ_STUDENTS)
    def results(
        self,
        filter: Annotated[ResultFilter, strawberry.argument(description="Only these; {} for all.")],
        order_by: Annotated[ResultOrder | None, strawberry.argument(description="Latest first, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Result] | None:
        """Results visible to the viewer. Needs INDIVIDUAL_PII_READ or GROUP_PII_READ."""

    @answered(Page(organizations.listed_districts, organizations.ORDERS, "NAME", why=reasons.ORGANIZATIONS))
    def districts(
        self,
        filter: Annotated[OrganizationFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[OrganizationOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[District]:
        """Districts in the viewer's scopes, and those of schools in them. Needs to be signed in."""

    @answered(Page(organizations.listed_schools, organizations.ORDERS, "NAME", why=reasons.ORGANIZATIONS))
    def schools(
        self,
        filter: Annotated[OrganizationFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[OrganizationOrder | None, strawberry.argument(description="By name, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[School]:
        """Schools in the viewer's scopes. Needs to be signed in."""

    @answered(Fetched(aggregates.aggregate_report), needs=READ_AGGREGATES)
    def aggregate_report(
        self, input: Annotated[AggregateReportInput, strawberry.argument(description="What the report is of.")]
    ) -> AggregateReport:
        """Results counted across schools. Needs AGGREGATE_READ."""

    @answered(Single(organizations.school_by_code))
    def school(self, cds_code: Annotated[CDSCode, strawberry.argument(description="The CDS code.")]) -> School | None:
        """A school by CDS code; what hangs under it is what the viewer sees. Needs to be signed in."""

    @answered(Single(organizations.district_by_code))
    def district(
        self, cds_code: Annotated[CDSCode, strawberry.argument(description="The CDS code.")]
    ) -> District | None:
        """A district by CDS code; what hangs under it is what the viewer sees. Needs to be signed in."""

    @answered(InProcess(assessments.all_programs), needs=PUBLIC)
    def programs(self) -> list[Program]:
        """Every program, with levels and labels by school year. Readable by everybody."""

    @answered(Page(assessments.all_assessments, assessments.ORDERS, "LABEL", why=reasons.OPEN), needs=PUBLIC)
    def assessments(
        self,
        filter: Annotated[AssessmentFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[AssessmentOrder | None, strawberry.argument(description="By label, unless said.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Assessment]:
        """Assessments. Readable by everybody."""

    @answered(
        Page(availability.all_states, availability.ORDERS, "-SCHOOL_YEAR", key=availability.KEY),
        needs=READ_AVAILABILITY,
    )
    def availability(
        self,
        filter: Annotated[AvailabilityFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[
            AvailabilityOrder | None, strawberry.argument(description="Latest school year first, unless said.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Availability] | None:
        """How far summative results are out: a state for each school year and program that has summative assessments,
        in each district in scope; LOADING where nobody has set one. Needs AVAILABILITY_READ."""

    @answered(Page(disclosures.all_disclosures, disclosures.ORDERS, "-SERVED_AT", key=disclosures.KEY), needs=READ_LOG)
    def disclosures(
        self,
        filter: Annotated[DisclosureFilter, strawberry.argument(description="Only these; {} for all.")],
        first: First = 50,
        after: After = None,
    ) -> Connection[Disclosure] | None:
        """Who was shown whose results, latest first. Reading it is recorded too. Needs AUDIT_READ."""

    @answered(Fetched(explanation.explanation))
    def explain(
        self,
        student: Annotated[SSID | None, strawberry.argument(description="A student by SSID; this or `result`.")] = None,
        result: Annotated[
            strawberry.ID | None, strawberry.argument(description="Global id of a result; this or `student`.")
        ] = None,
        login: Annotated[
            str | None, strawberry.argument(description="As another login sees it; needs TENANT_ADMIN of the tenant.")
        ] = None,
    ) -> Explanation:
        """Why I see a student or a result: the chain of reasons. Whatever is not visible, hidden or unknown, gets one
        answer. Needs to be signed in."""
