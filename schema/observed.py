"""What is known of a request while and after it is answered: for logs, metrics and traces; nothing of any student."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Observed:
    """One request. Names, hashes, counts and codes only: values and the document's text never get here."""

    correlation: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Names the request in its errors, its log lines and its trace."""
    tenant: str | None = None
    viewer: str | None = None
    """Login."""
    operation: str | None = None
    """Name of the operation, as the document has it; None where it was not admitted."""
    kind: str | None = None
    """query or mutation."""
    document: str | None = None
    """SHA-256 of the document's text, in hexadecimal."""
    nodes: int = 0
    """What it was admitted for (docs/limits.md)."""
    statements: int = 0
    rows: int = 0
    status: int = 0
    """Of HTTP; 0 where nobody waited for the answer."""
    codes: list[str] = field(default_factory=list)
    """Of its errors."""
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has been worked on."""
        return time.perf_counter() - self.started

    @property
    def outcome(self) -> str:
        """OK, or the code of the first error."""
        return self.codes[0] if self.codes else "OK"


_current: ContextVar[Observed | None] = ContextVar("observed", default=None)


@contextmanager
def observing() -> Iterator[Observed]:
    """Observe what is done inside as one request."""
    observed = Observed()
    token = _current.set(observed)
    try:
        yield observed
    finally:
        _current.reset(token)


def current() -> Observed:
    """The request that is being answered; one of its own for what belongs to none."""
    return _current.get() or Observed()
