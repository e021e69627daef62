"""What was seen, as tables and as JSON: medians with their ranges, ratios formed within a round, targets."""

import json
import platform
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.contenders import BASELINE, OURS, RIVALS, RIVALS_HOME, UNGUARDED, UNRECORDED, node
from benchmarks.pages import GROUP_PAGE
from benchmarks.rounds import Cell, Sample

PACKAGES = ("strawberry-graphql", "graphql-core", "SQLAlchemy", "asyncpg", "aiosqlite", "uvicorn", "orjson")
LEAST_TIMES_LESS_CPU = {"PostgreSQL": 10.0, "SQLite": 15.0}
"""Than the baseline, of the group page."""
LEAST_TIMES_LESS_THAN_RIVALS, AHEAD = 3.0, 1.0
"""Of the group page, and of the others."""
MOST_ACCESS_CONTROL = 0.15
MOST_DISCLOSURE_LOG = 0.10
MOST_GROWTH = 0.05


@dataclass(frozen=True, slots=True)
class Range:
    """A figure over the rounds."""

    least: float
    middle: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Range":
        found = list(values)
        return cls(min(found), median(found), max(found))

    def __format__(self, spec: str) -> str:
        return f"{self.middle:{spec}} ({self.least:{spec}} to {self.most:{spec}})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours within the rounds of one page, database and number of connections."""

    database: str
    page: str
    connections: int
    times_less_cpu: Mapping[str, Range]
    """Than the baseline, and on PostgreSQL than the rivals."""
    times_the_rate: Mapping[str, Range]
    """Requests per second, of theirs."""
    access_control: Range
    """What access control adds, as a share of the CPU without it."""
    disclosure_log: Range
    """What the disclosure log adds, as a share of the CPU without it."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory of one server, in bytes, after so many requests."""

    database: str
    marks: Sequence[int]
    sizes: Sequence[int]

    @property
    def share(self) -> float:
        return self.sizes[-1] / self.sizes[0] - 1


@dataclass(frozen=True)
class Report:
    """One whole run."""

    mode: str
    world: Mapping[str, int]
    pages: Mapping[str, Mapping[str, int]]
    samples: Mapping[Cell, Sequence[Sample]]
    growth: Sequence[Growth]

    def show(self, console: Console) -> None:
        """The tables."""
        for title, facts in {"machine": machine(), "world": self.world, **self.pages}.items():
            console.print(f"[bold]{title}[/]: " + ", ".join(f"{name} {value}" for name, value in facts.items()))
        compared = comparisons(self.samples)
        console.print(_figures(self.samples), _ratios(compared), _costs(compared), _memory(self.growth))

    def save(self, path: Path) -> None:
        """Everything, samples included, as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "mode": self.mode,
            "machine": machine(),
            "world": self.world,
            "pages": self.pages,
            "cells": [
                {**asdict(cell), "samples": [asdict(sample) for sample in samples]}
                for cell, samples in self.samples.items()
            ],
            "comparisons": [asdict(each) for each in comparisons(self.samples)],
            "memory": [{**asdict(growth), "growth": growth.share} for growth in self.growth],
        }
        path.write_text(json.dumps(whole, indent=1), encoding="utf-8")


def comparisons(samples: Mapping[Cell, Sequence[Sample]]) -> list[Comparison]:
    """Ours against the baseline, and against ours without access control or the log, wherever it was measured."""
    found = []
    for cell, ours in samples.items():
        if cell.contender != OURS:
            continue
        where = (cell.database, cell.page, cell.connections)
        unguarded, unrecorded = (samples[Cell(*where, name)] for name in (UNGUARDED, UNRECORDED))
        others = {name: samples[Cell(*where, name)] for name in (BASELINE, *RIVALS) if Cell(*where, name) in samples}
        found.append(
            Comparison(
                *where,
                times_less_cpu={name: _compare(ours, theirs, _less_cpu) for name, theirs in others.items()},
                times_the_rate={name: _compare(ours, theirs, _more_often) for name, theirs in others.items()},
                access_control=_compare(ours, unguarded, lambda mine, other: mine.cpu / other.cpu - 1),
                disclosure_log=_compare(ours, unrecorded, lambda mine, other: mine.cpu / other.cpu - 1),
            )
        )
    return found


def _less_cpu(mine: Sample, other: Sample) -> float:
    return other.cpu / mine.cpu


def _more_often(mine: Sample, other: Sample) -> float:
    return mine.rate / other.rate


def machine() -> dict[str, Any]:
    """Where it was measured, and with what."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory GB": round(psutil.virtual_memory().total / 2**30),
        "load before": f"{psutil.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "commit": _commit(),
        **{name: version(name) for name in PACKAGES},
        **_rival_versions(),
    }


