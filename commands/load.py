"""Loading files into a tenant."""

from pathlib import Path
from typing import Annotated

import typer

from commands.database import TenantName, ask


def load(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, folders, zip archives; formats are recognised.", exists=True)
    ],
    tenant: TenantName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
) -> None:
    """Load organizations, subjects, packages, results and groups; a bad file is left out and named."""
    from rich.console import Console
    from rich.progress import Progress

    from ingest.load import Status
    from ingest.load import load as load_files

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Loading", total=None)

        def progress(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total)

        report = ask(tenant, lambda database: load_files(database, paths, dry_run=dry_run, progress=progress))
    typer.echo(", ".join(f"{report.count(status)} {status.lower().replace('_', ' ')}" for status in Status))
    for what, count in sorted(report.totals().items()):
        typer.echo(f"{count:8} {what}")
    for problem in report.problems:
        typer.echo(f"cers: {problem}", err=True)
    if report.problems:
        raise typer.Exit(2)
