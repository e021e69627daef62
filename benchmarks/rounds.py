"""One run: equal answers first, then rounds in which the contenders take turns, so a busy moment meets all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import orjson
from rich.progress import Progress

from benchmarks.client import answers, load, request
from benchmarks.contenders import KEY, RIVALS, Contender, PostgresTree
from benchmarks.pages import Page, leaves
from policies.identity import Viewer, issue_token

CONNECTIONS = (1, 16)


class NotEqual(AssertionError):
    """A contender answered a request with an error or differently from another: nothing may be measured."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is measured: a contender showing a page on a database over some connections."""

    database: str
    page: str
    connections: int
    contender: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn of a cell. CPU in milliseconds a request, of the server and of its database server."""

    rate: float
    """Requests per second."""
    server_cpu: float
    database_cpu: float
    slowest: float
    """Milliseconds of the slowest request."""

    @property
    def cpu(self) -> float:
        return self.server_cpu + self.database_cpu


@dataclass(frozen=True)
class Field:
    """The servers of one database. `tree`: its PostgreSQL, where it has one."""

    database: str
    contenders: Mapping[str, Contender]
    tree: PostgresTree | None


@dataclass(frozen=True)
class Turns:
    """How long and how often."""

    rounds: int
    seconds: float


def token(viewer: Viewer) -> str:
    """A token that lasts for the run."""
    return issue_token(viewer, KEY, timedelta(hours=12))[0]


def requests_for(page: Page, contender: str) -> list[bytes]:
    """A cycle of requests for a page in a contender's words."""
    bearer = token(page.viewer)
    return [request(body, bearer) for body in page.bodies(contender)]


def check_equal(fields: Sequence[Field], pages: Sequence[Page]) -> dict[str, dict[str, int]]:
    """Assert that every contender on every database gives the same data, rivals the same values in the same order;
    what the pages hold."""
    held = {}
    for page in pages:
        expected: list[Any] = []
        for field in fields:
            for name, contender in field.contenders.items():
                bodies = answered(contender, requests_for(page, name))
                found = [orjson.loads(body)["data"] for body in bodies]
                if not expected:
                    expected, values = found, [list(leaves(each)) for each in found]
                    held[page.name] = {"requests": len(found), "leaves": len(values[0]), "bytes": len(bodies[0])}
                same = [list(leaves(each)) for each in found] == values if name in RIVALS else found == expected
                if not same:
                    raise NotEqual(f"{name} on {field.database} answers the {page.name} differently")
    return held


def answered(contender: Contender, requests: Sequence[bytes]) -> list[bytes]:
    """The answers of a contender, none of which has errors."""
    bodies = asyncio.run(answers(contender.port, requests))
    wrong = [body for body in bodies if b'"errors"' in body]
    if wrong:
        raise NotEqual(f"{contender.name}: {wrong[0][:500].decode()}")
    return bodies


def measure(
    fields: Sequence[Field], pages: Sequence[Page], turns: Turns, progress: Progress
) -> dict[Cell, list[Sample]]:
    """The samples of every cell, one a round."""
    cells = list(product(fields, pages, CONNECTIONS))
    samples: dict[Cell, list[Sample]] = {}
    task = progress.add_task("Measuring", total=turns.rounds * sum(len(field.contenders) for field, *_ in cells))
    for round_ in range(turns.rounds):
        for field, page, connections in cells:
            for name in _in_turn(list(field.contenders), round_):
                sample = _sample(field, name, requests_for(page, name), connections, turns.seconds)
                samples.setdefault(Cell(field.database, page.name, connections, name), []).append(sample)
                progress.advance(task)
    return samples


def memory(
    contender: Contender, requests: Sequence[bytes], marks: Sequence[int], advance: Callable[[int], None]
) -> list[int]:
    """Resident bytes of a fresh server after each number of requests."""
    done = len(answered(contender, requests))
    sizes = []
    for mark in marks:
        asyncio.run(load(contender.port, requests, 16, most=mark - done))
        advance(mark - done)
        done = mark
        sizes.append(contender.rss())
    return sizes


def _sample(field: Field, name: str, requests: Sequence[bytes], connections: int, seconds: float) -> Sample:
    contender = field.contenders[name]
    asyncio.run(load(contender.port, requests, connections, most=connections))
    server, database = contender.cpu_seconds(), _cpu(field)
    done = asyncio.run(load(contender.port, requests, connections, seconds=seconds))
    per_request = 1_000 / done.requests
    return Sample(
        rate=done.requests / done.seconds,
        server_cpu=(contender.cpu_seconds() - server) * per_request,
        database_cpu=(_cpu(field) - database) * per_request,
        slowest=done.slowest * 1_000,
    )


def _cpu(field: Field) -> float:
    return field.tree.cpu_seconds() if field.tree else 0.0


def _in_turn(names: list[str], round_: int) -> list[str]:
    """The contenders, another one first each round."""
    shift = round_ % len(names)
    return names[shift:] + names[:shift]
