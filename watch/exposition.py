"""Serves the metrics of a server's processes on an address of the operator's own, never beside the API.

Trap: the library decides at its import whether it counts for one process or for several, so nothing here imports it
before the folder of the counts is named.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def watched(host: str, port: int | None) -> Iterator[None]:
    """Answer http://host:port/metrics for this process and those it starts meanwhile; without a port, nothing."""
    if port is None:
        yield
        return
    with TemporaryDirectory(prefix="cers-metrics-") as folder:
        os.environ[FOLDER] = folder
        from prometheus_client import CollectorRegistry, start_http_server
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        server, thread = start_http_server(port, host, registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
