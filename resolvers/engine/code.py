"""The Python of a writer: expressions over a row `r`, compiled once into a function from rows to JSON values."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from models.database import Row
from policies.disclosure import Served
from resolvers.engine.in_process import Memo
from resolvers.engine.level import Child, Level, Writer


class WriterCode:
    """Gathers what an expression needs (constants, child levels) and compiles it.

    The text is made of response names (GraphQL names), places in the row and our own variables only.
    """

    def __init__(self) -> None:
        self._constants: dict[str, Any] = {}
        self._children: list[Child] = []

    def constant(self, value: Any) -> str:
        """A name for a value the expression uses."""
        name = f"x{len(self._constants)}"
        self._constants[name] = value
        return name

    def remembered(self, function: Callable[..., Any]) -> str:
        """A name for a mapping from a function's arguments to its values."""
        return self.constant(Memo(lambda key: function(*key)))

    def child(self, level: Level, places: list[int]) -> str:
        """The expression of a child level's value for the row; its keys are at these places of the row."""
        self._children.append(Child(level, itemgetter(*places)))
        return f"k{len(self._children) - 1}[i]"

    def finish(self, expression: str, recorded: Callable[[Row], Served] | None = None) -> Writer:
        """Compile `expression` for every row."""
        names = "".join(f", k{place}" for place in range(len(self._children)))
        loop = "for i, r in enumerate(rows)" if self._children else "for r in rows"
        space: dict[str, Any] = dict(self._constants)
        exec(f"def write(rows{names}):\n    return [{expression} {loop}]", space)  # noqa: S102
        function: Callable[..., list[Any]] = space["write"]
        return Writer(function, tuple(self._children), recorded)
