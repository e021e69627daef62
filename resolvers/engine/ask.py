"""What a resolver is handed while a plan is made: the viewer's rules and helpers that turn arguments into SQL.

Trap: an argument's value may be a bind parameter standing for a variable. Never compare it in Python; pass it on to
`value` or `among`.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, bindparam, inspect, or_

from models.arrays import among
from models.reference import Reference
from policies.errors import Forbidden
from policies.rows import Rules


@dataclass(frozen=True, slots=True)
class Ask:
    """The context of one plan."""

    rules: Rules
    reference: Reference

    def among(self, subject: ColumnElement[Any], values: Any) -> ColumnElement[bool]:
        """`subject` is one of `values` (a list, also with parameters in it, or the parameter that stands for one)."""
        if not isinstance(values, BindParameter) and any(isinstance(value, BindParameter) for value in values):
            return or_(*(subject == value for value in values))
        listed = values if isinstance(values, BindParameter) else bindparam(None, list(values), unique=True)
        return among(subject, listed, self.rules.dialect)

    def usable(self, field: str, name: str) -> None:
        """Raise Forbidden, naming the argument, where a demographic field is withheld from this viewer everywhere."""
        if not self.rules.may_use(field):
            raise Forbidden(f"{name}: this field is not available to you.")


@dataclass(frozen=True, slots=True)
class Parent:
    """The keys of the parents a list hangs under; its attributes are columns of the keys table."""

    columns: Any

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        column: ColumnElement[Any] = self.columns[name]
        return column


def row_of(model: type[Any]) -> FromClause:
    """The rows of a model as conditions and rules take them."""
    rows: FromClause = inspect(model).selectable
    return rows
