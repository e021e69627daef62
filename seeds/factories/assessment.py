"""Factories of reference data: subjects, label sets, programs, assessments, items."""

from collections.abc import Sequence

from factory import LazyAttribute, LazyFunction, SelfAttribute, SubFactory
from factory import Sequence as Numbered

import models
from models.base import sort_key
from models.ids import new_id
from seeds.factories.row import SCHOOL_YEAR, RowFactory


class SubjectFactory(RowFactory[models.Subject]):
    class Meta:
        model = models.Subject

    id = LazyFunction(new_id)
    code = Numbered(lambda n: f"SUBJECT{n}")
    name = LazyAttribute(lambda row: row.code.title())


class LabelSetFactory(RowFactory[models.LabelSet]):
    class Meta:
        model = models.LabelSet

    id = LazyFunction(new_id)
    code = Numbered(lambda n: f"LABELS{n}")
    proficient_from = 3
    source = "invented"
    confidence = "invented"


class LevelFactory(RowFactory[models.Level]):
    class Meta:
        model = models.Level

    class Params:
        label_set = SubFactory(LabelSetFactory)

    label_set_id = SelfAttribute("label_set.id")
    number = 1
    label = LazyAttribute(lambda row: f"Level {row.number}")


def levels(label_set: models.LabelSet, labels: Sequence[str]) -> list[models.Level]:
    """The levels of a label set, lowest first."""
    return [LevelFactory.build(label_set=label_set, number=n, label=text) for n, text in enumerate(labels, start=1)]


class ProgramFactory(RowFactory[models.Program]):
    class Meta:
        model = models.Program

    class Params:
        subject = SubFactory(SubjectFactory)

    id = LazyFunction(new_id)
    code = Numbered(lambda n: f"PROGRAM{n}")
    name = LazyAttribute(lambda row: f"Program {row.code}")
    subject_id = SelfAttribute("subject.id")
    kinds = LazyFunction(lambda: ["SUMMATIVE"])
    grades = LazyFunction(lambda: ["03", "04", "05", "06", "07", "08", "11"])
    source = "invented"
    confidence = "invented"


class ProgramLabelsFactory(RowFactory[models.ProgramLabels]):
    class Meta:
        model = models.ProgramLabels

    class Params:
        program = SubFactory(ProgramFactory)
        label_set = SubFactory(LabelSetFactory)

    id = LazyFunction(new_id)
    program_id = SelfAttribute("program.id")
    kind = LazyAttribute(lambda row: row.program.kinds[0])
    first_year = 2015
    last_year = None
    label_set_id = SelfAttribute("label_set.id")


class SubScoreDefinitionFactory(RowFactory[models.SubScoreDefinition]):
    class Meta:
        model = models.SubScoreDefinition

    class Params:
        program = SubFactory(ProgramFactory)
        label_set = SubFactory(LabelSetFactory)

    id = LazyFunction(new_id)
    program_id = SelfAttribute("program.id")
    assessment_kind = LazyAttribute(lambda row: row.program.kinds[0])
    kind = "CLAIM"
    code = Numbered(lambda n: f"C{n}")
    name = LazyAttribute(lambda row: f"Claim {row.code}")
    position = 1
    first_year = 2015
    last_year = None
    label_set_id = SelfAttribute("label_set.id")


class TargetFactory(RowFactory[models.Target]):
    class Meta:
        model = models.Target

    class Params:
        program = SubFactory(ProgramFactory)

    id = LazyFunction(new_id)
    program_id = SelfAttribute("program.id")
    claim = "4-CR"
    code = Numbered(lambda n: f"{n}-3")
    name = LazyAttribute(lambda row: row.code)
    description = None
    reported = True


class AssessmentFactory(RowFactory[models.Assessment]):
    class Meta:
        model = models.Assessment

    class Params:
        program = SubFactory(ProgramFactory)
        label_set = SubFactory(LabelSetFactory)

    id = LazyFunction(new_id)
    natural_id = Numbered(lambda n: f"ASSESSMENT{n}")
    name = LazyAttribute(lambda row: row.natural_id)
    label = LazyAttribute(lambda row: f"Grade {row.grade} {row.name}")
    sort_key = LazyAttribute(lambda row: sort_key(row.label))
    program_id = SelfAttribute("program.id")
    subject_id = SelfAttribute("program.subject_id")
    kind = LazyAttribute(lambda row: row.program.kinds[0])
    grade = "03"
    school_year = SCHOOL_YEAR
    version = None
    min_score = 2115
    max_score = 2650
    cut_scores = LazyFunction(lambda: [2367, 2432, 2490])
    sub_score_ranges = LazyFunction(dict)
    label_set_id = SelfAttribute("label_set.id")


class ItemFactory(RowFactory[models.Item]):
    class Meta:
        model = models.Item

    class Params:
        assessment = SubFactory(AssessmentFactory)

    id = LazyFunction(new_id)
    assessment_id = SelfAttribute("assessment.id")
    natural_id = Numbered(lambda n: f"200-{n}")
    position = 1
    type = "MC"
    claim = None
    target = None
    standards = LazyFunction(list)
    depth_of_knowledge = None
    difficulty = None
    max_points = 1
    answer_key = "A"
    options_count = 4
    writing_purpose = None


class RubricPointFactory(RowFactory[models.RubricPoint]):
    class Meta:
        model = models.RubricPoint

    class Params:
        item = SubFactory(ItemFactory)

    item_id = SelfAttribute("item.id")
    points = 1
    text = LazyAttribute(lambda row: f"What earns {row.points}")
