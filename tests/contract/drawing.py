"""Operations that hypothesis-graphql draws from the contract with values of a world, so that most mean something.

Trap: hypothesis-graphql knows a value by its scalar alone, so every argument gets a scalar of its own name first.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import graphql
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

Pools = Mapping[str, Sequence[Any]]
"""Values by name of an argument or input field, or else by scalar."""
WRAPPED = graphql.GraphQLNonNull | graphql.GraphQLList


class Written(str):
    """A whole list as GraphQL writes it, where few are accepted."""


class Drawing:
    """Draws operations of one contract over one world."""

    def __init__(self, sdl: str, pools: Pools) -> None:
        self._schema = graphql.build_schema(sdl)
        self._values: dict[str, st.SearchStrategy[Any]] = {}
        for name, place in _places(self._schema):
            pool = pools.get(name)
            place.type = self._own(name, place.type, pool or pools)
            if pool:
                place.ast_node = None  # where its default would be read

    def operations(self, field: str, count: int, *, by_chance: int) -> list[str]:
        """`count` operations of a root field."""
        return _drawn(from_schema(self._schema, fields=[field], custom_scalars=self._values), count, by_chance)

    def _own(self, name: str, type_: Any, pool: Pools | Sequence[Any]) -> Any:
        """The type with a scalar of this name's own in the place of a shared one."""
        whole = not isinstance(pool, Mapping) and isinstance(pool[0], Written)
        if isinstance(type_, WRAPPED) and not (whole and isinstance(type_, graphql.GraphQLList)):
            return type(type_)(self._own(name, type_.of_type, pool))
        if not whole and (type_.name == "Boolean" or not isinstance(type_, graphql.GraphQLScalarType)):
            return type_
        own = graphql.GraphQLScalarType(name if whole else f"{name}_{type_.name}")
        values = pool[type_.name] if isinstance(pool, Mapping) else pool
        self._values[own.name] = st.sampled_from([_literal(value) for value in values])
        return own


def _places(schema: graphql.GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every argument and input field by name."""
    for type_ in schema.type_map.values():
        if isinstance(type_, graphql.GraphQLInputObjectType):
            yield from type_.fields.items()
        elif isinstance(type_, graphql.GraphQLObjectType):
            for field in type_.fields.values():
                yield from field.args.items()


def _literal(value: Any) -> Any:
    if value is None:
        return nodes.Null
    if isinstance(value, Written):
        return graphql.parse_value(value)
    return nodes.Int(value) if isinstance(value, int) else nodes.String(value)


def _drawn(strategy: st.SearchStrategy[str], count: int, by_chance: int) -> list[str]:
    drawn: list[str] = []

    @seed(by_chance)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(operation: str) -> None:
        drawn.append(operation)

    draw()
    return drawn
