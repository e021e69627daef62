"""An expected problem of a change: data in the payload of its mutation (product.md: Bad input)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: a stable code of `policies.errors`, the element of the input, and the row of a file, from 1."""

    code: str
    element: str | None
    message: str
    row: int | None = None


def bad_input(element: str, message: str) -> Problem:
    """A value that cannot be taken."""
    return Problem("BAD_INPUT", element, message)


def not_found(element: str, noun: str) -> Problem:
    """A thing that is not there, or not the viewer's: both read the same."""
    return Problem("NOT_FOUND", element, f"No such {noun}, or none that you see.")


def forbidden(element: str, message: str) -> Problem:
    """A thing that is seen, but not the viewer's to change."""
    return Problem("FORBIDDEN", element, message)
