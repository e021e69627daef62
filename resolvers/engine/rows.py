"""A level's statement while its plan is made: the columns it reads, its parents' keys, its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Integer, Select, bindparam, func, inspect, select

from models.arrays import keys_table
from policies.gate import Keys
from resolvers.engine.ordering import Term, order_by


@dataclass(frozen=True)
class Source:
    """Where an object's fields come from: a row of `selectable`, or (with `keys`) reference data found by the row."""

    rows: "Rows"
    selectable: FromClause
    keys: Mapping[str, str] | None = None

    def column(self, name: str) -> ColumnElement[Any]:
        """The column that holds a field of the object."""
        return self.selectable.c[name if self.keys is None else self.keys[name]]

    @property
    def owner(self) -> str | None:
        """The table the object is a row of."""
        if self.keys is not None:
            return None
        table: str = inspect(self.rows.models[self.selectable]).local_table.name
        return table


@dataclass
class Rows:
    """The statement of one level. `parents`: the keys of the parents it hangs under. `one`: it reads one student's
    rows, or one row."""

    statement: Select[Any]
    parents: Keys | None
    one: bool = False
    columns: list[ColumnElement[Any]] = field(default_factory=list)
    models: dict[FromClause, type[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        entity = self.statement.column_descriptions[0]["entity"]
        self.selectable: FromClause = inspect(entity).selectable
        self.models[self.selectable] = inspect(entity).mapper.class_

    @property
    def source(self) -> Source:
        return Source(self, self.selectable)

    def place(self, column: ColumnElement[Any]) -> int:
        """Where a column is in the level's rows; it is read from now on."""
        for place, known in enumerate(self.columns):
            if known is column or (known.compare(column) and known.type is column.type):
                return place + self._offset
        self.columns.append(column)
        return len(self.columns) - 1 + self._offset

    def join(self, entity: Any, condition: ColumnElement[bool]) -> Source:
        """Join another table's row to each row."""
        selectable = inspect(entity).selectable
        self.models[selectable] = inspect(entity).mapper.class_
        self.statement = self.statement.join(entity, condition)
        return Source(self, selectable)

    @property
    def _offset(self) -> int:
        return 0 if self.parents is None else 1

    @property
    def _ord(self) -> list[ColumnElement[Any]]:
        return [] if self.parents is None else [self.parents.table.c.ord]

    def whole(self, terms: Sequence[Term]) -> Select[Any]:
        """Every row under its parent, in order."""
        return self._reading(self.columns).order_by(*self._ord, *order_by(terms))

    def page(self, terms: Sequence[Term], after: ColumnElement[bool] | None, *, single: bool) -> Select[Any]:
        """At most `page_limit` rows under each parent, behind the cursor where there is one."""
        if after is not None:
            self.statement = self.statement.where(after)
        return self._upto(bindparam("page_limit", type_=Integer()), terms, single=single)

    def first(self, terms: Sequence[Term], *, single: bool) -> Select[Any]:
        """The first row under each parent."""
        return self._upto(bindparam(None, 1, type_=Integer()), terms, single=single)

    def _upto(self, limit: BindParameter[int], terms: Sequence[Term], *, single: bool) -> Select[Any]:
        """Trap: under a single parent the order begins with it, too; else PostgreSQL may go through everybody by name
        to find the first of a school."""
        if self.parents is None or single:
            return self._reading(self.columns).order_by(*self._ord, *order_by(terms)).limit(limit)
        number = func.row_number().over(partition_by=self.parents.table.c.ord, order_by=order_by(terms))
        labelled = [column.label(f"c{place}") for place, column in enumerate(self.columns)]
        numbered = self._reading([*labelled, number.label("place")]).subquery("numbered")
        return (
            select(*[column for column in numbered.c if column.name != "place"])
            .where(numbered.c.place <= limit)
            .order_by(numbered.c.ord, numbered.c.place)
        )

    def count(self) -> Select[Any]:
        """How many rows there are (under each parent)."""
        counting = self._reading([func.count()])
        return counting if self.parents is None else counting.group_by(*self._ord)

    def _reading(self, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        if not columns and self.parents is None:
            columns = [self.selectable.c[inspect(self.models[self.selectable]).primary_key[0].name]]
        statement = self.statement.with_only_columns(*self._ord, *columns, maintain_column_froms=True)
        return statement if self.parents is None else statement.select_from(self.parents.table)


def keys_of(source: Source, names: Sequence[str], dialect: str) -> Keys:
    """The keys table of a source's objects, with these of their columns."""
    return Keys(keys_table({name: source.column(name).type for name in names}, dialect), source.owner)
