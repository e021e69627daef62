"""Global ids: opaque to clients, typed for us: a short prefix of the type and the key in hexadecimal."""

from collections.abc import Sequence

from policies.errors import BadInput

PREFIXES = {
    "Student": "stu",
    "Result": "res",
    "Group": "grp",
    "School": "sch",
    "District": "dis",
    "Assessment": "asm",
    "Item": "itm",
    "Disclosure": "dcl",
}
PARTS = {"Result": 2, "Group": 2, "Disclosure": 2}
"""How many numbers a key has, where it is not one: the district comes first."""
TYPES = {prefix: name for name, prefix in PREFIXES.items()}
LARGEST = 2**63 - 1


def global_id(type_name: str, key: Sequence[int]) -> str:
    """The id of a row by its key."""
    return "_".join([PREFIXES[type_name], *(format(part, "x") for part in key)])


def read_id(value: str, element: str = "id") -> tuple[str, tuple[int, ...]]:
    """(type name, key) of a global id. Raises BadInput for what is none."""
    prefix, *parts = value.split("_")
    try:
        key = tuple(int(part, 16) for part in parts)
    except ValueError:
        key = ()
    type_name = TYPES.get(prefix, "")
    if len(key) != PARTS.get(type_name, 1) or not fits(key) or not type_name or value != global_id(type_name, key):
        raise BadInput(f"{element}: not an id given by this API.")
    return type_name, key


def fits(key: Sequence[int]) -> bool:
    """Whether every part is a 64-bit number."""
    return all(0 <= part <= LARGEST for part in key)
