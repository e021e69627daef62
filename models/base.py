"""The declarative base and the column types every table uses.

Trap: text compares by bytes on both databases (`Text`), so SQLite and PostgreSQL order alike.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of a tenant. Relationships are absent on purpose: joins are written where they are asked."""

    metadata = MetaData(naming_convention=NAMES)


def Text(length: int | None = None) -> String:
    """Text of at most `length` characters (None: any) that compares and sorts by its UTF-8 bytes."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


Id = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit identifier made by the application; the row id on SQLite where it is the whole key."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, to the second: timestamptz on PostgreSQL, `2026-05-12T17:03:00Z` text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(20))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        value = value.astimezone(UTC).replace(microsecond=0)
        return f"{value:%Y-%m-%dT%H:%M:%SZ}" if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


def sort_key(*words: str | None) -> str:
    """The casefolded key that text orders use; the same bytes on every database."""
    return "\x1f".join((word or "").casefold() for word in words)
