"""Aggregate reports and the summary they share with cards and pages."""

from typing import Annotated

import strawberry

from resolvers.engine.answers import InProcess
from resolvers.report_pages import MOST, ORDERS, page_of_report
from schema.assessment import Assessment, Level
from schema.connection import Connection
from schema.enums import (
    AggregateKind,
    AssessmentKind,
    Completeness,
    Dimension,
    Direction,
    Manner,
    SmallGroup,
    Validity,
    enumerated,
)
from schema.fields import After, answered, field
from schema.inputs import given
from schema.organization import Organization
from schema.scalars import CDSCode, Grade, SchoolYear, SubjectCode


@strawberry.type(description="How many students are at a level.")
class LevelCount:
    level: Level = field("The level.")
    count: int = field("Students.")
    percent: float = field("Share of the students tested; one decimal, all levels add up to 100.")


@strawberry.type(description="Measures of a group of students.")
class Summary:
    students_tested: int | None = field("Students with a scored result.")
    mean_score: float | None = field("Mean scale score, in scale points.")
    standard_error_of_mean: float | None = field(
        "Sample standard deviation over the square root of n, in scale points; null for one student."
    )
    levels: list[LevelCount] | None = field("Students by level, lowest first.")
    proficient_percent: float | None = field("Share at or above proficient; null where the levels have no such line.")
    caution: SmallGroup | None = field("A caution where the group is small.")
    suppressed: bool = field("Whether the numbers are withheld.")


@strawberry.type(description="A value that a row is broken down by.")
class SubgroupValue:
    dimension: Dimension = field("The demographic.")
    value: str = field("The value; YES or NO for what is either.")


@strawberry.type(description="One row of an aggregate report.")
class AggregateRow:
    organization: Organization = field("School, district or state.")
    assessment: Assessment = field("The assessment.")
    school_year: SchoolYear = field("School year.")
    subgroup: list[SubgroupValue] = field("The break-down's value; empty for all students.")
    summary: Summary = field("The measures.")


@strawberry.type(description="What a report leaves out.")
class Coverage:
    unreleased_districts: int = field("Districts of the rows whose summatives are not released for aggregates.")
    withheld: list[str] = field("Rows left out because their students are outside the viewer's individual scope.")


AggregateOrderField = enumerated("AggregateOrderField", tuple(ORDERS), "What aggregate rows are ordered by.")


@strawberry.input(description="A term of the order of aggregate rows.")
class AggregateOrder:
    field: AggregateOrderField = strawberry.field(description="What to order by; what is null comes last.")
    direction: Direction = strawberry.field(default=Direction["ASC"], description="Up or down.")


@strawberry.type(description="An aggregate report.")
class AggregateReport:
    estimated_rows: int = field("How many rows there are at most, known before results are read.")
    coverage: Coverage = field("What the report leaves out.")

    @answered(InProcess(page_of_report, maximum=MOST))
    def rows(
        self,
        order_by: Annotated[
            list[AggregateOrder] | None,
            strawberry.argument(description="By organization, latest school year and assessment, unless said."),
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many at most: 0 to 2000.")] = 200,
        after: After = None,
    ) -> Connection[AggregateRow]:
        """The rows; students at test time of each school, grade and demographic."""


@strawberry.input(description="Which organizations the rows are for; each must be in the viewer's AGGREGATE_READ.")
class OrganizationSelection:
    state: bool | None = given("The state (summatives).")
    districts: list[CDSCode] | None = given("These districts.")
    schools: list[CDSCode] | None = given("These schools.")
    all_districts: bool | None = given("Every district; needs AGGREGATE_READ statewide.")
    schools_of_districts: list[CDSCode] | None = given("Every school of these districts.")


@strawberry.input(description="What an aggregate report is of.")
class AggregateReportInput:
    school_years: list[SchoolYear] = strawberry.field(description="School years.")
    subjects: list[SubjectCode] = strawberry.field(description="Subjects.")
    assessment_kind: AssessmentKind = strawberry.field(description="Kind of assessment.")
    grades: list[Grade] = strawberry.field(description="Grades of the assessments.")
    organizations: OrganizationSelection = strawberry.field(description="Organizations.")
    kind: AggregateKind = strawberry.field(default=AggregateKind["GENERAL"], description="Kind of report.")
    break_down_by: list[list[Dimension]] = strawberry.field(
        default_factory=lambda: [[]],
        description="Break-downs: [[]] for all students, [[GENDER], [ELAS]] for two; one dimension each.",
    )
    completeness: list[Completeness] | None = given("Any of these; COMPLETE unless said.")
    validity: list[Validity] | None = given("Any of these (summatives); VALID unless said.")
    manner: list[Manner] | None = given("Any of these (interims); STANDARDIZED unless said.")
