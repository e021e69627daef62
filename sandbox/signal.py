"""A mark that every process of the host sees at once: it moves when others must look at the registry again.

Looking at it is a look into memory. Trap: the file is never made shorter, or who looks at it would crash.
"""

import mmap
import os
from pathlib import Path
from secrets import token_bytes

SIZE = 8


class Signal:
    """The mark in a file that the processes share as memory."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < SIZE:
                os.ftruncate(descriptor, SIZE)
            self._shared = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)

    def now(self) -> bytes:
        """The mark; another one than before where something has changed."""
        return self._shared[:]

    def move(self) -> None:
        """Tell everybody, this process too, that something has changed."""
        self._shared[:] = token_bytes(SIZE)

    def close(self) -> None:
        self._shared.close()
