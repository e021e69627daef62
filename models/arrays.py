"""Lists as one bind parameter: `among(column, bind)`, `one_of` and `keys_table`, alike on SQLite and PostgreSQL.

A list of any length is one parameter, so a statement's text does not depend on how many values it is given.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Integer, String, TypeDecorator, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import NullType, TypeEngine


class ListOf(TypeDecorator[Any]):
    """A list bound as one value: an array on PostgreSQL, JSON text on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        convert = self.item.dialect_impl(dialect).bind_processor(dialect)
        return orjson.dumps([convert(item) for item in value] if convert else list(value)).decode()


class WrittenList(ListOf):
    """A list of whole numbers bound as the text of an array: the driver would look at each number for longer than
    PostgreSQL reads it."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String())

    def process_bind_param(self, value: Sequence[int | None] | None, dialect: Dialect) -> Any:
        return None if value is None else f"{{{str(list(value))[1:-1].replace('None', 'NULL')}}}"


def among(subject: ColumnElement[Any], values: BindParameter[Any], dialect: str) -> ColumnElement[bool]:
    """`subject` is one of the listed values; `values` is bound as a list."""
    listed = values._with_binary_element_type(ListOf(subject.type))
    if dialect == "sqlite":
        each = func.json_each(listed).table_valued("value")
        return subject.in_(select(each.c.value))
    return subject == func.any(listed)


def one_of(column: Any, values: Collection[Any], session: Session) -> ColumnElement[bool]:
    """`column` is one of the values, for a statement that the session runs."""
    return among(column, bindparam(None, list(values), unique=True), session.get_bind().dialect.name)


def keys_table(types: Mapping[str, TypeEngine[Any]], dialect: str) -> FromClause:
    """A table of key rows: `ord` (their position) and the named columns; `keys_parameters` gives its values."""
    if dialect == "sqlite":
        return _keys_by_json(types)
    lists = [_array(f"keys_{name}", type_) for name, type_ in types.items()]
    columns = [column(name, type_) for name, type_ in types.items()]
    return func.unnest(*lists).table_valued(*columns, with_ordinality="ord").render_derived()


def keys_parameters(names: Sequence[str], keys: Sequence[Any], dialect: str) -> dict[str, Any]:
    """The parameters that put `keys` into a `keys_table`: tuples in the order of `names`, bare values of one name."""
    if dialect == "sqlite":
        return {"keys": keys}
    if len(names) == 1:
        return {f"keys_{names[0]}": keys}
    return {f"keys_{name}": [key[place] for key in keys] for place, name in enumerate(names)}


FIRST_ORD = {"sqlite": 0, "postgresql": 1}
"""The `ord` of the first row of a keys table."""


def _array(name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    if isinstance(type_, Integer):
        return cast(bindparam(name, type_=WrittenList(type_)), ARRAY(type_))
    return bindparam(name, type_=ListOf(type_))


def _keys_by_json(types: Mapping[str, TypeEngine[Any]]) -> FromClause:
    rows = func.json_each(bindparam("keys", type_=ListOf(NullType()))).table_valued("key", "value", name="each")
    single = len(types) == 1
    return select(
        rows.c.key.label("ord"),
        *(
            (rows.c.value if single else func.json_extract(rows.c.value, f"$[{place}]", type_=type_)).label(name)
            for place, (name, type_) in enumerate(types.items())
        ),
    ).subquery("keys")
