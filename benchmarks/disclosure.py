"""`python -m benchmarks.disclosure`: what the disclosure log costs a group page, in CPU and in latency.

The two servers take very short turns, so that a busy neighbour meets both alike. A server's CPU is read over a whole
round: what its worker stores between two of its turns counts too.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import make_url

from benchmarks import places, rounds, stores
from benchmarks.client import load
from benchmarks.contenders import OURS, UNRECORDED, Contender, PostgresTree, running
from benchmarks.pages import Page, group_page
from benchmarks.report import Range

TURN_SECONDS = 0.1
NAMES = (OURS, UNRECORDED)
Figures = dict[str, tuple[float, float]]
"""Of each contender: CPU milliseconds a request, and milliseconds that a request took."""


def main(
    rounds_: Annotated[int, typer.Option("--rounds", help="Rounds of each cell.")] = 5,
    turns: Annotated[int, typer.Option(help="Turns of each server in a round.")] = 40,
) -> None:
    """Measure the group page with the log and without it, on each database, over 1 and 16 connections."""
    page = group_page(places.measured(places.QUICK))
    table = Table("database", "conn.", "CPU with", "CPU without", "CPU the log adds", "ms it adds to an answer")
    with Progress(transient=True) as progress, stores.postgresql(places.QUICK, progress) as postgresql:
        for database, url in (("SQLite", stores.sqlite(places.QUICK, progress)), ("PostgreSQL", postgresql)):
            for connections, figures in _measured(url, page, rounds_, turns):
                logged, bare = ([each[name] for each in figures] for name in NAMES)
                pairs = list(zip(logged, bare, strict=True))
                table.add_row(
                    database, str(connections),
                    f"{Range.of(cpu for cpu, _ in logged):.2f}", f"{Range.of(cpu for cpu, _ in bare):.2f}",
                    f"{Range.of(mine[0] / other[0] - 1 for mine, other in pairs):+.1%}",
                    f"{Range.of(mine[1] - other[1] for mine, other in pairs):+.2f}",
                )  # fmt: skip
    Console(width=140).print(table)


def _measured(url: str, page: Page, rounds_: int, turns: int) -> list[tuple[int, list[Figures]]]:
    """Of each number of connections, the figures of its rounds."""
    port = make_url(url).port
    tree = None if port is None else PostgresTree(port)
    with ExitStack() as stack:
        contenders = [stack.enter_context(running(name, url)) for name in NAMES]
        for contender in contenders:
            rounds.answered(contender, rounds.requests_for(page, contender.name) * 20)
        return [
            (connections, [_round(contenders, tree, page, connections, turns) for _ in range(rounds_)])
            for connections in rounds.CONNECTIONS
        ]


def _round(
    contenders: Sequence[Contender], tree: PostgresTree | None, page: Page, connections: int, turns: int
) -> Figures:
    cpu = {each.name: -each.cpu_seconds() for each in contenders}
    requests, seconds = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0.0)
    for _ in range(turns):
        for each in random.sample(contenders, len(contenders)):
            before = tree.cpu_seconds() if tree else 0.0
            done = asyncio.run(load(each.port, rounds.requests_for(page, each.name), connections, seconds=TURN_SECONDS))
            cpu[each.name] += (tree.cpu_seconds() if tree else 0.0) - before
            requests[each.name] += done.requests
            seconds[each.name] += done.seconds
    for each in contenders:
        cpu[each.name] += each.cpu_seconds()
    return {
        name: (cpu[name] * 1_000 / requests[name], seconds[name] * connections * 1_000 / requests[name])
        for name in NAMES
    }


if __name__ == "__main__":
    typer.run(main)
