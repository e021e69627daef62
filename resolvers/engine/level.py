"""Levels of a plan at run time: one admitted statement each, its rows written to values and handed to their parents.

Everything here was made with the plan; a request binds, runs and writes.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import inspect, select

from models.arrays import FIRST_ORD, keys_parameters, keys_table
from models.database import Database, Row
from policies.disclosure import Served
from policies.gate import Admitted, Gate, Keys
from policies.scope import Scope
from resolvers.engine.arguments import Getter, Variables
from resolvers.engine.cursors import Cursors, restore


@dataclass
class Run:
    """One request's run of plans: who asks, the variables, and what it took."""

    gate: Gate
    scope: Scope
    variables: Variables
    cursors: Cursors
    database: Database
    kept: MutableMapping[Any, Admitted]
    served: set[Served]
    statements: int = 0
    rows: int = 0

    def keep(self, key: Any, make: Callable[[], Admitted]) -> Admitted:
        """A statement made once and kept."""
        statement = self.kept.get(key)
        if statement is None:
            statement = self.kept[key] = make()
        return statement

    async def visible(self, model: type[Any], keys: Iterable[tuple[int, ...]]) -> set[tuple[int, ...]]:
        """Those of the keys whose rows the viewer sees: how code that changes things asks about rows."""
        wanted = list(keys)
        names = [column.name for column in inspect(model).primary_key]
        statement = self.keep(("visible", model, self.scope.shape), lambda: self._visible(model, names))
        bound = [key[0] for key in wanted] if len(names) == 1 else wanted
        return {tuple(row) for row in await self.fetch(statement, keys_parameters(names, bound, self.gate.dialect))}

    def _visible(self, model: type[Any], names: Sequence[str]) -> Admitted:
        rows = inspect(model).local_table
        keys = keys_table({name: rows.c[name].type for name in names}, self.gate.dialect)
        found = select(*(rows.c[name] for name in names))
        found = found.where(*(rows.c[name] == keys.c[name] for name in names))
        return self.gate.admit(found, self.scope, keys=Keys(keys, None))

    async def fetch(self, statement: Admitted, given: Mapping[str, Any]) -> Sequence[Row]:
        """Run one admitted statement."""
        self.statements += 1
        rows = await self.gate.fetch(statement, self.scope, given)
        self.rows += len(rows)
        return rows


@dataclass(frozen=True)
class Statement:
    """An admitted statement with how its arguments are found in a request."""

    admitted: Admitted
    arguments: tuple[tuple[str, Getter], ...]
    key_names: tuple[str, ...]

    def given(self, run: Run, keys: Sequence[Any] | None) -> dict[str, Any]:
        """Arguments and parent keys by parameter name."""
        given = {name: get(run.variables) for name, get in self.arguments}
        if keys is not None:
            given.update(keys_parameters(self.key_names, keys, run.gate.dialect))
        return given


@dataclass(frozen=True)
class Child:
    """A level below a writer's rows, and where its keys are in them."""

    level: "Level"
    keys_of: Callable[[Row], Any]

    async def values(self, rows: Sequence[Row], run: Run) -> list[Any]:
        """One value per row; equal keys are asked once."""
        keys = list(map(self.keys_of, rows))
        distinct = list(dict.fromkeys(keys))
        values = await self.level.values(run, distinct)
        if len(distinct) == len(keys):
            return values
        by_key = dict(zip(distinct, values, strict=True))
        return [by_key[key] for key in keys]


@dataclass(frozen=True)
class Writer:
    """Writes rows to JSON values: the generated function, and the levels whose values it puts in. `recorded`: of
    rows that are not shown without a record, what it says of each."""

    function: Callable[..., list[Any]]
    children: tuple[Child, ...]
    recorded: Callable[[Row], Served] | None = None

    async def write(self, rows: Sequence[Row], run: Run) -> list[Any]:
        if not rows:
            return []
        if self.recorded is not None:
            run.served.update(map(self.recorded, rows))
        if not self.children:
            return self.function(rows)
        if len(self.children) == 1:
            return self.function(rows, await self.children[0].values(rows, run))
        return self.function(rows, *await asyncio.gather(*(child.values(rows, run) for child in self.children)))


class Level(ABC):
    """One statement and what becomes of its rows."""

    @abstractmethod
    async def values(self, run: Run, keys: Sequence[Any] | None) -> list[Any]:
        """One value per parent key; a single one without keys."""


@dataclass(frozen=True)
class ListLevel(Level):
    """Whole lists under parents, or single rows: `single` gives the first row or null."""

    statement: Statement
    writer: Writer
    single: bool = False

    async def values(self, run: Run, keys: Sequence[Any] | None) -> list[Any]:
        rows = await run.fetch(self.statement.admitted, self.statement.given(run, keys))
        written = await self.writer.write(rows, run)
        if keys is None:
            return [(written[0] if written else None) if self.single else written]
        lists: list[list[Any]] = [[] for _ in keys]
        first = FIRST_ORD[run.gate.dialect]
        for row, value in zip(rows, written, strict=True):
            lists[row[0] - first].append(value)
        return [values[0] if values else None for values in lists] if self.single else lists


