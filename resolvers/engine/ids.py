"""Global ids: opaque to clients, typed for us: a short prefix of the type and the key in hexadecimal."""

from collections.abc import Sequence
from typing import Any

from policies.errors import BadInput

PREFIXES = {
    "Student": "stu",
    "Result": "res",
    "Group": "grp",
    "School": "sch",
    "District": "dis",
    "Assessment": "asm",
    "Item": "itm",
}
TYPES = {prefix: name for name, prefix in PREFIXES.items()}
LARGEST = 2**63 - 1


def global_id(type_name: str, key: Sequence[int]) -> str:
    """The id of a row by its key."""
    return "_".join([PREFIXES[type_name], *(format(part, "x") for part in key)])


def read_id(value: Any, element: str = "id") -> tuple[str, tuple[int, ...]]:
    """(type name, key) of a global id. Raises BadInput for what is none."""
    prefix, *parts = str(value).split("_")
    try:
        key = tuple(int(part, 16) for part in parts)
    except ValueError:
        key = ()
    if prefix not in TYPES or not key or str(value) != global_id(TYPES[prefix], key) or not fits(key):
        raise BadInput(f"{element}: not an id given by this API.")
    return TYPES[prefix], key


def fits(key: Sequence[int]) -> bool:
    """Whether every part is a 64-bit number."""
    return all(0 <= part <= LARGEST for part in key)
