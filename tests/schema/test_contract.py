"""The contract: its SDL is committed and true, and everything a client can name is described."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    introspection_from_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

import schema as contract
from resolvers.engine.answers import Page
from resolvers.engine.types import answer_of
from schema import schema

GRAPHQL = schema._schema
SDL = Path(contract.__file__).with_name("schema.graphql")


def types() -> list[GraphQLNamedType]:
    return [
        type_
        for type_ in GRAPHQL.type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    ]


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that can be named, with its description."""
    for type_ in types():
        yield type_.name, type_.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                yield from ((f"{type_.name}.{name}({arg}:)", made.description) for arg, made in field.args.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{type_.name}.{name}", field.description) for name, field in type_.fields.items())


def test_the_committed_sdl_is_what_is_served() -> None:
    assert SDL.read_text(encoding="utf-8") == schema.as_str() + "\n", "run `cers schema` into schema/schema.graphql"


def test_the_committed_sdl_is_a_schema_on_its_own() -> None:
    alone = build_schema(SDL.read_text(encoding="utf-8"))
    assert set(alone.type_map) >= {type_.name for type_ in types()}


def test_the_schema_can_be_introspected() -> None:
    assert introspection_from_schema(GRAPHQL)["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}


def test_everything_that_can_be_named_is_described() -> None:
    assert [name for name, description in described() if not (description or "").strip()] == []


def test_descriptions_are_sentences() -> None:
    assert [name for name, text in described() if not text or text.strip()[-1] not in ".)"] == []


@pytest.mark.parametrize("type_", [t for t in types() if isinstance(t, GraphQLEnumType)], ids=str)
def test_values_of_enums_are_in_capitals(type_: GraphQLEnumType) -> None:
    assert type_.description
    assert all(value == value.upper() for value in type_.values)


def test_own_directives_are_described() -> None:
    assert [d.name for d in GRAPHQL.directives if not is_specified_directive(d) and not d.description] == []


def pages() -> Iterator[tuple[str, GraphQLObjectType, str]]:
    for type_ in types():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if "strawberry-definition" in field.extensions and isinstance(answer_of(field), Page):
                    yield f"{type_.name}.{name}", type_, name


@pytest.mark.parametrize(("place", "type_", "name"), list(pages()), ids=str)
def test_every_page_takes_first_50_and_after(place: str, type_: GraphQLObjectType, name: str) -> None:
    field = type_.fields[name]
    assert field.args["first"].default_value == 50 or field.args["first"].default.value == 50
    assert str(field.args["first"].type) == "Int!"
    assert str(field.args["after"].type) == "String"
    assert set(get_named_type(field.type).fields) >= {"edges", "nodes", "pageInfo", "totalCount"}  # type: ignore[attr-defined]