@dataclass(frozen=True)
class ComputedLevel(Level):
    """No statement: a value computed from the scope and its reference data."""

    compute: Callable[[Scope], Any]

    async def values(self, run: Run, keys: Sequence[Any] | None) -> list[Any]:
        return [self.compute(run.scope)]


@dataclass(frozen=True)
class FetchedLevel(Level):
    """An object that runs statements of its own."""

    fetch: Callable[..., Awaitable[Any]]
    selected: frozenset[str]
    arguments: Callable[[Variables], dict[str, Any]]
    write: Callable[[Any], Any]

    async def values(self, run: Run, keys: Sequence[Any] | None) -> list[Any]:
        return [self.write(await self.fetch(run, self.selected, **self.arguments(run.variables)))]


@dataclass(frozen=True)
class CountLevel(Level):
    """A number under each parent."""

    statement: Statement

    async def values(self, run: Run, keys: Sequence[Any] | None) -> list[Any]:
        rows = await run.fetch(self.statement.admitted, self.statement.given(run, keys))
        if keys is None:
            return [rows[0][0]]
        first = FIRST_ORD[run.gate.dialect]
        counts = {row[0] - first: row[1] for row in rows}
        return [counts.get(place, 0) for place in range(len(keys))]


@dataclass(frozen=True)
class Slice:
    """One parent's page within a level's rows."""

    start: int
    end: int
    more: bool
    total: int | None

    @property
    def empty(self) -> bool:
        """The parent has no rows at all, as far as a first page tells."""
        return self.start == self.end and not self.more


Part = Callable[[Slice], Any]


@dataclass(frozen=True)
class PageLevel(Level):
    """Pages under parents. `parts` makes, per request, the connection's fields from what was read."""

    statement: Statement
    total: CountLevel | None
    first: Getter
    after: Getter | None
    cursor_columns: tuple[tuple[int, type[Any], bool], ...]
    """Of each order term: its place in the row, Python type, and whether it may be null."""
    bound: Callable[[Variables], bytes]
    writers: tuple[Writer, ...]
    parts: tuple[tuple[str, Callable[["Pages"], Part]], ...]
    rows_needed: bool = True
    why: Callable[[Run], Awaitable[str]] | None = None
    """Why a list is empty, where that is asked of a first page."""

    async def values(self, run: Run, keys: Sequence[Any] | None) -> list[Any]:
        first = int(self.first(run.variables))
        rows: Sequence[Row] = ()
        slices = [Slice(0, 0, more=False, total=None)] * (1 if keys is None else len(keys))
        if self.rows_needed:
            given = self.statement.given(run, keys)
            given["page_limit"] = first + 1
            given.update(self._after(run))
            rows, slices = self._cut(await run.fetch(self.statement.admitted, given), first, keys, run)
        if self.total is not None:
            totals = await self.total.values(run, keys)
            slices = [Slice(s.start, s.end, s.more, total) for s, total in zip(slices, totals, strict=True)]
        reason = await self.why(run) if self.why is not None and any(page.empty for page in slices) else None
        pages = Pages(self, run, rows, [await writer.write(rows, run) for writer in self.writers], reason)
        parts = [(key, make(pages)) for key, make in self.parts]
        return [{key: part(page) for key, part in parts} for page in slices]

    def _after(self, run: Run) -> dict[str, Any]:
        if self.after is None:
            return {}
        values = run.cursors.open(str(self.after(run.variables)), self.bound(run.variables))
        given: dict[str, Any] = {}
        for place, (value, (_, python_type, nullable)) in enumerate(zip(values, self.cursor_columns, strict=True)):
            given[f"after_{place}"] = restore(value, python_type)
            if nullable:
                given[f"after_missing_{place}"] = int(value is None)
        return given

    def _cut(
        self, rows: Sequence[Row], first: int, keys: Sequence[Any] | None, run: Run
    ) -> tuple[Sequence[Row], list[Slice]]:
        """Drop each parent's row beyond the page; where each page is then."""
        if keys is None:
            kept = rows[:first]
            return kept, [Slice(0, len(kept), len(rows) > first, None)]
        counts = Counter(map(itemgetter(0), rows))
        slices: list[Slice] = []
        kept_rows: list[Row] = []
        place = 0
        for ord_ in range(FIRST_ORD[run.gate.dialect], len(keys) + FIRST_ORD[run.gate.dialect]):
            count = counts.get(ord_, 0)
            start = len(kept_rows)
            kept_rows.extend(rows[place : place + min(count, first)])
            slices.append(Slice(start, len(kept_rows), count > first, None))
            place += count
        return kept_rows, slices


@dataclass
class Pages:
    """What a page level read in one request, for the parts of its connections."""

    level: PageLevel
    run: Run
    rows: Sequence[Row]
    written: list[list[Any]]
    reason: str | None
    _bound: bytes | None = None

    def cursor(self, place: int) -> str:
        """The cursor of the row at a place."""
        if self._bound is None:
            self._bound = self.level.bound(self.run.variables)
        row = self.rows[place]
        return self.run.cursors.seal([row[column] for column, _, _ in self.level.cursor_columns], self._bound)

    @property
    def continued(self) -> bool:
        return self.level.after is not None
