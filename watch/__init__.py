"""What operators watch: a log line, metrics and a trace of every operation; nothing of any student.

`Watch` is handed to the endpoint by the server; no other room knows of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from schema.observed import Observed, observing
from watch.logs import say
from watch.metrics import Metrics
from watch.traces import Traces


class Watch:
    """Watches the operations of this process."""

    def __init__(self, metrics: Metrics, traces: Traces | None) -> None:
        self._metrics = metrics
        self._traces = traces

    @contextmanager
    def operation(self, headers: Mapping[str, str]) -> Iterator[Observed]:
        """Watch one request for as long as it is worked on."""
        with self._metrics.running(), observing() as observed:
            if self._traces is None:
                yield observed
            else:
                with self._traces.operation(observed, headers):
                    yield observed
        self._metrics.count(observed)
        say(observed)
