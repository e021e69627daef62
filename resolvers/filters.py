"""Filters of a client as predicates: operator objects, and / or / not, demographics under the field policy.

A filter is any object with the attributes named here (the schema's input types); what is null is not asked.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    String,
    TypeDecorator,
    and_,
    bindparam,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from models.demographics import ETHNICITIES
from policies.errors import BadInput, TooCostly
from resolvers.engine.ask import Ask, row_of

Predicate = ColumnElement[bool]
Condition = Callable[[Ask, FromClause, Any], Predicate]
MOST_PARTS = 200
LONGEST_WORDS = 200


def combined(ask: Ask, row: FromClause, given: Any, conditions: Mapping[str, Condition]) -> Predicate:
    """Every condition that the filter names, with its `and_`, `or_` and `not_` parts. Raises TooCostly for too many."""
    if given is None:
        return true()
    if _size(given) > MOST_PARTS:
        raise TooCostly(f"filter: at most {MOST_PARTS} parts are combined.")
    parts = [
        condition(ask, row, value)
        for name, condition in conditions.items()
        if (value := getattr(given, name, None)) is not None
    ]
    if given.and_:
        parts.append(and_(true(), *(combined(ask, row, part, conditions) for part in given.and_)))
    if given.or_:
        parts.append(or_(*(combined(ask, row, part, conditions) for part in given.or_)))
    if given.not_ is not None:
        parts.append(not_(combined(ask, row, given.not_, conditions)))
    return and_(true(), *parts)


def _size(given: Any) -> int:
    below = [*(given.and_ or ()), *(given.or_ or ()), *([given.not_] if given.not_ else ())]
    return 1 + sum(map(_size, below))


def compared(ask: Ask, column: ColumnElement[Any], operators: Any) -> Predicate:
    """A column under an operator object: eq, ne, in_, gte, lte, is_null as far as it has them."""
    parts: list[Predicate] = []
    for name, compare in COMPARISONS.items():
        value = getattr(operators, name, None)
        if value is not None:
            parts.append(compare(ask, column, value))
    return and_(true(), *parts)


COMPARISONS: Mapping[str, Callable[[Ask, ColumnElement[Any], Any], Predicate]] = {
    "eq": lambda _ask, column, value: column == value,
    "ne": lambda _ask, column, value: column != value,
    "in_": lambda ask, column, values: ask.among(column, values),
    "gte": lambda _ask, column, value: column >= value,
    "lte": lambda _ask, column, value: column <= value,
    "is_null": lambda _ask, column, value: column.is_(None) if value else column.is_not(None),
}


def by_column(name: str) -> Condition:
    """A condition on a column of the row."""
    return lambda ask, row, operators: compared(ask, row.c[name], operators)


def by_code(model: type[Any], code: str, column: str) -> Condition:
    """A condition on the natural code of what a column of the row refers to; no code where it refers to nothing."""

    def condition(ask: Ask, row: FromClause, operators: Any) -> Predicate:
        table = row_of(model)
        named = row.c[column].in_(select(table.c.id).where(compared(ask, table.c[code], operators)))
        if not getattr(row.c[column], "nullable", True):
            return named
        no_code = type_coerce(null(), table.c[code].type)
        return or_(named, and_(row.c[column].is_(None), compared(ask, no_code, operators)))

    return condition


def by_enum(name: str) -> Condition:
    """A condition on a column that stores an enum's names: any of the values listed."""
    return lambda ask, row, values: ask.among(row.c[name], [value.name for value in values])


def by_words(name: str) -> Condition:
    """A text search in a stored sort key: the words occur in it, in this order, whatever their case."""
    return lambda _ask, row, words: row.c[name].like(_typed(words, Words()), escape="\\")


class Words(TypeDecorator[str]):
    """Words bound as the LIKE pattern that finds them in a casefolded key."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if "\x00" in value or len(value) > LONGEST_WORDS:
            raise BadInput(f"filter.name: expected a text of at most {LONGEST_WORDS} characters.")
        words = [re.sub(r"([\\%_])", r"\\\1", word) for word in re.split(r"[\s,]+", value.casefold()) if word]
        return "%" + "".join(f"{word}%" for word in words)


def _typed(value: Any, type_: TypeEngine[Any]) -> BindParameter[Any]:
    if isinstance(value, BindParameter):
        return bindparam(value.key, type_=type_)
    return bindparam(None, value, type_=type_, unique=True)


def masked(name: str, argument: str) -> Condition:
    """A condition on a demographic column as the viewer may see it; Forbidden where withheld everywhere."""

    def condition(ask: Ask, row: FromClause, operators: Any) -> Predicate:
        ask.usable(name, f"filter.{argument}")
        column = ask.rules.masked(name, row)
        if isinstance(operators, list):
            return ask.among(column, [value.name for value in operators])
        return column == operators if isinstance(operators, bool) else compared(ask, column, operators)

    return condition


def by_ethnicity(ask: Ask, row: FromClause, values: Any) -> Predicate:
    """Any of the ethnicities listed (a student may have several)."""
    ask.usable("ethnicities", "filter.ethnicity")
    mask = sum({ETHNICITIES[value.name] for value in values})
    return ask.rules.masked("ethnicities", row).bitwise_and(mask) != 0


DEMOGRAPHIC_CONDITIONS: Mapping[str, Condition] = {
    "gender": masked("gender", "gender"),
    "ethnicity": by_ethnicity,
    "english_learner": masked("english_learner", "englishLearner"),
    "elas": masked("elas", "elas"),
    "primary_language": masked("primary_language", "primaryLanguage"),
    "iep": masked("iep", "iep"),
    "section504": masked("section504", "section504"),
    "economic_disadvantage": masked("economic_disadvantage", "economicDisadvantage"),
    "migrant": masked("migrant", "migrant"),
    "military_connected": masked("military_connected", "militaryConnected"),
    "enrolled_grade": masked("enrolled_grade", "enrolledGrade"),
}
