"""The mutants of a module: its source with one thing changed, by cosmic-ray and by the operators of this folder."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from tests.mutation.operators import OPERATORS

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """One change of one module (`policies.scope`); nothing is written to disk."""

    module: str
    operator: str
    occurrence: int

    @cached_property
    def source(self) -> str:
        """The whole module, changed."""
        changed = mutate_code(source(self.module), operator(self.operator), self.occurrence)
        assert changed is not None
        return changed

    @property
    def line(self) -> str:
        """The first line that is changed, as it was."""
        before, after = source(self.module).splitlines(), self.source.splitlines()
        return next((was for was, is_ in zip(before, after, strict=False) if was != is_), before[-1])

    @cached_property
    def name(self) -> str:
        """Where and what, as docs/mutation-testing.md tells of survivors; it outlives edits of other lines."""
        before, after = source(self.module).splitlines(), self.source.splitlines()
        changes = [c for c in difflib.SequenceMatcher(None, before, after).get_opcodes() if c[0] != "equal"]
        first = changes[0][1] + 1
        removed = " ".join(line.strip() for _, a, b, _, _ in changes for line in before[a:b])
        added = " ".join(line.strip() for _, _, _, a, b in changes for line in after[a:b])
        return f"`{self.module}` {_function_at(self.module, first)}: `{removed}` -> `{added or 'nothing'}`"


def mutants(module: str, operators: list[str]) -> Iterator[Mutant]:
    """Every change that the operators can make, operator by operator."""
    nodes = list(ast_nodes(get_ast(source(module))))
    for name in operators:
        made = operator(name)
        places = sum(len(list(made.mutation_positions(node))) for node in nodes)
        yield from (Mutant(module, name, place) for place in range(places))


@cache
def source(module: str) -> str:
    """The module as it is."""
    return (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")


def operator(name: str) -> Any:
    return OPERATORS[name]() if name in OPERATORS else get_operator(name)()


def _function_at(module: str, line: int) -> str:
    """The innermost function or class around a line, with what it is in."""
    around = [
        node
        for node in ast.walk(ast.parse(source(module)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and min([node.lineno, *(d.lineno for d in node.decorator_list)]) <= line <= (node.end_lineno or 0)
    ]
    return ".".join(node.name for node in sorted(around, key=lambda node: node.lineno)) or "top level"
