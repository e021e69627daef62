"""Ways to break a rule that cosmic-ray has no operator for: rules here are calls of `both` and `either`, not operators.

They are operators of cosmic-ray, which walks the tree and writes the source again; parso's nodes keep the formatting.
"""

from collections.abc import Callable, Iterator
from typing import Any

import parso
from cosmic_ray.operators.operator import Operator

CONNECTIVES = {"both": "either", "either": "both", "and_": "or_", "or_": "and_"}
JOINED = frozenset({*CONNECTIVES, "where"})
"""Calls whose every argument is a condition."""
DISPLAYS = ("dictorsetmaker", "testlist_comp")


class Rewriting(Operator):
    """An operator that replaces a node by other source, in as many ways as `_rewritten` gives."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        for _ in self._rewritten(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        text = list(self._rewritten(node))[index]
        return parso.parse(node.get_first_leaf().prefix + text)

    def _rewritten(self, node: Any) -> Iterator[str]:
        raise NotImplementedError

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        return ()


class SwapConnective(Rewriting):
    """`both(a, b)` becomes `either(a, b)`, and the other way round."""

    def _rewritten(self, node: Any) -> Iterator[str]:
        if node.type == "name" and node.value in CONNECTIVES and _is_called(node):
            yield CONNECTIVES[node.value]


class DropCondition(Rewriting):
    """`both(a, b)` becomes `both(b)`, `where(a)` becomes `where()`."""

    def _rewritten(self, node: Any) -> Iterator[str]:
        called = node.get_previous_leaf() if node.type == "trailer" and node.children[0] == "(" else None
        if called is not None and called.type == "name" and called.value in JOINED:
            yield from _without_one(node)


class DropKeyword(Rewriting):
    """`within(p, d, s, statewide=True)` becomes `within(p, d, s)`."""

    def _rewritten(self, node: Any) -> Iterator[str]:
        if node.type == "trailer" and node.children[0] == "(":
            yield from _without_one(node, keywords_only=True)


class DropElement(Rewriting):
    """`{a, b}` becomes `{b}`; an entry of a dictionary is dropped whole."""

    def _rewritten(self, node: Any) -> Iterator[str]:
        if node.type != "atom" or len(node.children) != 3 or node.children[1].type not in DISPLAYS:
            return
        shortest_tuple = 3
        if node.children[0] != "(" or node.children[1].children.count(",") >= shortest_tuple - 1:
            yield from _without_one(node)


class DropStatement(Rewriting):
    """A call or a raise becomes `pass`."""

    def _rewritten(self, node: Any) -> Iterator[str]:
        if node.parent is not None and node.parent.type == "simple_stmt" and node is node.parent.children[0]:
            called = node.type == "atom_expr" and node.children[-1].children[:1] == ["("]
            if called or node.type in ("raise_stmt", "continue_stmt"):
                yield "pass"


OPERATORS: dict[str, Callable[[], Operator]] = {
    f"rule/{operator.__name__}": operator
    for operator in (SwapConnective, DropCondition, DropKeyword, DropElement, DropStatement)
}


def _is_called(name: Any) -> bool:
    following = name.get_next_leaf()
    return following is not None and following == "(" and name.get_previous_leaf() not in ("def", ".")


def _without_one(brackets: Any, *, keywords_only: bool = False) -> Iterator[str]:
    """What stands in brackets again and again, each time without one of its parts; the layout stays."""
    opening, *inside, closing = brackets.children
    if len(inside) == 1 and inside[0].type in (*DISPLAYS, "arglist"):
        inside = inside[0].children
    if any(part.type in ("comp_for", "sync_comp_for") for part in inside):
        return
    parts: list[list[Any]] = [[]]
    for leaf in inside:
        parts[-1].append(leaf)
        if leaf == ",":
            parts.append([])
    for left_out in filter(None, parts):
        if not keywords_only or (left_out[0].type == "argument" and left_out[0].children[1] == "="):
            kept = "".join(leaf.get_code() for part in parts if part is not left_out for leaf in part)
            yield f"{opening.value}{kept}{closing.get_code()}"
