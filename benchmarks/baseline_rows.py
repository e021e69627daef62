"""The baseline's ORM classes: the columns that the measured pages show, relationships, and values shown as properties.

Trap: `lazy="raise"`: whoever shows a relationship has loaded it.
"""

from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, attribute_keyed_dict, mapped_column, relationship

from models.base import Id, Instant

T = TypeVar("T")


class Row(DeclarativeBase):
    """A row of a table that the product made."""

    type_annotation_map = {int: Id, datetime: Instant}  # noqa: RUF012


class School(Row):
    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    natural_id: Mapped[str] = mapped_column(deferred=True)
    name: Mapped[str]


class Subject(Row):
    __tablename__ = "subject"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]


class Level(Row):
    __tablename__ = "level"
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]


class LabelSet(Row):
    __tablename__ = "label_set"
    id: Mapped[int] = mapped_column(primary_key=True)
    levels: Mapped[dict[int, Level]] = relationship(collection_class=attribute_keyed_dict("number"), lazy="raise")


class Definition(Row):
    __tablename__ = "sub_score_definition"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"))
    label_set: Mapped[LabelSet] = relationship(lazy="raise")


class Assessment(Row):
    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    kind: Mapped[str]
    grade: Mapped[str]
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_set.id"))
    subject: Mapped[Subject] = relationship(lazy="raise")
    label_set: Mapped[LabelSet] = relationship(lazy="raise")


class SubScore(Row):
    __tablename__ = "sub_score"
    district_id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("sub_score_definition.id"), primary_key=True)
    level: Mapped[int | None]
    definition: Mapped[Definition] = relationship(lazy="raise")
    __table_args__ = (ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"]),)

    @property
    def code(self) -> str:
        return self.definition.code

    @property
    def shown_level(self) -> Level | None:
        return None if self.level is None else self.definition.label_set.levels.get(self.level)


class Result(Row):
    __tablename__ = "result"
    district_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), deferred=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    school_year: Mapped[int]
    completed_at: Mapped[datetime]
    manner: Mapped[str | None]
    completeness: Mapped[str]
    scale_score: Mapped[int | None]
    standard_error: Mapped[float | None]
    level: Mapped[int | None]
    assessment: Mapped[Assessment] = relationship(lazy="raise")
    school: Mapped[School] = relationship(lazy="raise")
    sub_scores: Mapped[list[SubScore]] = relationship(order_by=SubScore.definition_id, lazy="raise")

    @property
    def global_id(self) -> str:
        return f"res_{self.district_id:x}_{self.id:x}"

    @property
    def score(self) -> "Result | None":
        return None if self.scale_score is None else self

    @property
    def band(self) -> "Band | None":
        if self.scale_score is None or self.standard_error is None:
            return None
        return Band(round(self.scale_score - self.standard_error), round(self.scale_score + self.standard_error))

    @property
    def shown_level(self) -> Level | None:
        return None if self.level is None else self.assessment.label_set.levels.get(self.level)


class Student(Row):
    __tablename__ = "student"
    id: Mapped[int] = mapped_column(primary_key=True)
    ssid: Mapped[str]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    sort_key: Mapped[str]
    birthday: Mapped[date | None]
    elas: Mapped[str | None] = mapped_column(deferred=True)
    current_school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    school: Mapped[School | None] = relationship(lazy="raise")
    all_results: Mapped[list[Result]] = relationship(
        order_by=(Result.completed_at.desc(), Result.id.desc()), lazy="raise"
    )

    @property
    def global_id(self) -> str:
        return f"stu_{self.id:x}"

    @property
    def results(self) -> "Nodes[Result]":
        return Nodes(self.all_results)


MEMBERS = Table(
    "group_member",
    Row.metadata,
    Column("district_id", Id, primary_key=True),
    Column("group_id", Id, primary_key=True),
    Column("student_id", ForeignKey("student.id"), primary_key=True),
    ForeignKeyConstraint(["district_id", "group_id"], ["student_group.district_id", "student_group.id"]),
)


class Group(Row):
    __tablename__ = "student_group"
    district_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    members: Mapped[list[Student]] = relationship(
        secondary=MEMBERS, order_by=(Student.sort_key, Student.id), lazy="raise", viewonly=True
    )

    @property
    def global_id(self) -> str:
        return f"grp_{self.district_id:x}_{self.id:x}"

    @property
    def students(self) -> "Nodes[Student]":
        return Nodes(self.members)


class Band(NamedTuple):
    """A score's error band, in scale points."""

    low: int
    high: int


class Nodes(NamedTuple, Generic[T]):
    """Rows as a connection shows them."""

    nodes: list[T]
