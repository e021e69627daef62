"""With a collector, each request is a span of its client's trace, and each statement one below it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from models.database import Database
from tests.schema.asking import Service
from tests.worlds import SmallWorld

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PAGE = "query Page($s: SSID!) { student(ssid: $s) { lastName results { nodes { score { value } } } } }"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """The address of a collector, and the spans that it was sent."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            spans.extend(s for part in sent.resource_spans for scope in part.scope_spans for s in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", spans
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_request_is_a_span_and_its_statements_are_below_it(
    database: Database, collector: tuple[str, list[Any]]
) -> None:
    endpoint, spans = collector
    world = SmallWorld()
    await world.stored_in(database)
    service = Service(database, world, otlp_endpoint=endpoint)
    sent = {"json": {"query": PAGE, "variables": {"s": world.ana.ssid}}}
    await service.send(who=world.teacher(), headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}, **sent)
    await service.close()
    (operation,) = (span for span in spans if span.name == "query Page")
    statements = [span for span in spans if span.name == "statement"]
    assert (operation.trace_id.hex(), operation.parent_span_id.hex()) == (TRACE, PARENT)
    assert len(statements) == 2
    assert {span.parent_span_id for span in statements} == {operation.span_id}
    assert {attribute.key for span in statements for attribute in span.attributes} == {
        "db.query.text",
        "db.response.returned_rows",
    }
    told = str(spans)
    assert [value for value in (world.ana.ssid, "Anason", str(world.ana.id)) if value in told] == []
    await database.close()
