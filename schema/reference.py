"""The contract as a page to read: what may be asked, with which arguments, and what there is in the answers."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    ast_from_value,
    get_named_type,
    is_introspection_type,
    print_ast,
    specified_scalar_types,
)

HEAD = """# Schema reference

Made from the contract by `cers schema --reference`. The contract itself is `schema/schema.graphql`, also served at
`/schema.graphql`. A type that ends in `!` is never null; what policy or data may withhold can be. Which rows and which
fields a permission opens: [authorization.md](authorization.md)."""
PAGES = """
## Pages

A long list is a connection and comes in pages: `first` says how many rows, `after` goes on behind a cursor, the page's
`endCursor` or an edge's. Every connection is made as `{}` is:
"""
VALUES = ("", "type", "default", "")
FIELDS = ("", "type", "")


def reference(schema: GraphQLSchema) -> str:
    """The whole page, in Markdown."""
    return "\n".join(_lines(schema)) + "\n"


def _lines(schema: GraphQLSchema) -> Iterator[str]:
    types = [type_ for _, type_ in sorted(schema.type_map.items()) if not _is_built_in(type_)]
    composite = [type_ for type_ in types if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)]
    pages = [type_ for type_ in composite if "pageInfo" in type_.fields]
    apart = [schema.query_type, schema.mutation_type, *pages]
    apart += [get_named_type(type_.fields["edges"].type) for type_ in pages]
    yield HEAD
    yield from _operations("Queries", "query", schema.query_type)
    yield from _operations("Mutations", "mutation", schema.mutation_type)
    yield PAGES.format(pages[0])
    yield from _table(FIELDS, map(_field, pages[0].fields.items()))
    yield from _chapter("Types", [type_ for type_ in composite if type_ not in apart])
    for name, kind in (("Inputs", GraphQLInputObjectType), ("Enums", GraphQLEnumType), ("Scalars", GraphQLScalarType)):
        yield from _chapter(name, [type_ for type_ in types if isinstance(type_, kind)])


def _operations(name: str, kind: str, root: Any) -> Iterator[str]:
    """A section for each field of a root type."""
    yield f"\n## {name}"
    for field, definition in root.fields.items():
        yield f"\n### {kind} {field}\n\n{_text(definition)}\n\nGives {_type(definition.type)}."
        if definition.args:
            yield ""
            yield from _table(VALUES, map(_value, definition.args.items()))


def _chapter(name: str, types: Iterable[GraphQLNamedType]) -> Iterator[str]:
    """A section for each type."""
    yield f"\n## {name}"
    for type_ in types:
        yield f"\n### {type_.name}\n\n{_text(type_)}"
        if isinstance(type_, GraphQLEnumType):
            yield ""
            yield from (f"- `{value}`: {_text(made)}".removesuffix(": ") for value, made in type_.values.items())
        elif isinstance(type_, GraphQLInputObjectType):
            yield ""
            yield from _table(VALUES, map(_value, type_.fields.items()))
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            yield ""
            yield from _table(FIELDS, map(_field, type_.fields.items()))


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield _row(titles)
    yield _row("---" for _ in titles)
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _field(named: tuple[str, GraphQLField]) -> tuple[str, ...]:
    name, field = named
    arguments = ", ".join(f"`{argument}`: {_type(made.type)}" for argument, made in field.args.items())
    return f"`{name}`", _type(field.type), _text(field) + (f" Takes {arguments}." if arguments else "")


def _value(named: tuple[str, Any]) -> tuple[str, ...]:
    """An argument or a field of an input."""
    name, made = named
    default = ast_from_value(made.default_value, made.type) if made.default_value is not None else None
    written = print_ast(default) if default else ""
    return f"`{name}`", _type(made.type), "" if written in ("", "null") else f"`{written}`", _text(made)


def _type(type_: Any) -> str:
    """A type, linked to its section where it has one."""
    name = get_named_type(type_).name
    section = "pages" if name.endswith(("Connection", "Edge")) else name.lower()
    return f"`{type_}`" if name in specified_scalar_types else f"[`{type_}`](#{section})"


def _text(described: Any) -> str:
    """A description in one line, and whether it is on its way out."""
    gone = getattr(described, "deprecation_reason", None)
    return " ".join([*(described.description or "").split(), *([f"**Deprecated:** {gone}"] if gone else [])])


def _is_built_in(type_: GraphQLNamedType) -> bool:
    return is_introspection_type(type_) or type_.name in specified_scalar_types
