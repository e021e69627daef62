"""What a connection's selection asks for: nodes, edges, page information, the total."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, get_named_type

from resolvers.engine.level import Pages, Part, Slice, Writer
from resolvers.engine.rows import Source
from resolvers.engine.selection import Selected

if TYPE_CHECKING:
    from resolvers.engine.compile import Compiler


class ConnectionParts:
    """The parts of one connection, in the order selected, and what they need read."""

    def __init__(self, compiler: "Compiler", type_: GraphQLObjectType, selected: Selected, source: Source) -> None:
        self._compiler = compiler
        self._source = source
        self.writers: list[Writer] = []
        self.cursors = False
        self.total = False
        self.reason = False
        self.rows_needed = False
        makers: dict[str, Callable[[GraphQLObjectType, Selected], Callable[[Pages], Part]]] = {
            "nodes": self._nodes,
            "edges": self._edges,
            "pageInfo": self._page_info,
            "totalCount": self._total,
            "emptyReason": self._empty_reason,
            "__typename": lambda type_, _field: lambda _pages: lambda _slice: type_.name,
        }
        self.parts = [
            (field.key, makers[field.name](type_, field)) for field in compiler.selector.fields(type_, selected.below)
        ]

    def _written(self, type_: Any, field: Selected) -> int:
        self.rows_needed = True
        self.writers.append(self._compiler.writer(get_named_type(type_), field.below, self._source))
        return len(self.writers) - 1

    def _nodes(self, type_: GraphQLObjectType, field: Selected) -> Callable[[Pages], Part]:
        writer = self._written(type_.fields["nodes"].type, field)

        def make(pages: Pages) -> Part:
            written = pages.written[writer]
            return lambda page: written[page.start : page.end]

        return make

    def _edges(self, type_: GraphQLObjectType, field: Selected) -> Callable[[Pages], Part]:
        edge_type: Any = get_named_type(type_.fields["edges"].type)
        self.rows_needed = True
        parts = [
            (part.key, self._edge(edge_type, part)) for part in self._compiler.selector.fields(edge_type, field.below)
        ]

        def make(pages: Pages) -> Part:
            made = [(key, part(pages)) for key, part in parts]
            return lambda page: [{key: at(place) for key, at in made} for place in range(page.start, page.end)]

        return make

    def _edge(self, edge_type: GraphQLObjectType, field: Selected) -> Callable[[Pages], Callable[[int], Any]]:
        if field.name == "cursor":
            self.cursors = True
            return lambda pages: pages.cursor
        if field.name == "node":
            writer = self._written(edge_type.fields["node"].type, field)
            return lambda pages: pages.written[writer].__getitem__
        return lambda _pages: lambda _place: edge_type.name

    def _page_info(self, type_: GraphQLObjectType, field: Selected) -> Callable[[Pages], Part]:
        info_type: Any = get_named_type(type_.fields["pageInfo"].type)
        fields = [(part.key, part.name) for part in self._compiler.selector.fields(info_type, field.below)]
        self.rows_needed = True
        self.cursors = self.cursors or any(name in ("startCursor", "endCursor") for _, name in fields)

        def make(pages: Pages) -> Part:
            readers: dict[str, Callable[[Slice], Any]] = {
                "hasNextPage": lambda page: page.more,
                "hasPreviousPage": lambda _page: pages.continued,
                "startCursor": lambda page: pages.cursor(page.start) if page.end > page.start else None,
                "endCursor": lambda page: pages.cursor(page.end - 1) if page.end > page.start else None,
                "__typename": lambda _page: info_type.name,
            }
            return lambda page: {key: readers[name](page) for key, name in fields}

        return make

    def _total(self, _type: GraphQLObjectType, _field: Selected) -> Callable[[Pages], Part]:
        self.total = True
        return lambda _pages: lambda page: page.total

    def _empty_reason(self, _type: GraphQLObjectType, _field: Selected) -> Callable[[Pages], Part]:
        self.reason = self.rows_needed = True
        return lambda pages: lambda page: pages.reason if page.empty else None
