"""The GraphQL contract on paper."""

from pathlib import Path
from typing import Annotated

import typer

from commands.failure import Failure

ROOT = Path(__file__).resolve().parents[1]


def print_schema(
    reference: Annotated[bool, typer.Option("--reference", help="As a page to read, in Markdown.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Compare with what is committed instead.")] = False,
) -> None:
    """Print the GraphQL contract (SDL)."""
    from schema import schema
    from schema.reference import reference as page

    contract = page(schema._schema) if reference else schema.as_str() + "\n"
    committed = Path("docs/schema.md" if reference else "schema/schema.graphql")
    if not check:
        typer.echo(contract, nl=False)
    elif not (ROOT / committed).exists() or (ROOT / committed).read_text(encoding="utf-8") != contract:
        command = "cers schema --reference" if reference else "cers schema"
        raise Failure(f"{committed} differs from the code: run `{command}` into it and review the change")
