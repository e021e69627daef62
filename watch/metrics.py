"""Metrics for Prometheus, as one process counts them (`watch/exposition.py` adds up and serves them)."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from schema.observed import Observed

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (0, 1, 10, 100, 1_000, 10_000, 100_000)


class Metrics:
    """What is counted of operations."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._known: dict[tuple[str, str, str], tuple[Counter, Histogram, Histogram, Counter, Counter]] = {}
        """Looking metrics up by their labels would take longer than counting."""
        self._running = Gauge(
            "cers_operations_running", "Requests that are being answered.", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._answered = Counter(
            "cers_operations", "Requests answered, by tenant, kind and outcome (OK or the first error's code).",
            ("tenant", "kind", "outcome"), registry=registry,
        )  # fmt: skip
        of_tenant = ("tenant", "kind")
        self._seconds = Histogram(
            "cers_operation_seconds", "How long a request took.", of_tenant, registry=registry, buckets=SECONDS
        )
        self._nodes = Histogram(
            "cers_operation_nodes", "Nodes an operation was admitted for.", of_tenant, registry=registry, buckets=SIZES
        )
        self._statements = Counter("cers_statements", "SQL statements run to read.", ("tenant",), registry=registry)
        self._rows = Counter("cers_rows", "Rows read.", ("tenant",), registry=registry)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count a request among those that run."""
        with self._running.track_inprogress():
            yield

    def count(self, observed: Observed) -> None:
        """Count a request that was answered."""
        of = (observed.tenant or "", observed.kind or "", observed.outcome)
        known = self._known.get(of)
        if known is None:
            known = self._known[of] = self._labelled(*of)
        answered, seconds, nodes, statements, rows = known
        answered.inc()
        seconds.observe(observed.seconds)
        nodes.observe(observed.nodes)
        statements.inc(observed.statements)
        rows.inc(observed.rows)

    def _labelled(self, tenant: str, kind: str, outcome: str) -> tuple[Counter, Histogram, Histogram, Counter, Counter]:
        return (
            self._answered.labels(tenant, kind, outcome),
            self._seconds.labels(tenant, kind),
            self._nodes.labels(tenant, kind),
            self._statements.labels(tenant),
            self._rows.labels(tenant),
        )
