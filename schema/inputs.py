"""Filters and orders a client may send."""

from datetime import date, datetime
from typing import Any, Optional

import strawberry

from resolvers import assessments, availability, groups, organizations, results, students
from schema.enums import (
    AssessmentKind,
    AvailabilityStatus,
    Completeness,
    Direction,
    Elas,
    Ethnicity,
    Gender,
    GroupKind,
    Manner,
    MilitaryStatus,
    TestedElsewhere,
    Validity,
    enumerated,
)
from schema.scalars import SSID, CDSCode, Grade, SchoolYear, SubjectCode


def given(description: str, name: str | None = None) -> Any:
    """A part of an input that may be left out."""
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


def _operators(name: str, scalar: Any, of: str, *, ranged: bool = False, nullable: bool = False) -> Any:
    """An operator object for values of one scalar: every operator given must hold."""
    operators: dict[str, tuple[Any, str, str]] = {
        "eq": (scalar | None, "eq", "Equal to this."),
        "ne": (scalar | None, "ne", "Known and not equal to this."),
        "in_": (list[scalar] | None, "in", "One of these."),
    }
    if ranged:
        operators["gte"] = (scalar | None, "gte", "This or more.")
        operators["lte"] = (scalar | None, "lte", "This or less.")
    if nullable:
        operators["is_null"] = (bool | None, "isNull", "Whether it is not known.")
    body: dict[str, Any] = {"__annotations__": {key: type_ for key, (type_, _, _) in operators.items()}}
    for key, (_, shown, description) in operators.items():
        body[key] = strawberry.field(default=strawberry.UNSET, name=shown, description=description)
    return strawberry.input(type(name, (), body), description=f"Conditions on {of}; all that are given must hold.")


StringCondition = _operators("StringCondition", str, "a text")
NullableStringCondition = _operators("NullableStringCondition", str, "a text that may be unknown", nullable=True)
IntCondition = _operators("IntCondition", int, "a number that may be unknown", ranged=True, nullable=True)
DateCondition = _operators("DateCondition", date, "a day that may be unknown", ranged=True, nullable=True)
DateTimeCondition = _operators("DateTimeCondition", datetime, "a moment", ranged=True)
SSIDCondition = _operators("SSIDCondition", SSID, "an SSID")
CDSCodeCondition = _operators("CDSCodeCondition", CDSCode, "a CDS code")
SchoolYearCondition = _operators("SchoolYearCondition", SchoolYear, "a school year", ranged=True)
SubjectCondition = _operators("SubjectCondition", SubjectCode, "a subject")
GradeCondition = _operators("GradeCondition", Grade, "a grade")


@strawberry.input(description="Conditions on demographics.")
class Demographic:
    """What filters of students and results share; a withheld field is FORBIDDEN by name."""

    gender: list[Gender] | None = given("Any of these; needs the field to be available to the viewer.")
    ethnicity: list[Ethnicity] | None = given("Any of these; needs the field to be available to the viewer.")
    english_learner: bool | None = given("English learner or not; needs the field to be available to the viewer.")
    elas: list[Elas] | None = given("Any of these; needs the field to be available to the viewer.")
    primary_language: NullableStringCondition | None = given("ISO 639-2 code; needs the field to be available.")
    iep: bool | None = given("With an IEP or not; needs the field to be available to the viewer.")
    section504: bool | None = given("With a 504 plan or not; needs the field to be available to the viewer.")
    economic_disadvantage: bool | None = given("Needs the field to be available to the viewer.")
    migrant: bool | None = given("Migrant or not; needs the field to be available to the viewer.")
    military_connected: list[MilitaryStatus] | None = given("Any of these; needs the field to be available.")
    enrolled_grade: GradeCondition | None = given("Grade enrolled in; needs the field to be available.")


@strawberry.input(description="Which students. All conditions that are given must hold.")
class StudentFilter(Demographic):
    ssid: SSIDCondition | None = given("By SSID.")
    name: str | None = given("Words of the name, in the order last, first, middle.")
    birthday: DateCondition | None = given("By birthday.")
    school: CDSCodeCondition | None = given("By current school.")
    and_: list["StudentFilter"] | None = given("All of these.", "and")
    or_: list["StudentFilter"] | None = given("Any of these.", "or")
    not_: Optional["StudentFilter"] = given("Not these; what is unknown matches neither.", "not")


