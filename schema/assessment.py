"""Programs, assessments, levels, items: reference data."""

from typing import Annotated

import strawberry

from resolvers import assessments as answers
from resolvers.engine.answers import GlobalId, InProcess
from schema.enums import AssessmentKind, Confidence, SubScoreKind, WritingPurpose
from schema.fields import answered, field
from schema.node import Node
from schema.scalars import Grade, SchoolYear, SubjectCode


@strawberry.type(description="A subject.")
class Subject:
    code: SubjectCode = field("Code, such as ELA.")
    name: str = field("Name.")


@strawberry.type(description="One achievement level or reporting category.")
class Level:
    number: int = field("Number from 1, the lowest.")
    label: str = field("What it is called in the program and school year of the result.")
    proficient: bool = field("Whether it counts as at or above proficient.")


@strawberry.type(description="A claim, composite or domain that a program's blueprint has.")
class SubScoreDefinition:
    kind: SubScoreKind = field("Claim, composite or domain.")
    code: str = field("Code within the program.")
    name: str = field("Name.")
    levels: list[Level] = field("Its levels, lowest first.")


@strawberry.type(description="An assessment program. Readable by everybody.")
class Program:
    code: str = field("Code.")
    name: str = field("Name.")
    subject: Subject = field("Subject.")
    kinds: list[AssessmentKind] = field("Kinds of assessment it has.")
    grades: list[Grade] = field("Grades it is given in.")
    source: str = field("Where these facts come from.")
    confidence: Confidence = field("How well established they are.", InProcess(lambda p: p.confidence.upper()))

    @answered(InProcess(answers.levels_of_program))
    def levels(
        self,
        school_year: Annotated[SchoolYear, strawberry.argument(description="The school year of the results.")],
        kind: Annotated[
            AssessmentKind | None, strawberry.argument(description="Of this kind; by default the program's first.")
        ] = None,
    ) -> list[Level]:
        """Levels of the overall score in a school year, lowest first; empty where the program has none then."""

    @answered(InProcess(answers.sub_scores_of_program))
    def sub_scores(
        self,
        school_year: Annotated[SchoolYear, strawberry.argument(description="The school year of the results.")],
    ) -> list[SubScoreDefinition]:
        """Claims, composites and domains of a school year's blueprint."""


@strawberry.type(description="What a claim of a summative program is made of; groups are reported by it.")
class Target:
    claim: str = field("Claim code.")
    code: str = field("Code within the claim.")
    name: str = field("Short name.")
    description: str | None = field("What students are to show.")
    reported: bool = field("Whether target reports show it.")


@strawberry.type(description="What earns a number of points on an item that is scored by hand.")
class RubricPoint:
    points: int = field("Points.")
    text: str = field("What a response that earns them shows.")


@strawberry.type(description="A question of an assessment; keys and rubrics are shown for interims only.")
class Item:
    id: strawberry.ID = field("Opaque global id.", GlobalId())
    natural_id: str = field("Item bank key.")
    position: int = field("Place in the assessment, from 1.")
    type: str = field("Item type code, such as MC or WER.")
    claim: str | None = field("Claim code.")
    target: str | None = field("Target code.")
    standards: list[str] = field("Codes of the standards it measures.")
    depth_of_knowledge: int | None = field("Depth of knowledge, 1 to 4.")
    difficulty: str | None = field("EASY, MODERATE or DIFFICULT.")
    max_points: int = field("Most points it earns.")
    answer_key: str | None = field("The right answer of a selected-response item.")
    writing_purpose: WritingPurpose | None = field("What a full piece of writing is for; null for other items.")
    rubric: list[RubricPoint] = field(
        "How an item is scored by hand, fewest points first; empty where it is not, or the rubric is not known."
    )


@strawberry.type(description="program x grade x kind x school year. Readable by everybody.")
class Assessment(Node):
    natural_id: str = field("Identifier in the test delivery system.")
    name: str = field("Name.")
    label: str = field("Name as shown to educators.")
    program: Program = field("Program.")
    subject: Subject = field("Subject.")
    kind: AssessmentKind = field("Kind.")
    grade: Grade = field("Grade of the assessment (a student may be enrolled in another).")
    school_year: SchoolYear = field("School year.")
    min_score: int = field("Lowest scale score, in scale points.")
    max_score: int = field("Highest scale score, in scale points.")
    cut_scores: list[int] = field("First scale score of level 2 and of each level above it.")
    levels: list[Level] = field("Levels of the overall score, lowest first.")
