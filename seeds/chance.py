"""Chance that repeats: a source of random numbers per seed and name, so that one stage never moves another's rows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from seeds.data import read

SATURDAY = 5


def chance(*key: object) -> Random:
    """The source that belongs to this key: equal keys give equal numbers, on every machine."""
    return Random("/".join(str(part) for part in key))


def weighted(random: Random, weights: Mapping[str, float]) -> str:
    """One of the names, as often as its weight says."""
    return random.choices(list(weights), list(weights.values()))[0]


def school_day(random: Random, school_year: int, window: tuple[str, str]) -> datetime:
    """A moment (UTC) on a weekday of the window, in school hours of the Pacific coast.

    `window` gives the first and last day as month-day; from August on they lie in the year before `school_year`.
    """
    first, last = (_day(school_year, month_day) for month_day in window)
    while True:
        day = first + timedelta(days=random.randint(0, (last - first).days))
        if weekday(day) == day:
            return day + timedelta(minutes=random.randint(16 * 60, 21 * 60))


def weekday(moment: datetime) -> datetime:
    """The moment itself, or the same time on the next day of school after a weekend or the winter recess."""
    while moment.weekday() >= SATURDAY or _recess(moment):
        moment += timedelta(days=1)
    return moment


def _recess(moment: datetime) -> bool:
    first, last = read("testing")["recess"]
    return not last < f"{moment:%m-%d}" < first


def _day(school_year: int, month_day: str) -> datetime:
    month, day = (int(part) for part in month_day.split("-"))
    return datetime(school_year if month < 8 else school_year - 1, month, day, tzinfo=UTC)
