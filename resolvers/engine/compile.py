"""Makes a plan: walks the selection below a field and turns it into levels, each a statement and a writer.

Leaf fields are columns of their row; to-one fields are joined or found in reference data; to-many fields start a level.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
)
from graphql.execution.values import VariableValues
from sqlalchemy import Boolean, ColumnElement, Select, and_, inspect, select
from sqlalchemy.orm import aliased

from models.database import Row
from models.demographics import DEMOGRAPHIC_COLUMNS
from models.reference import Reference
from policies.disclosure import RECORDED, Served
from policies.errors import Ungated
from policies.gate import Gate
from policies.scope import Scope
from resolvers.engine.answers import (
    Answer,
    Column,
    Computed,
    Count,
    Embedded,
    Expression,
    Fetched,
    FirstRow,
    GlobalId,
    InProcess,
    LevelAnswer,
    Lookup,
    Many,
    Masked,
    One,
    Page,
    Single,
    Sort,
)
from resolvers.engine.arguments import Baker, Tracer, Variables, present
from resolvers.engine.ask import Ask, Parent
from resolvers.engine.code import WriterCode
from resolvers.engine.connection import ConnectionParts
from resolvers.engine.ids import PREFIXES
from resolvers.engine.in_process import InProcessWriter, Memo
from resolvers.engine.level import (
    ComputedLevel,
    CountLevel,
    FetchedLevel,
    Level,
    ListLevel,
    PageLevel,
    Run,
    Statement,
    Writer,
)
from resolvers.engine.ordering import Term, after
from resolvers.engine.rows import Rows, Source, keys_of
from resolvers.engine.selection import Selected, Selector
from resolvers.engine.types import REFERENCE, answer_of, is_reference


@dataclass(frozen=True)
class Compiler:
    """Makes the levels of one plan."""

    gate: Gate
    scope: Scope
    reference: Reference
    selector: Selector
    tracer: Tracer
    baker: Baker

    @property
    def ask(self) -> Ask:
        return Ask(self.gate.rules(self.scope.shape), self.reference)

    @property
    def in_process(self) -> InProcessWriter:
        return InProcessWriter(self.selector, self.baker)

    def root(self, definition: GraphQLField, selected: Selected, coordinate: str) -> Level:
        """The level of a root field."""
        answer = answer_of(definition)
        if isinstance(answer, Single):
            type_ = object_type(definition)
            rows = Rows(answer.resolve(self.ask, **self.tracer.arguments(definition, selected.node)), None, one=True)
            writer = self.writer(type_, selected.below, rows.source, single=True)
            return ListLevel(self._statement(rows.whole([]), rows, keyed=True), writer, single=True)
        if isinstance(answer, InProcess):
            arguments = self.baker.arguments(definition, selected.node)
            write = self.in_process.value(definition, selected.below)
            return ComputedLevel(lambda scope: write(answer.find(scope, **arguments)))
        if isinstance(answer, Fetched):
            names = frozenset(field.name for field in self.selector.fields(object_type(definition), selected.below))
            write = self.in_process.value(definition, selected.below)
            return FetchedLevel(answer.fetch, names, present(definition, selected.node), write)
        return self.level(answer, definition, selected, coordinate, None)

    def node(self, type_: GraphQLObjectType, model: type[Any], sets: Sequence[SelectionSetNode]) -> ListLevel:
        """The level that finds nodes of one type by their keys, one value per key."""
        key = [column.name for column in inspect(model).primary_key]
        table = inspect(model).local_table
        parents = keys_of(Source(Rows(select(model), None), table), key, self.gate.dialect)
        found = select(model).where(and_(*(table.c[name] == parents.table.c[name] for name in key)))
        rows = Rows(found, _unowned(parents))
        writer = self.writer(type_, sets, rows.source)
        return ListLevel(self._statement(rows.whole([]), rows, key), writer, single=True)

    def level(
        self,
        answer: Answer,
        definition: GraphQLField,
        selected: Selected,
        coordinate: str,
        parent: Source | None,
        *,
        single: bool = False,
    ) -> Level:
        """The level a to-many field starts. `single`: there is one parent."""
        if isinstance(answer, Page):
            return self._page(answer, definition, selected, coordinate, parent, single=single)
        if isinstance(answer, Count):
            rows = self._rows(answer, definition, selected.node, parent, single)
            return CountLevel(self._statement(rows.count(), rows, answer.by))
        if isinstance(answer, Many):
            rows = self._rows(answer, definition, selected.node, parent, single)
            writer = self.writer(object_type(definition), selected.below, rows.source)
            terms = [self._term(sort, rows, descending=False) for sort in answer.order]
            return ListLevel(self._statement(rows.whole(terms), rows, answer.by), writer)
        if isinstance(answer, FirstRow):
            rows = self._rows(answer, definition, selected.node, parent, single)
            writer = self.writer(object_type(definition), selected.below, rows.source, single=single)
            first = [Term(rows.selectable.c[name.lstrip("-")], name.startswith("-"), False) for name in answer.order]
            return ListLevel(self._statement(rows.first(first, single=single), rows, answer.by), writer, single=True)
        raise Ungated(f"{coordinate} does not start a level")

    def _rows(
        self, answer: LevelAnswer, definition: GraphQLField, node: FieldNode, parent: Source | None, single: bool
    ) -> Rows:
        arguments = self.tracer.arguments(definition, node)
        for name in ("first", "after", "order_by"):
            arguments.pop(name, None)
        if parent is None:
            return Rows(answer.resolve(self.ask, **arguments), None)
        parents = keys_of(parent, answer.by, self.gate.dialect)
        found = answer.resolve(self.ask, Parent(parents.table.c), **arguments)
        return Rows(found, parents, one=single and parents.owner == "student")

    def _page(
        self,
        answer: Page,
        definition: GraphQLField,
        selected: Selected,
        coordinate: str,
        parent: Source | None,
        *,
        single: bool,
    ) -> PageLevel:
        arguments = self.tracer.arguments(definition, selected.node)
        rows = self._rows(answer, definition, selected.node, parent, single)
        terms = self._order(answer, arguments.get("order_by"), rows)
        parts = ConnectionParts(self, object_type(definition), selected, rows.source)
        cursor_columns = tuple(
            (rows.place(term.expression) if parts.cursors else -1, term.expression.type.python_type, term.nullable)
            for term in terms
        )
        continued = arguments.get("after")
        total = None
        if parts.total:
            counted = self._rows(answer, definition, selected.node, parent, single)
            total = CountLevel(self._statement(counted.count(), counted, answer.by))
        statement = rows.page(terms, None if continued is None else after(terms), single=single)
        return PageLevel(
            statement=self._statement(statement, rows, answer.by),
            total=total,
            first=self.tracer.getter(arguments.get("first")),
            after=None if continued is None else self.tracer.getter(continued),
            cursor_columns=cursor_columns,
            bound=_binding(coordinate, definition, selected.node),
            writers=tuple(parts.writers),
            parts=tuple(parts.parts),
            rows_needed=parts.rows_needed,
            why=_why(answer, definition, selected.node) if parts.reason and continued is None else None,
        )

    def _order(self, answer: Page, order: Any, rows: Rows) -> list[Term]:
        name, descending = answer.default.lstrip("-"), answer.default.startswith("-")
        if order is not None:
            name, descending = order.field.name, order.direction.name == "DESC"
        term = self._term(answer.orders[name], rows, descending=descending)
        return [term, *(Term(rows.selectable.c[key], descending, nullable=False) for key in answer.key)]

    def _term(self, sort: Sort, rows: Rows, *, descending: bool) -> Term:
        by = rows.selectable.c[sort.by] if isinstance(sort.by, str) else sort.by(self.ask, rows.selectable)
        return Term(by, descending, sort.nullable)

    def _statement(
        self, statement: Select[Any], rows: Rows, key_names: Sequence[str] = (), *, keyed: bool = False
    ) -> Statement:
        admitted = self.gate.admit(statement, self.scope, keys=rows.parents, keyed=keyed, one=rows.one)
        arguments = tuple(
            (slot.name, self.tracer.getters[slot.name])
            for slot in admitted.slots
            if slot.origin == "given" and slot.name in self.tracer.getters
        )
        return Statement(admitted, arguments, tuple(key_names))

    def writer(
        self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], source: Source, *, single: bool = False
    ) -> Writer:
        """The writer of a level's rows as objects of `type_`."""
        code = WriterCode()
        written = ObjectCode(self, code, single).node(type_, sets, source)
        return code.finish(written, _recorded(source))


