"""A small HTTP client for loads on the loopback: keep-alive connections that each wait for their answer.

It reads no more of HTTP than uvicorn sends: a status line, a Content-Length, a body.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

LONGEST_SECONDS = 300
"""A load or a check that takes longer has failed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a load was."""

    requests: int
    seconds: float
    slowest: float
    """Seconds of the slowest request."""


class Connection(asyncio.Protocol):
    """One connection: `ask` sends a request and gives its body."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._answer: asyncio.Future[bytes]
        self._head = self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises ConnectionError for any status but 200."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._length:
            self._read_head()
        if self._length and len(self._received) >= self._head + self._length:
            body = bytes(self._received[self._head : self._head + self._length])
            self._received.clear()
            self._head = self._length = 0
            self._answer.set_result(body)

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        status, *fields = bytes(self._received[:end]).lower().split(b"\r\n")
        if b" 200 " not in status + b" ":
            self._answer.set_exception(ConnectionError(status.decode()))
            return
        self._length = next(int(field[15:]) for field in fields if field.startswith(b"content-length:"))
        self._head = end + 4

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server hung up"))

    def close(self) -> None:
        self._transport.close()


def request(body: bytes, token: str) -> bytes:
    """A POST of a GraphQL body."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answers(port: int, requests: Sequence[bytes]) -> list[bytes]:
    """The body of each request, asked one after the other."""
    connection = await _connect(port)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return [await connection.ask(each) for each in requests]
    finally:
        connection.close()


async def load(
    port: int, requests: Sequence[bytes], connections: int, *, seconds: float = LONGEST_SECONDS, most: int = 10**9
) -> Load:
    """Ask in a cycle over some connections, for some seconds or until there were `most` requests."""
    opened = [await _connect(port) for _ in range(connections)]
    work, counts = _until(cycle(requests), time.perf_counter() + seconds, most), [0.0] * 2
    start = time.perf_counter()
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await asyncio.gather(*(_ask_all(connection, work, counts) for connection in opened))
    finally:
        for connection in opened:
            connection.close()
    return Load(int(counts[0]), time.perf_counter() - start, counts[1])


async def _connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def _until(requests: Iterator[bytes], end: float, most: int) -> Iterator[bytes]:
    for _ in range(most):
        if time.perf_counter() >= end:
            return
        yield next(requests)


async def _ask_all(connection: Connection, work: Iterator[bytes], counts: list[float]) -> None:
    for each in work:
        start = time.perf_counter()
        await connection.ask(each)
        counts[0] += 1
        counts[1] = max(counts[1], time.perf_counter() - start)
