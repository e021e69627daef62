"""Orders and where a page goes on: (expr IS NULL, expr, id), nulls last both ways, compared term by term."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, and_, bindparam, case, or_


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order."""

    expression: ColumnElement[Any]
    descending: bool
    nullable: bool

    def clauses(self) -> list[ColumnElement[Any]]:
        """As ORDER BY takes it."""
        ordered = self.expression.desc() if self.descending else self.expression.asc()
        return [self.missing(), ordered] if self.nullable else [ordered]

    def missing(self) -> ColumnElement[int]:
        """1 where the value is null: nulls come last."""
        return case((self.expression.is_(None), 1), else_=0)


def order_by(terms: Sequence[Term]) -> list[ColumnElement[Any]]:
    """The whole ORDER BY."""
    return [clause for term in terms for clause in term.clauses()]


def after(terms: Sequence[Term]) -> ColumnElement[bool]:
    """Rows behind the cursor whose values are bound as `after_0`, `after_1` ... (and `after_missing_N`)."""
    condition: ColumnElement[bool] | None = None
    for place, term in reversed(list(enumerate(terms))):
        value = bindparam(f"after_{place}", type_=term.expression.type)
        beyond = term.expression < value if term.descending else term.expression > value
        equal = term.expression == value
        if term.nullable:
            beyond, equal = _with_nulls(term, place, beyond, equal)
        condition = beyond if condition is None else or_(beyond, and_(equal, condition))
    assert condition is not None
    return condition


def _with_nulls(
    term: Term, place: int, beyond: ColumnElement[bool], equal: ColumnElement[bool]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    gone: BindParameter[int] = bindparam(f"after_missing_{place}", type_=Integer())
    here = and_(gone == 0, term.missing() == 0)
    later = and_(gone == 0, term.missing() == 1)
    return or_(later, and_(here, beyond)), or_(and_(gone == 1, term.missing() == 1), and_(here, equal))
