"""`python -m benchmarks`: builds the world, checks that all answer alike, measures, reports.

A missed target is no error.
"""

import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import make_url

from benchmarks import pages, places, rounds, stores, world
from benchmarks.client import request
from benchmarks.contenders import ENTRIES, OURS, RIVALS, PostgresTree, running
from benchmarks.report import Growth, Report

RESULTS = Path("var/benchmarks/results.json")
FULL = rounds.Turns(rounds=5, seconds=2.0)
QUICK = rounds.Turns(rounds=2, seconds=0.5)
MARKS = {"full": (2_000, 10_000), "quick": (400, 2_000)}


def main(
    quick: Annotated[bool, typer.Option(help="A small world and short turns: under two minutes.")] = False,
    output: Annotated[Path, typer.Option(help="Where the figures are kept as JSON.")] = RESULTS,
) -> None:
    """Measure ours against the baseline, as ratios within this run."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    mode, size = ("quick", places.QUICK) if quick else ("full", places.FULL)
    school = places.measured(size)
    shown = [pages.group_page(school), pages.history_page(school), pages.school_page(school)]
    with Progress(console=console, transient=True) as progress, databases(size, progress) as urls:
        with servers(urls) as fields:
            held = rounds.check_equal(fields, shown)
            samples = rounds.measure(fields, shown, QUICK if quick else FULL, progress)
        growth = [_memory(name, url, school, MARKS[mode], progress) for name, url in urls.items()]
    report = Report(mode, _population(size), held, samples, growth)
    report.show(console)
    report.save(output)
    console.print(f"Kept in {output}")


@contextmanager
def databases(size: places.Size, progress: Progress) -> Iterator[dict[str, str]]:
    """The URL of the world on each database."""
    url = stores.sqlite(size, progress)
    with stores.postgresql(size, progress) as other:
        yield {"SQLite": url, "PostgreSQL": other}


@contextmanager
def servers(urls: dict[str, str]) -> Iterator[list[rounds.Field]]:
    """Every contender over every database, each in its own process."""
    with ExitStack() as stack:
        fields = []
        for database, url in urls.items():
            port = make_url(url).port
            names = [*ENTRIES, *(() if port is None else RIVALS)]
            contenders = {name: stack.enter_context(running(name, url)) for name in names}
            fields.append(rounds.Field(database, contenders, None if port is None else PostgresTree(port)))
        yield fields


def _memory(database: str, url: str, school: places.School, marks: Sequence[int], progress: Progress) -> Growth:
    task = progress.add_task(f"{database}: memory", total=marks[-1])
    bearer = rounds.token(pages.group_page(school).viewer)
    requests = [request(body, bearer) for body in pages.varied(school)]
    with running(OURS, url) as contender:
        sizes = rounds.memory(contender, requests, marks, lambda count: progress.advance(task, count))
    return Growth(database, marks, sizes)


def _population(size: places.Size) -> dict[str, int]:
    return {model.__tablename__: count for model, count, _ in world.tables(size)}


if __name__ == "__main__":
    typer.run(main)