@strawberry.input(description="Which results. All conditions that are given must hold.")
class ResultFilter(Demographic):
    school_year: SchoolYearCondition | None = given("By school year.")
    subject: SubjectCondition | None = given("By subject.")
    program: StringCondition | None = given("By program code.")
    kind: list[AssessmentKind] | None = given("Any of these kinds.")
    grade: GradeCondition | None = given("By grade of the assessment.")
    assessment: StringCondition | None = given("By natural id of the assessment.")
    school: CDSCodeCondition | None = given("By school where it was taken.")
    completed_at: DateTimeCondition | None = given("By moment of completion.")
    scale_score: IntCondition | None = given("By scale score.")
    level: IntCondition | None = given("By level number.")
    session: NullableStringCondition | None = given("By test session.")
    manner: list[Manner] | None = given("Any of these (interims).")
    validity: list[Validity] | None = given("Any of these (summatives).")
    completeness: list[Completeness] | None = given("Any of these.")
    tested_elsewhere: TestedElsewhere | None = given("Results taken outside the viewer's schools; INCLUDE by default.")
    and_: list["ResultFilter"] | None = given("All of these.", "and")
    or_: list["ResultFilter"] | None = given("Any of these.", "or")
    not_: Optional["ResultFilter"] = given("Not these; what is unknown matches neither.", "not")


@strawberry.input(description="Which groups. All conditions that are given must hold.")
class GroupFilter:
    name: str | None = given("Words of the name, in order.")
    school: CDSCodeCondition | None = given("By school.")
    subject: SubjectCondition | None = given("By the subject it is limited to.")
    school_year: SchoolYearCondition | None = given("By school year.")
    kind: list[GroupKind] | None = given("Any of these.")
    and_: list["GroupFilter"] | None = given("All of these.", "and")
    or_: list["GroupFilter"] | None = given("Any of these.", "or")
    not_: Optional["GroupFilter"] = given("Not these.", "not")


@strawberry.input(description="Which organizations. All conditions that are given must hold.")
class OrganizationFilter:
    name: str | None = given("Words of the name, in order.")
    cds_code: CDSCodeCondition | None = given("By CDS code.")
    and_: list["OrganizationFilter"] | None = given("All of these.", "and")
    or_: list["OrganizationFilter"] | None = given("Any of these.", "or")
    not_: Optional["OrganizationFilter"] = given("Not these.", "not")


@strawberry.input(description="Which assessments. All conditions that are given must hold.")
class AssessmentFilter:
    school_year: SchoolYearCondition | None = given("By school year.")
    subject: SubjectCondition | None = given("By subject.")
    program: StringCondition | None = given("By program code.")
    kind: list[AssessmentKind] | None = given("Any of these kinds.")
    grade: GradeCondition | None = given("By grade.")
    natural_id: StringCondition | None = given("By natural id.")
    and_: list["AssessmentFilter"] | None = given("All of these.", "and")
    or_: list["AssessmentFilter"] | None = given("Any of these.", "or")
    not_: Optional["AssessmentFilter"] = given("Not these.", "not")


@strawberry.input(description="Which states of availability. All conditions that are given must hold.")
class AvailabilityFilter:
    school_year: SchoolYearCondition | None = given("By school year.")
    district: CDSCodeCondition | None = given("By district.")
    program: StringCondition | None = given("By program code.")
    individual: list[AvailabilityStatus] | None = given("Any of these, for results one by one.")
    aggregate: list[AvailabilityStatus] | None = given("Any of these, for results counted.")
    and_: list["AvailabilityFilter"] | None = given("All of these.", "and")
    or_: list["AvailabilityFilter"] | None = given("Any of these.", "or")
    not_: Optional["AvailabilityFilter"] = given("Not these.", "not")


@strawberry.input(description="Which disclosures. All conditions that are given must hold.")
class DisclosureFilter:
    school_year: SchoolYearCondition | None = given("By the tenant's school year when it was served.")
    served_at: DateTimeCondition | None = given("By the moment it was served.")
    login: StringCondition | None = given("By login of who was served, lower case.")
    district: CDSCodeCondition | None = given("By district.")
    student: SSIDCondition | None = given("Answers with results of a student.")
    and_: list["DisclosureFilter"] | None = given("All of these.", "and")
    or_: list["DisclosureFilter"] | None = given("Any of these.", "or")
    not_: Optional["DisclosureFilter"] = given("Not these.", "not")


def _order(noun: str, orders: Any, plural: str = "") -> Any:
    """The order input of a list: a field of the enum and a direction."""
    plural = plural or f"{noun.lower()}s"
    shown = f"What a list of {plural} is ordered by."
    fields = enumerated(f"{noun}OrderField", tuple(orders), shown)
    body: dict[str, Any] = {
        "__annotations__": {"field": fields, "direction": Direction},
        "field": strawberry.field(description="What to order by; what is null comes last."),
        "direction": strawberry.field(default=Direction["ASC"], description="Up or down."),
    }
    return strawberry.input(type(f"{noun}Order", (), body), description=f"The order of a list of {plural}.")


StudentOrder = _order("Student", students.ORDERS)
ResultOrder = _order("Result", results.ORDERS)
GroupOrder = _order("Group", groups.ORDERS)
OrganizationOrder = _order("Organization", organizations.ORDERS)
AssessmentOrder = _order("Assessment", assessments.ORDERS)
AvailabilityOrder = _order("Availability", availability.ORDERS, "availability states")
