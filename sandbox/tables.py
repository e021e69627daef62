"""What the registry of the sandbox's visitors holds: no tenant's data. Moments are seconds since 1970."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LAYOUT = 1
"""Part of the registry's file name: a registry of another layout is left alone, and what it lists is cleaned up."""


class Base(DeclarativeBase):
    """The registry's own tables: they belong to no tenant's database."""


class Original(Base):
    """The data that copies are made of: one row, since copies of other data are dropped."""

    __tablename__ = "original"
    version: Mapped[str] = mapped_column(primary_key=True)


class Room(Base):
    """A training room. Neither its code nor its trainer's token is stored, only what tells whether one is right."""

    __tablename__ = "room"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    trainer: Mapped[str]
    opened_at: Mapped[float]
    ends_at: Mapped[float]
    used_at: Mapped[float]
    reset_at: Mapped[float | None]
    closed: Mapped[str | None]
    """Why it was closed before its end."""
    copy: Mapped[str | None]


class Visit(Base):
    """A visitor's session."""

    __tablename__ = "visit"
    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    school: Mapped[str | None]
    room_id: Mapped[str | None] = mapped_column(ForeignKey("room.id"))
    nickname: Mapped[str | None]
    began_at: Mapped[float]
    seen_at: Mapped[float]
    ends_at: Mapped[float]
    """However much it is used."""
    copy: Mapped[str | None]
    lost: Mapped[str | None]
    """Why its private copy was given up, until its visitor is told."""
    __table_args__ = (Index("ix_visit_room", "room_id"),)