def _compare(ours: Sequence[Sample], others: Sequence[Sample], compare: Callable[[Sample, Sample], float]) -> Range:
    return Range.of(compare(mine, theirs) for mine, theirs in zip(ours, others, strict=True))


def _figures(samples: Mapping[Cell, Sequence[Sample]]) -> Table:
    table = Table(title="Median (least to most) of the rounds; CPU in ms a request, server + database")
    _columns(table, "database", "page", "conn.", "contender", right=("requests/s", "CPU", "of it database"))
    last = {cell.database: cell.contender for cell in samples}
    for cell, turns in samples.items():
        table.add_row(
            cell.database, cell.page, str(cell.connections), cell.contender,
            f"{Range.of(turn.rate for turn in turns):.0f}",
            f"{Range.of(turn.cpu for turn in turns):.2f}",
            f"{median(turn.database_cpu for turn in turns):.2f}",
            end_section=cell.contender == last[cell.database],
        )  # fmt: skip
    return table


def _ratios(found: Sequence[Comparison]) -> Table:
    table = Table(title="Ours against others: ratios formed within a round, median (least to most)")
    _columns(table, "database", "page", "conn.", "against", right=("times less CPU", "times the requests/s"))
    for each in found:
        for name, less in each.times_less_cpu.items():
            least = _least(each, name)
            verdict = f" {_verdict(less.middle >= least, f'>= {least:.0f}')}" if least else ""
            where = (each.database, each.page, str(each.connections), name)
            table.add_row(*where, f"{less:.2f}{verdict}", f"{each.times_the_rate[name]:.2f}")
    return table


def _costs(found: Sequence[Comparison]) -> Table:
    table = Table(title="What ours adds to its own CPU: median (least to most); targets are the group page's")
    _columns(table, "database", "page", "conn.", right=("access control", "disclosure log"))
    for each in found:
        judged = each.page == GROUP_PAGE
        cost = _verdict(each.access_control.middle <= MOST_ACCESS_CONTROL, f"<= {MOST_ACCESS_CONTROL:+.0%}")
        logged = _verdict(each.disclosure_log.middle <= MOST_DISCLOSURE_LOG, f"<= {MOST_DISCLOSURE_LOG:+.0%}")
        table.add_row(
            each.database, each.page, str(each.connections),
            f"{each.access_control:+.0%}{f' {cost}' if judged else ''}",
            f"{each.disclosure_log:+.0%}{f' {logged}' if judged else ''}",
        )  # fmt: skip
    return table


def _least(found: Comparison, name: str) -> float | None:
    group = found.page == GROUP_PAGE
    if name in RIVALS:
        return LEAST_TIMES_LESS_THAN_RIVALS if group else AHEAD
    return LEAST_TIMES_LESS_CPU[found.database] if group else None


def _memory(growth: Sequence[Growth]) -> Table:
    table = Table(title="Resident memory of a fresh server under a mix of operations")
    _columns(table, "database", right=("after requests", "MB", "growth"))
    for each in growth:
        verdict = _verdict(each.share < MOST_GROWTH, f"< {MOST_GROWTH:+.0%}")
        sizes = " / ".join(f"{size / 2**20:.1f}" for size in each.sizes)
        table.add_row(each.database, " / ".join(map(str, each.marks)), sizes, f"{each.share:+.1%} {verdict}")
    return table


def _columns(table: Table, *left: str, right: Sequence[str]) -> None:
    for heading in left:
        table.add_column(heading)
    for heading in right:
        table.add_column(heading, justify="right")


def _verdict(met: bool, target: str) -> str:
    return f"[green]{target} met[/]" if met else f"[yellow]{target} missed[/]"


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _rival_versions() -> dict[str, str]:
    asked = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True).stdout
    wanted = json.loads((RIVALS_HOME / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {"Node": asked.strip(), **wanted}


def _commit() -> str:
    asked = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"
