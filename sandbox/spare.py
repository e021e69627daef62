"""A copy made beforehand, so that a trainer's reset does not wait for the disk."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from sandbox.files import CopyFiles, Held


class Spare:
    """At most one copy that is nobody's yet. It is held all the while, so nobody removes it."""

    def __init__(self, files: CopyFiles) -> None:
        self._files = files
        self._thread = ThreadPoolExecutor(1, "spare-copy")
        self._lock = Lock()
        self._making: Future[Held] | None = None
        self._state = ""

    def prepare(self) -> None:
        """Begin to make one where there is none."""
        with self._lock:
            if self._making is None:
                self._state = self._files.state
                self._making = self._thread.submit(self._files.make)

    def take(self) -> Held:
        """The one that is there, or else a new one; OSError where it cannot be made."""
        making, state = self._taken(), self._state
        if making is None:
            return self._files.make()
        try:
            held = making.result()
        except OSError:
            return self._files.make()
        if state == self._files.state:
            return held
        self._drop(held)
        return self._files.make()

    @property
    def name(self) -> str | None:
        """The one that is there, once it is made."""
        making = self._making
        return making.result().name if making is not None else None

    def drop(self) -> None:
        """Do without, until the next is prepared."""
        making = self._taken()
        if making is not None:
            making.add_done_callback(self._dropped)

    def close(self) -> None:
        self.drop()
        self._thread.shutdown()

    def _taken(self) -> Future[Held] | None:
        with self._lock:
            making, self._making = self._making, None
            return making

    def _dropped(self, making: Future[Held]) -> None:
        if making.exception() is None:
            self._drop(making.result())

    def _drop(self, held: Held) -> None:
        held.let_go()
        self._files.remove(held.name)
