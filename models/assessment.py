"""Programs, assessments, levels, sub-scores, targets, items: reference data that grows by loading, never by code."""

from sqlalchemy import JSON, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Text

ASSESSMENT_KINDS = ("SUMMATIVE", "ICA", "IAB", "FIAB", "INTERIM")
SUB_SCORE_KINDS = ("CLAIM", "COMPOSITE", "DOMAIN")
WRITING_PURPOSES = ("ARGUMENTATIVE", "EXPLANATORY", "INFORMATIONAL", "NARRATIVE", "OPINION")


class Subject(Base):
    """A subject such as ELA or MATH."""

    __tablename__ = "subject"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text(20), unique=True)
    name: Mapped[str] = mapped_column(Text(100))


class LabelSet(Base):
    """A named list of levels; which one applies is chosen by program, kind and school year."""

    __tablename__ = "label_set"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text(60), unique=True)
    proficient_from: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text(500))
    confidence: Mapped[str] = mapped_column(Text(30))


class Level(Base):
    """One level of a label set: the number that results store, and what it is called."""

    __tablename__ = "level"
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    label: Mapped[str] = mapped_column(Text(100))


class Program(Base):
    """An assessment program, such as SB Summative ELA or CAST."""

    __tablename__ = "program"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text(40), unique=True)
    name: Mapped[str] = mapped_column(Text(100))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    grades: Mapped[list[str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(Text(500))
    confidence: Mapped[str] = mapped_column(Text(30))


class ProgramLabels(Base):
    """Which label set the overall score of a program's kind uses in which school years (null = open)."""

    __tablename__ = "program_labels"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    kind: Mapped[str] = mapped_column(Text(12))
    first_year: Mapped[int] = mapped_column(SmallInteger)
    last_year: Mapped[int | None] = mapped_column(SmallInteger)
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"))
    __table_args__ = (UniqueConstraint("program_id", "kind", "first_year"),)


class SubScoreDefinition(Base):
    """A claim, composite or domain of a program's kind, in the school years whose blueprint has it."""

    __tablename__ = "sub_score_definition"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    assessment_kind: Mapped[str] = mapped_column(Text(12))
    kind: Mapped[str] = mapped_column(Text(12))
    code: Mapped[str] = mapped_column(Text(20))
    name: Mapped[str] = mapped_column(Text(100))
    position: Mapped[int] = mapped_column(SmallInteger)
    first_year: Mapped[int] = mapped_column(SmallInteger)
    last_year: Mapped[int | None] = mapped_column(SmallInteger)
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"))
    __table_args__ = (UniqueConstraint("program_id", "assessment_kind", "kind", "code", "first_year"),)


class Target(Base):
    """What a claim of a summative program is made of, such as one skill in one grade; groups are reported by it."""

    __tablename__ = "target"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    claim: Mapped[str] = mapped_column(Text(40))
    code: Mapped[str] = mapped_column(Text(60))
    name: Mapped[str] = mapped_column(Text(100))
    description: Mapped[str | None] = mapped_column(Text(1000))
    reported: Mapped[bool]
    """Whether target reports show it; what is not reported counts as excluded."""
    __table_args__ = (UniqueConstraint("program_id", "claim", "code"),)


class Assessment(Base):
    """program x grade x kind x school year, with the score range and cut scores of that year."""

    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    natural_id: Mapped[str] = mapped_column(Text(250), unique=True)
    name: Mapped[str] = mapped_column(Text(250))
    label: Mapped[str] = mapped_column(Text(255))
    sort_key: Mapped[str] = mapped_column(Text(600), index=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    kind: Mapped[str] = mapped_column(Text(12))
    grade: Mapped[str] = mapped_column(Text(2))
    school_year: Mapped[int] = mapped_column(SmallInteger, index=True)
    version: Mapped[str | None] = mapped_column(Text(30))
    min_score: Mapped[int]
    max_score: Mapped[int]
    cut_scores: Mapped[list[int]] = mapped_column(JSON)
    sub_score_ranges: Mapped[dict[str, list[int]]] = mapped_column(JSON, default=dict)
    """Sub-score code -> [lowest, cuts ..., highest] where the package gives them."""
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"))


class Item(Base):
    """A question of an assessment."""

    __tablename__ = "item"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    natural_id: Mapped[str] = mapped_column(Text(40))
    position: Mapped[int] = mapped_column(SmallInteger)
    type: Mapped[str] = mapped_column(Text(20))
    claim: Mapped[str | None] = mapped_column(Text(40))
    target: Mapped[str | None] = mapped_column(Text(60))
    standards: Mapped[list[str]] = mapped_column(JSON, default=list)
    depth_of_knowledge: Mapped[int | None] = mapped_column(SmallInteger)
    difficulty: Mapped[str | None] = mapped_column(Text(10))
    max_points: Mapped[int] = mapped_column(SmallInteger)
    answer_key: Mapped[str | None] = mapped_column(Text(255))
    options_count: Mapped[int | None] = mapped_column(SmallInteger)
    writing_purpose: Mapped[str | None] = mapped_column(Text(16))
    """Of a full piece of writing: what it is for (`WRITING_PURPOSES`)."""
    __table_args__ = (UniqueConstraint("assessment_id", "natural_id"),)


class RubricPoint(Base):
    """What earns a number of points on an item that is scored by hand."""

    __tablename__ = "rubric_point"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    points: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text())
    __table_args__ = ({"sqlite_with_rowid": False},)
