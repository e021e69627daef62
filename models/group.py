"""Student groups, their members (also pending ones) and the educators they are assigned to."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Instant, Text

GROUP_KINDS = ("ASSIGNED", "CUSTOM")


class Group(Base):
    """A group of students. Assigned: known by school, name and school year, subject null = all subjects.
    Custom: made by `owner_login`, private to them, of no school."""

    __tablename__ = "student_group"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text(8))
    name: Mapped[str] = mapped_column(Text(255))
    sort_key: Mapped[str] = mapped_column(Text(600))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    school_year: Mapped[int] = mapped_column(SmallInteger)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    owner_login: Mapped[str | None] = mapped_column(Text(255))
    created_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        UniqueConstraint("district_id", "school_id", "school_year", "name"),
        Index("ix_student_group_owner", "owner_login"),
        Index("ix_student_group_school", "school_id", "school_year"),
        {"sqlite_with_rowid": False},
    )


class GroupMember(Base):
    """A student of a group."""

    __tablename__ = "group_member"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "group_id"], ["student_group.district_id", "student_group.id"], ondelete="CASCADE"
        ),
        Index("ix_group_member_student", "student_id"),
        {"sqlite_with_rowid": False},
    )


class PendingMember(Base):
    """An SSID named in an import that is not yet a student of the importer's scope; it opens nothing."""

    __tablename__ = "pending_member"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    ssid: Mapped[str] = mapped_column(Text(65), primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "group_id"], ["student_group.district_id", "student_group.id"], ondelete="CASCADE"
        ),
        Index("ix_pending_member_ssid", "ssid"),
        {"sqlite_with_rowid": False},
    )


class GroupEducator(Base):
    """A login that an assigned group is assigned to (trimmed, lower case)."""

    __tablename__ = "group_educator"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column(Text(255), primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "group_id"], ["student_group.district_id", "student_group.id"], ondelete="CASCADE"
        ),
        Index("ix_group_educator_login", "login"),
        {"sqlite_with_rowid": False},
    )
