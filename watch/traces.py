"""Traces for OpenTelemetry: a span for each operation, and one for each statement it reads with.

A span continues the trace its client began (`traceparent`). Statements are told as their SQL text, which holds
parameters, never values.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from models.database import Reader, Row
from models.wall import Opening
from schema.observed import Observed

PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Sends the spans of this process to a collector. `endpoint`: of OTLP over HTTP, without the path."""

    def __init__(self, endpoint: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "cers"}), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("cers")

    @contextmanager
    def operation(self, observed: Observed, headers: Mapping[str, str]) -> Iterator[None]:
        """The span of one request."""
        began = PROPAGATOR.extract(dict(headers))
        with self._tracer.start_as_current_span(
            "operation", began, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            yield
            if observed.operation:
                span.update_name(f"{observed.kind} {observed.operation}")
            span.set_attributes(
                {
                    "graphql.operation.type": observed.kind or "",
                    "graphql.operation.name": observed.operation or "",
                    "http.response.status_code": observed.status,
                    "cers.tenant": observed.tenant or "",
                    "cers.document": observed.document or "",
                    "cers.nodes": observed.nodes,
                    "cers.statements": observed.statements,
                    "cers.rows": observed.rows,
                    "cers.outcome": observed.outcome,
                    "cers.correlation": observed.correlation,
                }
            )
            if observed.outcome in ("INTERNAL", "UNAVAILABLE"):
                span.set_status(Status(StatusCode.ERROR, observed.outcome))

    def before(self, reader: Reader) -> Reader:
        """A reader whose statements have spans."""
        return _TracedReader(reader, self)

    @contextmanager
    def statement(self, sql: str) -> Iterator[Any]:
        """The span of one statement."""
        with self._tracer.start_as_current_span(
            "statement", kind=SpanKind.CLIENT, record_exception=False, attributes={"db.query.text": sql}
        ) as span:
            yield span

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class _TracedReader:
    def __init__(self, behind: Reader, traces: Traces) -> None:
        self._behind = behind
        self._traces = traces

    async def fetch(self, sql: str, values: Sequence[Any], opening: Opening, *, long: bool = False) -> Sequence[Row]:
        with self._traces.statement(sql) as span:
            rows = await self._behind.fetch(sql, values, opening, long=long)
            span.set_attribute("db.response.returned_rows", len(rows))
            return rows

    async def close(self) -> None:
        await self._behind.close()
