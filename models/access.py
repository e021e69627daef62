"""What access depends on besides the data itself: the tenant's settings, stored grants, availability."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Instant, Text

GRANT_LEVELS = ("TENANT", "STATE", "DISTRICT_GROUP", "DISTRICT", "SCHOOL_GROUP", "SCHOOL")
AVAILABILITY = ("LOADING", "REVIEWING", "RELEASED")
REPORTS = ("INDIVIDUAL", "AGGREGATE")
"""What availability is for: results one by one, and results counted."""
GROUP_YEARS = ("CURRENT", "ALL")


class Tenant(Base):
    """The one row of tenant settings."""

    __tablename__ = "tenant"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=1)
    name: Mapped[str] = mapped_column(Text(100))
    sandbox: Mapped[bool] = mapped_column(default=False)
    state_code: Mapped[str] = mapped_column(Text(2), default="CA")
    state_name: Mapped[str] = mapped_column(Text(60), default="California")
    school_year: Mapped[int] = mapped_column(SmallInteger)
    school_year_since: Mapped[datetime | None] = mapped_column(Instant)
    """When `cers tenant rollover` came to this school year; null before the first time."""
    tested_elsewhere: Mapped[bool] = mapped_column(default=False)
    group_years: Mapped[str] = mapped_column(Text(8), default="CURRENT")
    field_policy: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """Demographic field -> ENABLED, ADMIN_ONLY or DISABLED; null = the default of `policies/fields.json`."""
    ssid_pattern: Mapped[str] = mapped_column(Text(100), default=r"\d{10}")
    reference_version: Mapped[int] = mapped_column(default=0)
    """Counts every change of reference data (organizations, assessments, settings), so that readers renew theirs."""


class Grant(Base):
    """A stored grant: a role at an organization (natural id; null for the tenant or state) in a school year."""

    __tablename__ = "access_grant"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column(Text(255))
    role: Mapped[str] = mapped_column(Text(40))
    level: Mapped[str] = mapped_column(Text(16))
    organization: Mapped[str] = mapped_column(Text(40), default="")
    school_year: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        UniqueConstraint("login", "role", "level", "organization", "school_year"),
        Index("ix_access_grant_login", "login", "school_year"),
    )


class Availability(Base):
    """Whether summative results of a school year, district and program are out, for individual and for
    aggregate reports. No row = LOADING."""

    __tablename__ = "availability"
    school_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), primary_key=True)
    individual: Mapped[str] = mapped_column(Text(10))
    aggregate: Mapped[str] = mapped_column(Text(10))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text(255))
    __table_args__ = ({"sqlite_with_rowid": False},)


class AvailabilityChange(Base):
    """One step of the history of an availability: a report's status before and after."""

    __tablename__ = "availability_change"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    school_year: Mapped[int] = mapped_column(SmallInteger)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    report: Mapped[str] = mapped_column(Text(10))
    before: Mapped[str] = mapped_column(Text(10))
    after: Mapped[str] = mapped_column(Text(10))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text(255))
    __table_args__ = (Index("ix_availability_change_of", "district_id", "school_year", "program_id"),)
