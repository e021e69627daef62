"""Results and what belongs to them (sub-scores, writing traits, targets, item responses): distributed by
`district_id`, the district of the test.

A result repeats what a reader's visibility depends on (program, subject, whether it is interim, the student's
current place), so that the rule is a predicate on one table plus membership.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Instant, Text
from models.demographics import Demographics

MANNERS = ("STANDARDIZED", "NONSTANDARDIZED")
VALIDITIES = ("VALID", "INVALID")
COMPLETENESS = ("COMPLETE", "PARTIAL")
WRITING_CATEGORIES = ("ORGANIZATION", "EVIDENCE", "CONVENTIONS")


class Result(Demographics, Base):
    """One student's one completed assessment; school, grade and demographics as at test time."""

    __tablename__ = "result"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    interim: Mapped[bool]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    school_year: Mapped[int] = mapped_column(SmallInteger)
    current_district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    current_school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    opportunity_id: Mapped[str] = mapped_column(Text(60))
    session: Mapped[str | None] = mapped_column(Text(128))
    completed_at: Mapped[datetime] = mapped_column(Instant)
    status_at: Mapped[datetime] = mapped_column(Instant)
    """When the delivery system last changed this result: an older delivery never replaces a newer one."""
    manner: Mapped[str | None] = mapped_column(Text(16))
    validity: Mapped[str | None] = mapped_column(Text(8))
    completeness: Mapped[str] = mapped_column(Text(8))
    scale_score: Mapped[int | None]
    standard_error: Mapped[float | None]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    unscored_reason: Mapped[str | None] = mapped_column(Text(40))
    latest: Mapped[bool]
    """The latest scored result of this student, assessment and school year (tie: lowest id); aggregates
    count these. Kept by whoever writes results, in the same transaction (`models.latest`)."""
    __table_args__ = (
        UniqueConstraint("district_id", "opportunity_id", "assessment_id"),
        Index("ix_result_student", "student_id", "school_year"),
        Index("ix_result_school", "school_id", "school_year", "assessment_id"),
        Index("ix_result_opportunity", "opportunity_id"),
        Index("ix_result_assessment", "assessment_id", "district_id", "school_id"),
        {"sqlite_with_rowid": False},
    )


class SubScore(Base):
    """A claim, composite or domain score of a result; a category may come without a score."""

    __tablename__ = "sub_score"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    result_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    definition_id: Mapped[int] = mapped_column(ForeignKey("sub_score_definition.id"), primary_key=True)
    scale_score: Mapped[int | None]
    standard_error: Mapped[float | None]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )


class TraitScore(Base):
    """One trait of the piece of writing in an ELA result: the points, or the condition code that stands in their
    place."""

    __tablename__ = "trait_score"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    result_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    category: Mapped[str] = mapped_column(Text(12), primary_key=True)
    purpose: Mapped[str | None] = mapped_column(Text(16))
    """What the writing was for (`WRITING_PURPOSES`); null where the delivery does not say."""
    points: Mapped[int | None] = mapped_column(SmallInteger)
    max_points: Mapped[int] = mapped_column(SmallInteger)
    condition_code: Mapped[str | None] = mapped_column(Text(20))
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )


class TargetScore(Base):
    """How a summative result did on one target: points earned less points expected, of a student of the same overall
    score and of one who just meets the standard (product.md: Aggregates). A single one says little."""

    __tablename__ = "target_score"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    result_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"), primary_key=True)
    student_relative: Mapped[float | None]
    standard_met_relative: Mapped[float | None]
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )


class ItemResponse(Base):
    """What a student answered to one item of an interim assessment, and the points it earned."""

    __tablename__ = "item_response"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    result_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    response: Mapped[str | None] = mapped_column(Text())
    points: Mapped[float | None]
    max_points: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )
