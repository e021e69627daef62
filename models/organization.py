"""Districts, schools and the groups of them: the places where results happen (reference tables)."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Text


class DistrictGroup(Base):
    """Several districts that one grant may name."""

    __tablename__ = "district_group"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    natural_id: Mapped[str] = mapped_column(Text(40), unique=True)
    name: Mapped[str] = mapped_column(Text(100))


class District(Base):
    """A local educational agency; its CDS code ends in 0000000."""

    __tablename__ = "district"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    natural_id: Mapped[str] = mapped_column(Text(40), unique=True)
    name: Mapped[str] = mapped_column(Text(100))
    sort_key: Mapped[str] = mapped_column(Text(200), index=True)
    external_id: Mapped[str | None] = mapped_column(Text(40))
    district_group_id: Mapped[int | None] = mapped_column(ForeignKey("district_group.id"))


class SchoolGroup(Base):
    """Several schools that one grant may name."""

    __tablename__ = "school_group"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    natural_id: Mapped[str] = mapped_column(Text(40), unique=True)
    name: Mapped[str] = mapped_column(Text(100))


class School(Base):
    """A school with its 14-digit CDS code."""

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    natural_id: Mapped[str] = mapped_column(Text(40), unique=True)
    name: Mapped[str] = mapped_column(Text(100))
    sort_key: Mapped[str] = mapped_column(Text(200), index=True)
    external_id: Mapped[str | None] = mapped_column(Text(40))
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    school_group_id: Mapped[int | None] = mapped_column(ForeignKey("school_group.id"))
