"""The training operations of GraphiQL, read and filled in as its page does it (web/src/operations.ts)."""

import json
import re
from dataclasses import dataclass
from functools import reduce
from typing import Any

from tests.house.tree import ROOT

FOLDER = ROOT / "web" / "operations"
LISTED = json.loads((FOLDER / "operations.json").read_text(encoding="utf-8"))["operations"]
ROLES = ("TEACHER", "SCHOOL_ADMINISTRATOR", "DISTRICT_ADMINISTRATOR")
WITHIN = re.compile(r"\{(\$\.[^}]+)\}")


@dataclass(frozen=True)
class Training:
    """An operation, and its variables as the list has them."""

    name: str
    document: str
    variables: dict[str, Any]

    def filled(self, examples: Any) -> dict[str, Any]:
        """The variables with what is found in the answer to Examples."""
        return {name: _filled(value, examples) for name, value in self.variables.items()}


def document(name: str) -> str:
    return (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")


def of_role(role: str) -> list[Training]:
    """What a role has ready; NOBODY: without a session."""
    mine = (each for each in LISTED if role in each.get("roles", [role]))
    return [Training(each["name"], document(each["name"]), each.get("variables", {})) for each in mine]


def _filled(value: Any, examples: Any) -> Any:
    match value:
        case str() if value.startswith("$."):
            return _found(examples, value)
        case str():
            return WITHIN.sub(lambda hit: str(_found(examples, hit[1])), value)
        case list():
            return [_filled(each, examples) for each in value]
    return value


def _found(examples: Any, path: str) -> Any:
    before, star, after = path.removeprefix("$.").partition(".*.")
    at = _down(examples, before)
    return [_down(each, after) for each in at] if star else at


def _down(at: Any, path: str) -> Any:
    return reduce(lambda here, name: here[int(name) if name.isdigit() else name], path.split("."), at)
