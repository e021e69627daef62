"""Factories build valid rows in few lines, and `store` inserts them in any order."""

import pytest
from sqlalchemy import func, select

import seeds.factories
from models import Base, Result, Student
from models.database import Database
from models.demographics import DEMOGRAPHIC_COLUMNS
from seeds.factories import (
    AssessmentFactory,
    AvailabilityChangeFactory,
    AvailabilityFactory,
    DisclosureFactory,
    DisclosureStudentFactory,
    DistrictFactory,
    DistrictGroupFactory,
    GrantFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    ItemFactory,
    ItemResponseFactory,
    LabelSetFactory,
    PendingMemberFactory,
    ProgramFactory,
    ProgramLabelsFactory,
    ResultFactory,
    RubricPointFactory,
    SchoolFactory,
    SchoolGroupFactory,
    SignOnSessionFactory,
    StudentFactory,
    SubjectFactory,
    SubScoreDefinitionFactory,
    SubScoreFactory,
    TargetFactory,
    TargetScoreFactory,
    TenantFactory,
    TraitScoreFactory,
    levels,
    store,
)


def one_row_of_every_table() -> list[Base]:
    """Children before their parents, so that only `store` can put them right."""
    district = DistrictFactory.build()
    school = SchoolFactory.build(district=district)
    subject = SubjectFactory.build(code="ELA")
    labels = LabelSetFactory.build()
    program = ProgramFactory.build(subject=subject)
    assessment = AssessmentFactory.build(program=program, label_set=labels)
    definition = SubScoreDefinitionFactory.build(program=program, label_set=labels)
    target = TargetFactory.build(program=program)
    item = ItemFactory.build(assessment=assessment)
    student = StudentFactory.build(school=school)
    result = ResultFactory.build(student=student, assessment=assessment, school=school)
    group = GroupFactory.build(school=school, subject=subject)
    disclosure = DisclosureFactory.build(district=district)
    return [
        DisclosureStudentFactory.build(disclosure=disclosure, student=student),
        disclosure,
        SubScoreFactory.build(result=result, definition=definition),
        ItemResponseFactory.build(result=result, item=item),
        TraitScoreFactory.build(result=result),
        TargetScoreFactory.build(result=result, target=target),
        RubricPointFactory.build(item=item),
        GroupMemberFactory.build(group=group, student=student),
        GroupEducatorFactory.build(group=group),
        PendingMemberFactory.build(group=group),
        AvailabilityFactory.build(district=district, program=program),
        AvailabilityChangeFactory.build(district=district, program=program),
        ProgramLabelsFactory.build(program=program, label_set=labels),
        *levels(labels, ["Not Met", "Nearly Met", "Met", "Exceeded"]),
        *(group, result, student, item, target, definition, assessment, program, labels, subject, school, district),
        *(DistrictGroupFactory.build(), SchoolGroupFactory.build(), GrantFactory.build(), TenantFactory.build()),
        SignOnSessionFactory.build(),
    ]


async def test_a_row_of_every_table_can_be_built_and_stored(database: Database) -> None:
    rows = one_row_of_every_table()
    await database.run(lambda session: store(session, *rows))
    for mapper in Base.registry.mappers:
        stored = await database.run(
            lambda session, table=mapper.local_table: session.scalar(select(func.count()).select_from(table))
        )
        assert stored, f"no row of {mapper.local_table.name}"


def test_a_result_copies_what_its_student_assessment_and_school_say() -> None:
    school = SchoolFactory.build()
    student = StudentFactory.build(school=school, elas="RFEP", enrolled_grade="07")
    assessment = AssessmentFactory.build(kind="ICA", school_year=2025)
    elsewhere = SchoolFactory.build()
    result: Result = ResultFactory.build(student=student, assessment=assessment, school=elsewhere)
    assert (result.district_id, result.school_id) == (elsewhere.district_id, elsewhere.id)
    assert (result.current_district_id, result.current_school_id) == (school.district_id, school.id)
    assert (result.interim, result.manner, result.validity) == (True, "STANDARDIZED", None)
    assert result.school_year == result.completed_at.year == 2025
    assert [getattr(result, name) for name in DEMOGRAPHIC_COLUMNS] == [
        getattr(student, name) for name in DEMOGRAPHIC_COLUMNS
    ]


def test_any_column_may_be_given() -> None:
    student: Student = StudentFactory.build(current_school_id=5, first_name="Ana")
    assert (student.current_school_id, student.first_name) == (5, "Ana")


NUMBERED = [
    name
    for name in seeds.factories.__all__
    if name.endswith("Factory") and name not in ("TenantFactory", "LevelFactory")
]


@pytest.mark.parametrize("name", NUMBERED)
def test_two_rows_of_a_factory_never_share_a_key(name: str) -> None:
    first, second = (getattr(seeds.factories, name).build() for _ in range(2))
    for column in type(first).__table__.columns:
        if column.unique:
            assert getattr(first, column.name) != getattr(second, column.name)
    assert [getattr(first, column.name) for column in type(first).__table__.primary_key] != [
        getattr(second, column.name) for column in type(first).__table__.primary_key
    ]
