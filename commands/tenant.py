"""A tenant's tables, settings, school year and state."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.database import SANDBOX, TenantName, store, tenant_named
from commands.failure import Failure, told

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(invoke_without_command=True)


def migrate(tenant: TenantName = None) -> None:
    """Create or bring up to date a tenant's tables."""
    import migrations

    name, url = tenant_named(tenant)
    asyncio.run(migrations.upgrade(url))
    typer.echo(f"{name}: {migrations.newest()}")


@app.callback()
def change_tenant(
    context: typer.Context,
    tenant: TenantName = None,
    name: Annotated[str | None, typer.Option(help="Name shown to viewers.")] = None,
    school_year: Annotated[int | None, typer.Option(help="The year it ends in; required the first time.")] = None,
    tested_elsewhere: Annotated[
        bool | None, typer.Option(help="Whether a student's school sees results of other schools.")
    ] = None,
    group_years: Annotated[str | None, typer.Option(help="CURRENT or ALL: whose groups open results.")] = None,
    field_policy: Annotated[Path | None, typer.Option(help="JSON file: who sees which fields.", exists=True)] = None,
) -> None:
    """Set up a tenant, or change its settings; shows them."""
    if context.invoked_subcommand:
        if any(value is not None for value in context.params.values()):
            raise Failure(f"options of {context.invoked_subcommand!r} come after its name")
        return
    from ingest.access import set_tenant, tenant_of
    from ingest.field_policy import read_field_policy

    given = {
        "name": name,
        "school_year": school_year,
        "tested_elsewhere": tested_elsewhere,
        "group_years": group_years and group_years.upper(),
        "field_policy": field_policy and read_field_policy(field_policy.read_bytes(), field_policy.name),
    }

    def change(session: "Session") -> list[str]:
        if any(value is not None for value in given.values()):
            set_tenant(session, **given)  # type: ignore[arg-type]
        stored = tenant_of(session)
        return [f"{setting}: {getattr(stored, setting)}" for setting in given]

    typer.echo("\n".join(store(tenant, change)))


@app.command()
def rollover(
    school_year: Annotated[int, typer.Argument(help="The new school year: the year it ends in.")],
    tenant: TenantName = None,
) -> None:
    """Move a tenant to another school year; everybody who came by single sign-on signs in again."""
    from ingest.access import roll_over, tenant_of

    def change(session: "Session") -> int:
        roll_over(session, school_year)
        return tenant_of(session).school_year

    typer.echo(f"school_year: {store(tenant, change)}")


def check(tenant: TenantName = None) -> None:
    """Check the settings, and that every tenant's database answers, is up to date and set up."""
    from ingest.access import tenant_of
    from settings import settings

    names = [tenant] if tenant else [*settings().tenants, *([SANDBOX] if settings().sandbox else [])]
    problems = []
    for name in names:
        try:
            store(name, tenant_of)
            typer.echo(f"{name}: ready")
        except Exception as error:
            problems += told(error)
    if problems:
        raise Failure("\n".join(problems))
