"""Log lines: JSON for machines or aligned text for people, one a line, on standard error.

Trap: a line must never hold a value of a student. Ours are made of names, counts, hashes and codes; of what a library
says only the first line of its fixed text is kept, and of an exception its type.
"""

import logging
import sys
from typing import Any

import orjson
import structlog

from schema.observed import Observed
from settings import LogFormat, LogLevel

log = structlog.get_logger("cers.operations")


def configure(format: LogFormat, level: LogLevel) -> None:
    """How this process logs from now on, its libraries' warnings included."""
    renderer: Any = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_OfLibraries()], level=logging.WARNING, force=True)


def say(observed: Observed) -> None:
    """The line of one operation."""
    log.info(
        "operation",
        tenant=observed.tenant,
        viewer=observed.viewer,
        operation=observed.operation,
        kind=observed.kind,
        document=observed.document,
        nodes=observed.nodes,
        statements=observed.statements,
        rows=observed.rows,
        milliseconds=round(observed.seconds * 1000, 2),
        status=observed.status,
        codes=observed.codes,
        correlation=observed.correlation,
    )


class _OfLibraries(logging.Handler):
    """Hands on what libraries log through the standard module."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        said = str(record.msg).partition("\n")[0]
        structlog.get_logger().log(record.levelno, said, logger=record.name, error=error and error.__name__)


def _json(line: Any, **_options: Any) -> str:
    return orjson.dumps(line, default=str).decode()
