"""The sandbox in words and pictures that fit 80 columns: tables of built beside published figures, histograms."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from seeds.calibration import SMARTER_BALANCED, Cell, Contents, lasting
from seeds.forms import score_range, spoken

BARS = " ▁▂▃▄▅▆▇█"
BINS = 40
COLOURS = ("red", "yellow", "green", "blue")


def described(contents: Contents) -> Iterator[RenderableType]:
    """Tables and pictures, one after the other."""
    yield _results(contents)
    published = [cell for cell in contents.cells if cell.published_mean is not None]
    yield _calibration(published)
    yield _gaps([cell for cell in published if cell.program in SMARTER_BALANCED])
    yield _correlations(contents.cells)
    for program, of_program in groupby(contents.cells, lambda cell: cell.program):
        yield _pictures(program, list(of_program))


def _results(contents: Contents) -> Table:
    years = sorted({year for counted in contents.results.values() for year in counted})
    total = sum(sum(counted.values()) for counted in contents.results.values())
    table = _table(f"{contents.students:,} students, {total:,} results", "Program", "Kind", *map(str, years), left=2)
    for (program, kind), counted in contents.results.items():
        table.add_row(program, kind, *(f"{counted.get(year, 0):,}" for year in years))
    return table


def _calibration(cells: Sequence[Cell]) -> Table:
    table = _table(
        "Summatives that count, all years, beside the whole state (SB 2025, CAST 2023)",
        *("Program", "Gr", "n", "Mean", "State", "SDs off", "Level %", "State %"),
        left=1,
    )
    for cell in cells:
        assert cell.published_mean is not None
        away = (cell.mean - cell.published_mean) / cell.standard_deviation
        table.add_row(
            _short(cell.program),
            spoken(cell.grade),
            f"{len(cell.results):,}",
            f"{cell.mean:.1f}",
            f"{cell.published_mean:.1f}",
            f"{away:+.2f}",
            _percents(cell.shares()),
            _percents(cell.published_shares or ()),
        )
    return table


def _gaps(cells: Sequence[Cell]) -> Table:
    """Distances of groups' means from the mean of all, averaged over grades."""
    programs = sorted({cell.program for cell in cells})
    headings = [heading for program in programs for heading in (_short(program), "State", "Same sign")]
    table = _table(
        "Distance of groups of 30 and more from the mean of all, in scale points", "Group", *headings, left=1
    )
    found = {(cell.program, cell.grade): cell.gaps() for cell in cells}
    for group in sorted({group for gaps in found.values() for group in gaps}):
        row = [group]
        for program in programs:
            pairs = [gaps[group] for (code, _), gaps in found.items() if code == program and group in gaps]
            if not pairs:
                row += ["", "", ""]
                continue
            published, built = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
            agreeing = sum(one * other > 0 for one, other in pairs)
            row += [f"{built:+.1f}", f"{published:+.1f}", f"{agreeing}/{len(pairs)}"]
        table.add_row(*row)
    return table


def _correlations(cells: Sequence[Cell]) -> Table:
    table = _table("Correlation of scores a year apart", "Program", "Years", "n", "r", left=2)
    for program, of_program in groupby(cells, lambda cell: cell.program):
        for (before, after), (number, r) in lasting(of_program).items():
            table.add_row(program, f"{before}-{after}", f"{number:,}", f"{r:.2f}")
    return table


def _pictures(program: str, cells: Sequence[Cell]) -> Table:
    """Each grade's scores as a histogram from the lowest to the highest possible score, cut at the cut scores."""
    table = _table(f"{program}: scores of all years", "Gr", "n", "Lowest", "", "Highest", left=1)
    table.columns[3].justify = "left"
    for cell in cells:
        scale = score_range(program, cell.grade, max(one.school_year for one in cell.results))
        picture = _histogram(cell.scores, scale["lowest"], scale["cuts"], scale["highest"])
        ends = str(scale["lowest"]), str(scale["highest"])
        table.add_row(spoken(cell.grade), f"{len(cell.results):,}", ends[0], picture, ends[1])
    return table


def _histogram(scores: Sequence[int], lowest: int, cuts: Sequence[int], highest: int) -> Text:
    width = (highest - lowest + 1) / BINS
    heights = [0] * BINS
    for score in scores:
        heights[int((score - lowest) / width)] += 1
    picture, before = Text(), 0
    for place, height in enumerate(heights):
        level = bisect_right(cuts, lowest + (place + 0.5) * width)
        picture.append("│" * (level - before), "dim")
        bar = BARS[-(-height * (len(BARS) - 1) // max(heights))]
        picture.append(bar, COLOURS[level])
        before = level
    return picture


def _table(title: str, *headings: str, left: int) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < left else "right", no_wrap=True)
    return table


def _short(program: str) -> str:
    return SMARTER_BALANCED.get(program, program)


def _percents(shares: Sequence[float]) -> str:
    return " ".join(f"{share:2.0f}" for share in shares)
