"""The only door to rows: a statement is run only after the gate has put the viewer's row rules into it.

`admit` walks the whole statement (joins, aliases, subqueries, unions) and adds the rule of every protected table;
what it cannot vouch for (text, literal columns, unknown tables, outer joins to protected tables) is refused.
Trap: the rules are added in place, so a resolver returns a new statement each time; an admitted one is refused.
Trap: a table of an enclosing select goes without a second rule only where `.correlate(table)` says that it is meant.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from asyncpg import DataError
from sqlalchemy import CompoundSelect, Dialect, FromClause, Select, Table, and_
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import elements, operators, selectable
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, ClauseElement, ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Alias, Join, Subquery, TableValuedAlias

from models import Base
from models.database import Database, Row
from policies.errors import BadInput, Ungated
from policies.rows import OPEN_TABLES, OWNED_BY, ROW_RULES, SHOWN_WITH, Rules
from policies.scope import Scope, Shape

FUNCTIONS = frozenset(
    {"any", "coalesce", "count", "json_each", "json_extract", "max", "min", "row_number", "sum", "unnest"}
)
"""The SQL functions a statement may use: none of them runs text."""

ELEMENTS = (
    Alias,
    BindParameter,
    ColumnClause,
    CompoundSelect,
    FunctionElement,
    Join,
    Select,
    Subquery,
    Table,
    elements.Case,
    elements.Cast,
    elements.ClauseList,
    elements.False_,
    elements.Grouping,
    elements.Label,
    elements.Null,
    elements.OperatorExpression,
    elements.Over,
    elements.True_,
    elements.TypeCoerce,
    elements.UnaryExpression,
    elements._label_reference,
    selectable.ScalarSelect,
    selectable.SelectStatementGrouping,
    selectable._MemoizedSelectEntities,
)
"""What a statement may be made of: everything else (text, CTEs, lateral and sampled tables, changes) is refused."""

ADDED_TEXT = ("_prefixes", "_suffixes", "_hints", "_statement_hints", "_with_options")
"""Where a select may hold text or options that a walk does not meet."""

Grain = Literal["individual", "aggregate"]
DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": asyncpg.dialect(),  # type: ignore[no-untyped-call]
}


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows already served to this viewer, as a table that a statement may join: `owner` is the table they are of,
    the columns are named as the owner's."""

    table: FromClause
    owner: str | None


@dataclass(frozen=True, slots=True)
class Slot:
    """One parameter of an admitted statement, in order: where its value comes from."""

    name: str
    origin: Literal["viewer", "given", "constant"]
    value: Any
    process: Any


@dataclass(frozen=True, slots=True)
class Admitted:
    """A statement the gate vouches for: SQL text and its parameters. Only `Gate.admit` makes one."""

    sql: str
    slots: tuple[Slot, ...]
    shape: Shape
    long: bool

    def parameters(self, scope: Scope, given: Mapping[str, Any]) -> list[Any]:
        """The values in order; a viewer's are taken from the scope, whatever `given` says."""
        values = []
        for slot in self.slots:
            if slot.origin == "constant":
                values.append(slot.value)
                continue
            value = scope.values[slot.name] if slot.origin == "viewer" else given[slot.name]
            values.append(slot.process(value) if slot.process else value)
        return values


class Gate:
    """The door to one tenant's rows."""

    def __init__(self, database: Database) -> None:
        self._reader = database.reader
        self.dialect = database.kind

    def rules(self, shape: Shape, *, keyed: bool = False) -> Rules:
        """The rules of a shape, for resolvers that ask about masks or listings."""
        return Rules(shape, self.dialect, keyed)

    def admit(
        self,
        statement: Select[Any] | CompoundSelect[Any],
        scope: Scope,
        *,
        keys: Keys | None = None,
        keyed: bool = False,
        one: bool = False,
        grain: Grain = "individual",
    ) -> Admitted:
        """Put the row rules of the scope's shape into `statement` and compile it.

        `keyed`: the statement names its rows by key. `one`: and they are one student's.
        `grain` "aggregate": results are read to be counted.
        Raises Ungated for what cannot be vouched for.
        """
        if not isinstance(statement, Select | CompoundSelect):
            raise Ungated(f"{type(statement).__name__} is not admitted: only selects are")
        rules = Rules(scope.shape, self.dialect, keyed or keys is not None, one)
        _Walk(rules, keys, grain).admit(statement, frozenset())
        compiled = statement.compile(dialect=DIALECTS[self.dialect])
        slots = tuple(self._slot(name, compiled.binds[name], scope) for name in compiled.positiontup or ())
        return Admitted(str(compiled), slots, scope.shape, long=grain == "aggregate")

    async def fetch(self, admitted: Admitted, scope: Scope, given: Mapping[str, Any]) -> Sequence[Row]:
        """Run an admitted statement for a viewer of the shape it was admitted for.

        Raises BadInput for values that the database has no place for.
        """
        if not isinstance(admitted, Admitted) or (admitted.shape is not scope.shape and admitted.shape != scope.shape):
            raise Ungated("a statement was not admitted for this viewer")
        try:
            values = admitted.parameters(scope, given)
            return await self._reader.fetch(admitted.sql, values, scope.opening, long=admitted.long)
        except (DataError, OverflowError) as error:
            raise BadInput("arguments: a value is beyond what can be stored, or holds a null character.") from error

    def _slot(self, name: str, bind: BindParameter[Any], scope: Scope) -> Slot:
        if bind.expanding or bind.literal_execute:
            raise Ungated(f"parameter {name}: lists go through models.arrays.among")
        dialect = DIALECTS[self.dialect]
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if name in scope.values:
            return Slot(name, "viewer", None, process)
        if bind.required:
            return Slot(name, "given", None, process)
        value = bind.effective_value
        return Slot(name, "constant", process(value) if process else value, None)


