"""What is known of a student at a time: the same columns on a student (latest) and on a result (at test time).

Ethnicities are a bit mask (`ETHNICITIES` gives the bits), since a student may have several and aggregates
count a student in each.
"""

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Text

ETHNICITIES = {
    "HISPANIC_OR_LATINO": 1,
    "AMERICAN_INDIAN_OR_ALASKA_NATIVE": 2,
    "ASIAN": 4,
    "BLACK_OR_AFRICAN_AMERICAN": 8,
    "WHITE": 16,
    "NATIVE_HAWAIIAN_OR_PACIFIC_ISLANDER": 32,
    "TWO_OR_MORE_RACES": 64,
    "FILIPINO": 128,
}
"""Ethnicity code -> bit."""

HISPANIC = ETHNICITIES["HISPANIC_OR_LATINO"]
TWO_OR_MORE = ETHNICITIES["TWO_OR_MORE_RACES"]

GENDERS = ("MALE", "FEMALE", "NONBINARY")
ELAS = ("EO", "EL", "IFEP", "RFEP", "ADEL", "TBD")
MILITARY = ("NO", "YES", "NOT_MILITARY_CONNECTED", "ACTIVE_DUTY", "NATIONAL_GUARD_OR_RESERVE")


def reported_ethnicities(mask: int) -> int:
    """Add the code "two or more races" where two stored races besides Hispanic call for it
    (product.md: Aggregates)."""
    races = mask & ~HISPANIC & ~TWO_OR_MORE
    return mask | TWO_OR_MORE if races & (races - 1) else mask


class Demographics:
    """Mixin: the demographic columns. Null = not known."""

    gender: Mapped[str | None] = mapped_column(Text(16))
    ethnicities: Mapped[int] = mapped_column(SmallInteger, default=0)
    english_learner: Mapped[bool | None]
    elas: Mapped[str | None] = mapped_column(Text(4))
    primary_language: Mapped[str | None] = mapped_column(Text(3))
    iep: Mapped[bool | None]
    section504: Mapped[bool | None]
    economic_disadvantage: Mapped[bool | None]
    migrant: Mapped[bool | None]
    military_connected: Mapped[str | None] = mapped_column(Text(32))
    enrolled_grade: Mapped[str | None] = mapped_column(Text(2))


DEMOGRAPHIC_COLUMNS = tuple(name for name in Demographics.__annotations__)