@dataclass(frozen=True)
class ObjectCode:
    """Turns selections into expressions over a row."""

    compiler: Compiler
    code: WriterCode
    single: bool

    def node(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], source: Source) -> str:
        """A row as an object: of its own columns, or of reference data it is the key of."""
        if not is_reference(type_):
            return self.object(type_, sets, source)
        collection = getattr(self.compiler.reference, REFERENCE[type_.name])
        keys = {column.name: column.name for column in source.selectable.c}
        return self._found(Lookup(("id",), lambda _reference, key: collection[key], keys), type_, sets, source)

    def object(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], source: Source) -> str:
        fields = self.compiler.selector.fields(type_, sets)
        return "{" + ", ".join(f"{field.key!r}: {self.field(type_, field, source)}" for field in fields) + "}"

    def field(self, type_: GraphQLObjectType, selected: Selected, source: Source) -> str:
        if selected.name == "__typename":
            return repr(type_.name)
        definition = type_.fields[selected.name]
        answer = answer_of(definition)
        if isinstance(answer, LevelAnswer):
            return self._level(answer, definition, selected, f"{type_.name}.{selected.name}", source)
        if isinstance(answer, GlobalId):
            return self._global_id(type_, source)
        if isinstance(answer, Lookup):
            return self._found(answer, get_named_type(definition.type), selected.below, source)
        if isinstance(answer, Embedded):
            written = self.object(object_type(definition), selected.below, source)
            return self._unless_null([answer.present] if answer.present else [], written, source)
        if isinstance(answer, One):
            return self._one(answer, object_type(definition), selected, source)
        return self._leaf(answer, source)

    def _leaf(self, answer: Answer, source: Source) -> str:
        ask = self.compiler.ask
        if isinstance(answer, Column):
            return self._read(source, self._column(source, answer.name))
        if isinstance(answer, Expression):
            return self._read(source, answer.make(ask, source.selectable))
        if isinstance(answer, Masked):
            place = source.rows.place(ask.rules.masked(answer.name, source.selectable))
            if answer.read is None:
                return self._decoded(place, source.selectable.c[answer.name], nullable=True)
            read = answer.read
            return f"{self.code.constant(Memo(lambda value: None if value is None else read(value)))}[r[{place}]]"
        if isinstance(answer, Computed):
            values = "".join(f"r[{source.rows.place(self._column(source, name))}], " for name in answer.columns)
            return self._unless_null(answer.columns, f"{self.code.remembered(answer.function)}[{values}]", source)
        raise Ungated(f"{answer} has no place in a row")

    def _column(self, source: Source, name: str) -> ColumnElement[Any]:
        """A column that an answer is read from; a demographic one as the viewer may see it, whatever the answer."""
        if source.keys is None and name in DEMOGRAPHIC_COLUMNS:
            return self.compiler.ask.rules.masked(name, source.selectable)
        return source.column(name)

    def _read(self, source: Source, column: ColumnElement[Any]) -> str:
        return self._decoded(source.rows.place(column), column, nullable=bool(getattr(column, "nullable", True)))

    def _decoded(self, place: int, column: ColumnElement[Any], *, nullable: bool) -> str:
        if self.compiler.gate.dialect != "sqlite" or not isinstance(column.type, Boolean):
            return f"r[{place}]"
        return f"(None if r[{place}] is None else r[{place}] == 1)" if nullable else f"(r[{place}] == 1)"

    def _unless_null(self, columns: Sequence[str], written: str, source: Source) -> str:
        read = [self._column(source, name) for name in columns]
        nullable = [column for column in read if getattr(column, "nullable", True)]
        if not nullable:
            return written
        return f"(None if {' or '.join(f'r[{source.rows.place(c)}] is None' for c in nullable)} else {written})"

    def _global_id(self, type_: GraphQLObjectType, source: Source) -> str:
        model = source.rows.models[source.selectable]
        places = [source.rows.place(source.column(key.name)) for key in inspect(model).primary_key]
        return f"f'{PREFIXES[type_.name]}_" + "_".join(f"{{r[{place}]:x}}" for place in places) + "'"

    def _one(self, answer: One, type_: GraphQLObjectType, selected: Selected, source: Source) -> str:
        other = aliased(answer.model)
        joined = source.rows.join(other, inspect(other).selectable.c.id == source.column(answer.column))
        return self.object(type_, selected.below, joined)

    def _found(self, answer: Lookup, type_: Any, sets: Sequence[SelectionSetNode], source: Source) -> str:
        """Reference data by columns of the row; lists that hang under it are levels of their own."""
        places = [source.rows.place(self._column(source, name)) for name in answer.columns]
        key = f"r[{places[0]}]" if len(places) == 1 else "(" + ", ".join(f"r[{place}]" for place in places) + ")"
        if not isinstance(type_, GraphQLObjectType):
            written = self._remembered(answer, lambda thing: thing, key)
        elif not self._has_levels(type_, sets):
            written = self._remembered(answer, self.compiler.in_process.object(type_, sets), key)
        else:
            written = self._mixed(answer, type_, sets, source, key)
        return self._unless_null(answer.columns, written, source)

    def _mixed(
        self, answer: Lookup, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], source: Source, key: str
    ) -> str:
        found = Source(source.rows, source.selectable, answer.keys)
        parts = []
        for field in self.compiler.selector.fields(type_, sets):
            of_level = field.name != "__typename" and isinstance(answer_of(type_.fields[field.name]), LevelAnswer)
            if of_level:
                written = self.field(type_, field, found)
            else:
                written = self._remembered(answer, self.compiler.in_process.field(type_, field), key)
            parts.append(f"{field.key!r}: {written}")
        return "{" + ", ".join(parts) + "}"

    def _remembered(self, answer: Lookup, write: Callable[[Any], Any], key: str) -> str:
        reference, find, several = self.compiler.reference, answer.find, len(answer.columns) > 1

        def make(value: Any) -> Any:
            thing = find(reference, *value) if several else find(reference, value)
            return None if thing is None else write(thing)

        return f"{self.code.constant(Memo(make))}[{key}]"

    def _has_levels(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> bool:
        return any(
            isinstance(answer_of(type_.fields[field.name]), LevelAnswer)
            for field in self.compiler.selector.fields(type_, sets)
            if field.name != "__typename"
        )

    def _level(
        self, answer: LevelAnswer, definition: GraphQLField, selected: Selected, coordinate: str, source: Source
    ) -> str:
        level = self.compiler.level(answer, definition, selected, coordinate, source, single=self.single)
        return self.code.child(level, [source.rows.place(source.column(name)) for name in answer.by])


def object_type(definition: GraphQLField) -> GraphQLObjectType:
    """The object type of a field."""
    named = get_named_type(definition.type)
    assert isinstance(named, GraphQLObjectType)
    return named


def _recorded(source: Source) -> Callable[[Row], Served] | None:
    """What is recorded of each row, where the rows are not shown without a record."""
    if source.owner is None or source.owner not in RECORDED:
        return None
    district, student = source.rows.place(source.column("district_id")), RECORDED[source.owner]
    if student is None:
        return lambda row: (row[district], None)
    return itemgetter(district, source.rows.place(source.column(student)))


def _unowned(parents: Any) -> Any:
    """Keys from outside: they name rows, but say nothing of who may see them."""
    return type(parents)(parents.table, None)


def _why(answer: Page, definition: GraphQLField, node: FieldNode) -> Callable[[Run], Awaitable[str]]:
    """Why the list is empty, with its arguments of a request."""
    arguments = present(definition, node)
    return lambda run: answer.why(run, **arguments(run.variables))


def _binding(coordinate: str, definition: GraphQLField, node: FieldNode) -> Callable[[Variables], bytes]:
    """What a cursor of this list is bound to, besides the tenant: field, order and filter."""

    def bound(variables: Variables) -> bytes:
        values = get_argument_values(definition, node, VariableValues({}, dict(variables)))
        chosen = sorted((name, repr(value)) for name, value in values.items() if name not in ("first", "after"))
        return sha256(repr((coordinate, chosen)).encode()).digest()

    return bound
