"""The source tree as the house tests look at it."""

import ast
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOORS = ("server", "sign_on", "sandbox", "pages", "cli", "commands", "watch", "settings")
"""The modules at the top level, the commands behind `cli`, what watches for `server`, and the sandbox's visitors:
nothing below imports them."""
ROOMS = ("schema", "resolvers", "policies", "models", "seeds", "ingest", "migrations")
"""The packages that the wheel carries."""


def files(*places: str) -> list[Path]:
    """Every Python file of the named rooms, folders or modules."""
    found = []
    for place in places:
        module = ROOT / f"{place}.py"
        inside = (path for path in sorted((ROOT / place).rglob("*.py")) if "node_modules" not in path.parts)
        found += [module] if module.exists() else inside
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """How a failing test names a spot."""
    line = f":{node.lineno}" if isinstance(node, ast.expr | ast.stmt) else ""
    return f"{path.relative_to(ROOT)}{line}"


def imported(path: Path) -> set[str]:
    """The first name of every module that a file imports, wherever in the file it does."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
