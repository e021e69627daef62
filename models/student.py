"""Students: one row each, wherever they go (a reference table, on every node)."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Instant, Text
from models.demographics import Demographics


class Student(Demographics, Base):
    """A student known by SSID, with the latest known demographics and current school (null = none)."""

    __tablename__ = "student"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    ssid: Mapped[str] = mapped_column(Text(65), unique=True)
    first_name: Mapped[str | None] = mapped_column(Text(60))
    middle_name: Mapped[str | None] = mapped_column(Text(60))
    last_name: Mapped[str | None] = mapped_column(Text(60))
    sort_key: Mapped[str] = mapped_column(Text(600), index=True)
    birthday: Mapped[date | None] = mapped_column(Date)
    current_district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    current_school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    known_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the attributes above were true: only newer results change them."""
