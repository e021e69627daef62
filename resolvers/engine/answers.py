"""The ways a field is answered; the schema names one per field; by default a column of its name.

`Select`-returning resolvers take an `Ask` (rules and helpers of the plan being made), then the parent's keys where
there is a parent, then the field's arguments by name.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select

from policies.reasons import EmptyReason
from resolvers.engine.ask import Ask

Resolve = Callable[..., Select[Any]]


@dataclass(frozen=True)
class Column:
    """A column of the row, by its name."""

    name: str


@dataclass(frozen=True)
class Expression:
    """A SQL expression over the row."""

    make: Callable[[Ask, FromClause], ColumnElement[Any]]


@dataclass(frozen=True)
class Masked:
    """A demographic column under the tenant's field policy; `read` turns a stored value into the answer's."""

    name: str
    read: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class GlobalId:
    """The opaque, typed id of the row."""


@dataclass(frozen=True)
class Computed:
    """A small pure function of columns that are not null together (null otherwise)."""

    columns: tuple[str, ...]
    function: Callable[..., Any]


@dataclass(frozen=True)
class Lookup:
    """Reference data found by columns of the row: a value, or an object with a selection of its own.

    `keys`: the looked-up object's key names -> columns of the row, for lists that hang under it.
    """

    columns: tuple[str, ...]
    find: Callable[..., Any]
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Embedded:
    """An object over the same row; null where the column `present` is null."""

    present: str | None = None


@dataclass(frozen=True)
class One:
    """A row of another table, joined by this row's column to its id; always there."""

    model: type[Any]
    column: str


@dataclass(frozen=True)
class Sort:
    """A term that a list may be ordered by: a column's name, or a maker of an expression."""

    by: str | Callable[[Ask, FromClause], ColumnElement[Any]]
    nullable: bool = False


@dataclass(frozen=True)
class Many:
    """A whole list under each parent, in a fixed order. `by`: the parent's columns the resolver uses."""

    resolve: Resolve
    order: tuple[Sort, ...]
    by: tuple[str, ...] = ("id",)


@dataclass(frozen=True)
class FirstRow:
    """The first row under each parent, or null. `order`: columns, with - to descend."""

    resolve: Resolve
    order: tuple[str, ...]
    by: tuple[str, ...] = ("id",)


async def not_visible_or_unknown(_run: Any, **_arguments: Any) -> str:
    """The reason that is always true."""
    return EmptyReason.NOT_VISIBLE_OR_UNKNOWN


@dataclass(frozen=True)
class Page:
    """A connection: pages in the order asked for. `orders`: order name -> term; `default` begins with - to descend.

    `key`: the columns that tell rows apart; they end every order.
    `maximum`: the most that `first` may be; the schema checks it before anything runs.
    `why`: `await why(run, **arguments)` says why the list is empty; asked only for one that is.
    """

    resolve: Resolve
    orders: Mapping[str, Sort]
    default: str
    by: tuple[str, ...] = ("id",)
    maximum: int = 200
    key: tuple[str, ...] = ("id",)
    why: Callable[..., Awaitable[str]] = not_visible_or_unknown


@dataclass(frozen=True)
class Count:
    """How many rows the resolver's statement has under each parent."""

    resolve: Resolve
    by: tuple[str, ...] = ("id",)


@dataclass(frozen=True)
class Single:
    """One row or null (root fields)."""

    resolve: Resolve


@dataclass(frozen=True)
class InProcess:
    """Objects computed from reference data: `find(reference or object, **arguments)`. `maximum`: of a page's rows."""

    find: Callable[..., Any]
    maximum: int = 200


@dataclass(frozen=True)
class Fetched:
    """An object that takes statements of its own: `await fetch(run, names selected on it, **arguments)`."""

    fetch: Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class NodeOf:
    """The node whose global id an ordinary object (a mutation's payload) holds in an attribute; null for None."""

    attribute: str


@dataclass(frozen=True)
class Nodes:
    """Whatever global ids name (`node`, `nodes`)."""


Answer = (
    Column
    | Expression
    | Masked
    | GlobalId
    | Computed
    | Lookup
    | Embedded
    | One
    | Many
    | Page
    | Count
    | FirstRow
    | Single
    | InProcess
    | Nodes
    | NodeOf
    | Fetched
)
LevelAnswer = Page | Many | Count | FirstRow
"""Answers that start a level."""
