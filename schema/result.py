"""Results with scores, sub-scores, writing traits, targets and item responses."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from resolvers import organizations, results
from resolvers.engine.answers import Column, Computed, Embedded, Expression, Lookup, Many, One, Sort
from schema.assessment import Assessment, Item, Level, Target
from schema.demographics import Demographics
from schema.enums import Completeness, Manner, SubScoreKind, Validity, WritingCategory, WritingPurpose
from schema.fields import answered, field
from schema.node import Node
from schema.organization import School
from schema.scalars import Grade, SchoolYear

if TYPE_CHECKING:
    from schema.student import Student


@strawberry.type(description="A score's error band, in scale points.")
class ScoreBand:
    low: int = field("Score minus one standard error of measurement.", Computed(results.BAND, results.band_low))
    high: int = field("Score plus one standard error of measurement.", Computed(results.BAND, results.band_high))


@strawberry.type(description="A scale score with its error and level.")
class Score:
    value: int = field("Scale score, in scale points.", Column("scale_score"))
    standard_error: float | None = field("Standard error of measurement, in scale points.")
    band: ScoreBand | None = field("Error band.", Embedded("standard_error"))
    level: Level | None = field(
        "Achievement level or reporting category.", Lookup(("assessment_id", "level"), results.level_of_result)
    )


@strawberry.type(description="A sub-score's scale score with its error.")
class SubScoreValue:
    value: int = field("Scale score, in scale points.", Column("scale_score"))
    standard_error: float | None = field("Standard error of measurement, in scale points.")


@strawberry.type(description="A claim, composite or domain of a result.")
class SubScore:
    kind: SubScoreKind = field("Claim, composite or domain.", results.definition("kind"))
    code: str = field("Code within the program.", results.definition("code"))
    name: str = field("Name.", results.definition("name"))
    score: SubScoreValue | None = field("Score; null where the sub-score has a level only.", Embedded("scale_score"))
    level: Level | None = field("Level or category.", Lookup(("definition_id", "level"), results.level_of_sub_score))


@strawberry.type(description="One trait of the piece of writing in an ELA result.")
class TraitScore:
    purpose: WritingPurpose | None = field("What the writing was for; null where it is not known.")
    category: WritingCategory = field("What the trait is.")
    points: int | None = field("Points earned; null where a condition code stands in their place.")
    max_points: int = field("Most points the trait earns.")
    condition_code: str | None = field("Why there are no points: a code as delivered, such as B for blank.")


@strawberry.type(
    description="How a summative result did on one target: points earned less points expected. One result's says "
    "little; compare the mean over a group of 30 or more."
)
class TargetScore:
    target: Target = field("The target.", Lookup(("target_id",), results.target_of_score))
    student_relative: float | None = field("Against what the student's overall score leads to expect.")
    standard_met_relative: float | None = field("Against what is expected of a student who just meets the standard.")


@strawberry.type(description="What a student answered to an item of an interim assessment.")
class ItemResponse:
    item: Item = field("The item.", Lookup(("item_id",), results.item_of_response))
    response: str | None = field("The response as given.")
    points: float | None = field("Points earned; null where not scored.")
    max_points: int = field("Most points the item earns.")
    correctness: float | None = field(
        "Share of the points earned, 0 to 1.", Computed(("points", "max_points"), results.correctness)
    )


@strawberry.type(
    description="One student's one completed assessment. Needs INDIVIDUAL_PII_READ over the school, or "
    "GROUP_PII_READ over it and a group with the student; summatives also to be released."
)
class Result(Node):
    student: Annotated["Student", strawberry.lazy("schema.student")] = field(
        "The student.", One(models.Student, "student_id")
    )
    assessment: Assessment = field("The assessment.", Lookup(("assessment_id",), results.assessment_of_result))
    school: School = field(
        "The school where it was taken.",
        Lookup(("school_id",), organizations.school_of_row, {"id": "school_id", "district_id": "district_id"}),
    )
    school_year: SchoolYear = field("School year.")
    completed_at: datetime = field("When it was completed, UTC.")
    session: str | None = field("Test session.")
    enrolled_grade: Grade | None = field("Grade enrolled in at test time.")
    manner: Manner | None = field("Manner of administration (interims).")
    validity: Validity | None = field("Validity (summatives).")
    completeness: Completeness = field("Completeness.")
    tested_elsewhere: bool = field(
        "Whether it was taken at a school outside all of the viewer's individual and group scopes.",
        Expression(results.tested_elsewhere),
    )
    off_grade: bool | None = field(
        "Whether the assessment is of another grade than enrolled in.",
        Lookup(("assessment_id", "enrolled_grade"), results.off_grade),
    )
    score: Score | None = field("Overall score; null where not scored.", Embedded("scale_score"))
    score_unavailable_reason: str | None = field("Why there is no score.", Column("unscored_reason"))
    demographics: Demographics = field("Demographics as at test time.", Embedded())

    @answered(Many(results.sub_scores_of_result, (Sort("definition_id"),), by=("district_id", "id")))
    def sub_scores(
        self,
        kind: Annotated[SubScoreKind | None, strawberry.argument(description="Only of this kind.")] = None,
    ) -> list[SubScore]:
        """Claims, composites and domains, in the blueprint's order."""

    @answered(Many(results.trait_scores_of_result, (Sort("category"),), by=("district_id", "id")))
    def writing_traits(self) -> list[TraitScore]:
        """Traits of the piece of writing, by category; ELA only, empty otherwise."""

    @answered(Many(results.target_scores_of_result, (Sort("target_id"),), by=("district_id", "id")))
    def target_scores(self) -> list[TargetScore]:
        """How the student did on each target, in the program's order; summatives only, empty otherwise."""

    @answered(Many(results.item_responses_of_result, (Sort("position"), Sort("item_id")), by=("district_id", "id")))
    def items(self) -> list[ItemResponse]:
        """Responses to items, by position; interims only, empty otherwise."""