@dataclass(frozen=True, slots=True)
class _Walk:
    rules: Rules
    keys: Keys | None
    grain: Grain
    walked: set[tuple[Select[Any] | Subquery, frozenset[FromClause]]] = field(default_factory=set)
    """Selects below others, with what encloses them: a source is met in a join and in its columns, an expression as a
    column and in the order."""

    def admit(self, element: ClauseElement, enclosing: frozenset[FromClause]) -> None:
        """Admit a select and everything below it. `enclosing`: tables of selects around it, which it may correlate."""
        children = list(element.get_children())
        self._vouch(element)
        if isinstance(element, Subquery):
            enclosing = frozenset()
        if isinstance(element, Select | Subquery):
            if (element, enclosing) in self.walked:
                return
            self.walked.add((element, enclosing))
        if isinstance(element, Select):
            enclosing = self._admit_select(element, enclosing)
        for child in children:
            self.admit(child, enclosing)

    def _admit_select(self, select: Select[Any], enclosing: frozenset[FromClause]) -> frozenset[FromClause]:
        if getattr(select, "_admitted", False):
            raise Ungated("a statement was admitted before: resolvers return a new one each time")
        select._admitted = True  # type: ignore[attr-defined]
        froms = select.get_final_froms()
        correlated = enclosing.intersection(select._correlate)
        own = list(_leaves(source for source in froms if source not in correlated))
        conditions = list(_conditions(select))
        added = [rule for leaf in own if (rule := self._rule(leaf, own, conditions)) is not None]
        select._where_criteria += tuple(added)
        return enclosing.union(own)

    def _rule(self, leaf: FromClause, beside: Sequence[FromClause], conditions: Sequence[Any]) -> Any:
        table = _table(leaf)
        if table is None or table.name in OPEN_TABLES:
            return None
        if table.name not in ROW_RULES:
            raise Ungated(f"table {table.name} has no rule")
        if self.grain == "aggregate" and table.name == "result":
            return self.rules.aggregate_result(leaf)
        owner, columns = OWNED_BY.get(table.name, (None, {}))
        if self.keys is not None and owner is not None and owner == self.keys.owner:
            return and_(*(leaf.c[mine] == self.keys.table.c[theirs] for mine, theirs in columns.items()))
        if self.grain == "individual" and _shown(leaf, table, beside, conditions):
            return None
        return ROW_RULES[table.name](self.rules, leaf)

    def _vouch(self, element: ClauseElement) -> None:
        if not isinstance(element, ELEMENTS):
            raise Ungated(f"{type(element).__name__} is not admitted")
        if isinstance(element, Select) and any(getattr(element, name) for name in ADDED_TEXT):
            raise Ungated("prefixes, suffixes, hints and options are not admitted")
        if isinstance(element, ColumnClause) and element.is_literal and element.name != "*":
            raise Ungated("a literal column is not admitted")
        if isinstance(element, FunctionElement) and getattr(element, "name", "") not in FUNCTIONS:
            raise Ungated(f"function {getattr(element, 'name', '')} is not admitted")
        if isinstance(getattr(element, "operator", None), operators.custom_op):
            raise Ungated("an operator of one's own is not admitted")


def _leaves(froms: Iterable[FromClause]) -> Iterator[FromClause]:
    """The single sources of rows under joins; an outer join to a protected table is refused."""
    for source in froms:
        if isinstance(source, Join):
            right = list(_leaves([source.right]))
            if (source.isouter or source.full) and any(_protected(leaf) for leaf in right):
                raise Ungated("an outer join to a protected table is not admitted")
            yield from _leaves([source.left])
            yield from right
        else:
            yield source


def _table(leaf: FromClause) -> Table | None:
    """The table behind an alias; None for a subquery or a keys table, which are walked on their own."""
    if isinstance(leaf, TableValuedAlias):
        return None
    while isinstance(leaf, Alias):
        leaf = leaf.element
    if not isinstance(leaf, Table):
        return None
    if leaf.metadata is not Base.metadata:
        raise Ungated(f"table {leaf.name} is not one of the models")
    return Base.metadata.tables[leaf.name]


def _protected(leaf: FromClause) -> bool:
    table = _table(leaf)
    return table is not None and table.name not in OPEN_TABLES


def _shown(leaf: FromClause, table: Table, beside: Sequence[FromClause], conditions: Sequence[Any]) -> bool:
    """Whether a row beside it, itself ruled, already makes this row visible (joined by its key)."""
    for other in beside:
        shower = _table(other)
        if shower is not None and (shower.name, table.name) in SHOWN_WITH:
            ends = {(other.c[f"{table.name}_id"], leaf.c.id), (leaf.c.id, other.c[f"{table.name}_id"])}
            if any((condition.left, condition.right) in ends for condition in conditions):
                return True
    return False


def _conditions(select: Select[Any]) -> Iterator[BinaryExpression[Any]]:
    """The equalities that hold for every row of a select: its WHERE and inner joins' ON, through AND only."""
    pending: list[Any] = list(select._where_criteria)
    joins: list[FromClause] = list(select.get_final_froms())
    while joins:
        source = joins.pop()
        if isinstance(source, Join) and not source.full:
            joins.append(source.left)
            if not source.isouter:
                joins.append(source.right)
                pending.append(source.onclause)
    while pending:
        condition = pending.pop()
        if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
            pending.extend(condition.clauses)
        elif isinstance(condition, BinaryExpression) and condition.operator is operators.eq:
            yield condition
