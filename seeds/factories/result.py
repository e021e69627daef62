"""Factories of results, their sub-scores, writing traits, targets and item responses."""

from factory import LazyAttribute, LazyFunction, SelfAttribute, SubFactory
from factory import Sequence as Numbered

import models
from models.ids import new_id
from seeds.factories.assessment import AssessmentFactory, ItemFactory, SubScoreDefinitionFactory, TargetFactory
from seeds.factories.organization import SchoolFactory
from seeds.factories.row import MOMENT, RowFactory
from seeds.factories.student import StudentFactory


class ResultFactory(RowFactory[models.Result]):
    """A scored, complete, latest result, with the student's demographics and current place."""

    class Meta:
        model = models.Result

    class Params:
        student = SubFactory(StudentFactory)
        assessment = SubFactory(AssessmentFactory)
        school = SubFactory(SchoolFactory)

    district_id = SelfAttribute("school.district_id")
    id = LazyFunction(new_id)
    student_id = SelfAttribute("student.id")
    assessment_id = SelfAttribute("assessment.id")
    program_id = SelfAttribute("assessment.program_id")
    subject_id = SelfAttribute("assessment.subject_id")
    interim = LazyAttribute(lambda row: row.assessment.kind != "SUMMATIVE")
    school_id = SelfAttribute("school.id")
    school_year = SelfAttribute("assessment.school_year")
    current_district_id = SelfAttribute("student.current_district_id")
    current_school_id = SelfAttribute("student.current_school_id")
    opportunity_id = Numbered(lambda n: f"OPPORTUNITY{n}")
    session = None
    completed_at = LazyAttribute(lambda row: MOMENT.replace(year=row.school_year))
    status_at = LazyAttribute(lambda row: row.completed_at)
    manner = LazyAttribute(lambda row: "STANDARDIZED" if row.interim else None)
    validity = LazyAttribute(lambda row: None if row.interim else "VALID")
    completeness = "COMPLETE"
    scale_score = 2440
    standard_error = 25.0
    level = 3
    unscored_reason = None
    latest = True
    gender = SelfAttribute("student.gender")
    ethnicities = SelfAttribute("student.ethnicities")
    english_learner = SelfAttribute("student.english_learner")
    elas = SelfAttribute("student.elas")
    primary_language = SelfAttribute("student.primary_language")
    iep = SelfAttribute("student.iep")
    section504 = SelfAttribute("student.section504")
    economic_disadvantage = SelfAttribute("student.economic_disadvantage")
    migrant = SelfAttribute("student.migrant")
    military_connected = SelfAttribute("student.military_connected")
    enrolled_grade = SelfAttribute("student.enrolled_grade")


class SubScoreFactory(RowFactory[models.SubScore]):
    class Meta:
        model = models.SubScore

    class Params:
        result = SubFactory(ResultFactory)
        definition = SubFactory(SubScoreDefinitionFactory)

    district_id = SelfAttribute("result.district_id")
    result_id = SelfAttribute("result.id")
    definition_id = SelfAttribute("definition.id")
    scale_score = 2440
    standard_error = 50.0
    level = 2


class TraitScoreFactory(RowFactory[models.TraitScore]):
    class Meta:
        model = models.TraitScore

    class Params:
        result = SubFactory(ResultFactory)

    district_id = SelfAttribute("result.district_id")
    result_id = SelfAttribute("result.id")
    category = "ORGANIZATION"
    purpose = "NARRATIVE"
    points = 3
    max_points = 4
    condition_code = None


class TargetScoreFactory(RowFactory[models.TargetScore]):
    class Meta:
        model = models.TargetScore

    class Params:
        result = SubFactory(ResultFactory)
        target = SubFactory(TargetFactory)

    district_id = SelfAttribute("result.district_id")
    result_id = SelfAttribute("result.id")
    target_id = SelfAttribute("target.id")
    student_relative = 0.125
    standard_met_relative = -0.25


class ItemResponseFactory(RowFactory[models.ItemResponse]):
    class Meta:
        model = models.ItemResponse

    class Params:
        result = SubFactory(ResultFactory)
        item = SubFactory(ItemFactory)

    district_id = SelfAttribute("result.district_id")
    result_id = SelfAttribute("result.id")
    item_id = SelfAttribute("item.id")
    position = SelfAttribute("item.position")
    response = SelfAttribute("item.answer_key")
    points = LazyAttribute(lambda row: float(row.item.max_points))
    max_points = SelfAttribute("item.max_points")
