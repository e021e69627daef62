"""Writes reference objects: a selection becomes a function from an object to its JSON value, remembered per object."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from policies.errors import BadInput
from resolvers.engine.answers import GlobalId, InProcess, LevelAnswer
from resolvers.engine.arguments import Baker
from resolvers.engine.ids import global_id
from resolvers.engine.selection import Selected, Selector
from resolvers.engine.types import answer_of, python_name_of

Write = Callable[[Any], Any]


class InProcessWriter:
    """Makes the functions for one plan. Arguments are baked in: their values are part of what the plan is for."""

    def __init__(self, selector: Selector, baker: Baker) -> None:
        self._selector = selector
        self._baker = baker

    def object(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Write:
        """A function from an object of `type_` to a dictionary."""
        parts = [(field.key, self.field(type_, field)) for field in self._selector.fields(type_, sets)]
        return lambda thing: {key: write(thing) for key, write in parts}

    def field(self, type_: GraphQLObjectType, selected: Selected) -> Write:
        """A function from an object of `type_` to one field's value."""
        if selected.name == "__typename":
            return lambda _thing: type_.name
        read = self._reader(type_, selected)
        write = self.value(type_.fields[selected.name], selected.below)
        return lambda thing: write(read(thing))

    def value(self, definition: GraphQLField, sets: Sequence[SelectionSetNode]) -> Write:
        """A function from a field's value as it is in process to what is written."""
        named = get_named_type(definition.type)
        if isinstance(named, GraphQLInterfaceType):
            kinds = self._selector.schema.get_possible_types(named)
            writers = {type_.name: self.object(type_, sets) for type_ in kinds}
            return lambda thing: writers[type(thing).__name__](thing)
        if not isinstance(named, GraphQLObjectType):
            return lambda value: value
        write = self.object(named, sets)
        if is_list_type(get_nullable_type(definition.type)):
            return lambda things: [write(thing) for thing in things]
        return lambda thing: None if thing is None else write(thing)

    def _reader(self, type_: GraphQLObjectType, selected: Selected) -> Write:
        definition = type_.fields[selected.name]
        answer = answer_of(definition)
        if isinstance(answer, GlobalId):
            return lambda thing: global_id(type_.name, (thing.id,))
        if isinstance(answer, InProcess):
            arguments = self._baker.arguments(definition, selected.node)
            find = answer.find
            return lambda thing: find(thing, **arguments)
        if isinstance(answer, LevelAnswer):
            raise BadInput(f"{selected.name}: not available here; ask for the {type_.name.lower()} itself.")
        name = python_name_of(definition, selected.name)
        return lambda thing: getattr(thing, name)


class Memo(dict[Any, Any]):
    """Values of a function by key, as finished JSON; forgets all when it grows past its bound."""

    def __init__(self, make: Callable[[Any], Any], bound: int = 20_000) -> None:
        super().__init__()
        self._make = make
        self._bound = bound

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self._bound:
            self.clear()
        value = self._make(key)
        finished = value if value is None or isinstance(value, str | int) else orjson.Fragment(orjson.dumps(value))
        self[key] = finished
        return finished
