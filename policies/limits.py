"""How much one operation may ask for, and what a tenant tells of its contract: numbers the operator sets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most of each that is answered; docs/limits.md says how each is counted."""

    nodes: int = 20_000
    depth: int = 12
    fields: int = 500
    root_fields: int = 20
    aliases: int = 50
    directives: int = 50
    tokens: int = 2_000
    characters: int = 50_000
    input_depth: int = 16
    input_values: int = 25_000
    introspection: bool = False
    """Whether `__schema` and `__type` answer."""
    suggestions: bool = False
    """Whether an error about an unknown name proposes known ones."""
