"""64-bit ids made by the application: increasing with time, unique without asking the database."""

import secrets
import time
from datetime import datetime

EPOCH_MS = 1_577_836_800_000  # 2020-01-01T00:00:00Z
RANDOM_BITS = 21


class Ids:
    """A source of ids; each process has its own, told apart by the random low bits."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> int:
        """The next id, greater than every id this source gave before."""
        milliseconds = time.time_ns() // 1_000_000 - EPOCH_MS
        candidate = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
        self._last = max(self._last + 1, candidate)
        return self._last


new_id = Ids().new


def first_id_at(moment: datetime) -> int:
    """The least id that could be made at a moment (UTC): older rows have lesser ids."""
    return (int(moment.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS
