"""Building the sandbox, a larger one, and telling what is in it."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.failure import Failure

if TYPE_CHECKING:
    from rich.progress import Progress

    from seeds.calibration import Contents
    from seeds.sandbox import Size

app = typer.Typer(help="The fictitious tenant for training and trying out.", no_args_is_help=True)


@app.command()
def build(
    force: Annotated[bool, typer.Option(help="Build again even if it is there and up to date.")] = False,
    districts: Annotated[int | None, typer.Option(help="A larger sandbox: how many districts in all.")] = None,
    students: Annotated[int | None, typer.Option(help="A larger sandbox: how many students in all.")] = None,
    into: Annotated[Path | None, typer.Option(help="The file of the larger sandbox; replaced if it is there.")] = None,
) -> None:
    """Build the sandbox's database: always the same fictitious data."""
    larger = (districts, students, into)
    if any(larger):
        if districts is None or students is None or into is None:
            raise Failure("--districts, --students and --into go together: the sandbox itself has one size")
        from seeds.places import places
        from seeds.sandbox import Size

        try:
            places(districts, students)
        except ValueError as error:
            raise Failure(str(error)) from error
        _build_file(into, Size(districts, students))
    elif not build_sandbox(force=force):
        typer.echo("The sandbox is there and up to date.")


@app.command()
def describe(
    file: Annotated[Path | None, typer.Option(help="A larger sandbox's file, not the sandbox.", exists=True)] = None,
) -> None:
    """Tell what is in the sandbox, and how near it comes to what is published of the state."""
    from rich.console import Console

    from commands.database import SANDBOX, ask
    from commands.description import described
    from models.database import Database
    from seeds.calibration import contents

    async def of_file(path: Path) -> "Contents":
        database = Database(f"sqlite:///{path}")
        try:
            return await database.run(contents)
        finally:
            await database.close()

    found = asyncio.run(of_file(file)) if file else ask(SANDBOX, lambda database: database.run(contents))
    console = Console()
    for part in described(found):
        console.print(part)


def build_sandbox(*, force: bool = False) -> bool:
    """Build the sandbox's database where it is missing or out of date; whether that was needed."""
    import migrations
    from settings import settings

    path = settings().sandbox_path
    if not force and asyncio.run(migrations.is_current(f"sqlite:///{path}")):
        return False
    _build_file(path)
    return True


def _build_file(path: Path, size: "Size | None" = None) -> None:
    """Build into a file that replaces the one before when it is complete, showing how far and how fast."""
    import migrations
    from seeds.sandbox import build

    begun = time.monotonic()
    stored = 0
    with _bar() as bar:
        task = bar.add_task("Building the sandbox", total=1.0, rows=0, rate=0)

        def progress(share: float, rows: int) -> None:
            nonlocal stored
            stored = rows
            bar.update(task, completed=share, rows=rows, rate=rows / (time.monotonic() - begun))

        asyncio.run(migrations.create_file(path, lambda session: build(session, progress=progress, size=size)))
    seconds = time.monotonic() - begun
    typer.echo(f"{path}: {stored:,} rows in {seconds:.0f} s, {stored / seconds:,.0f} rows/s{_peak()}", err=True)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _peak() -> str:
    """The most memory the process had, where the system tells."""
    try:
        import resource
    except ImportError:
        return ""
    import sys

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return f", {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit} MB of memory at most"
