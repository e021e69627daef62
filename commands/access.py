"""Who may see what: stored grants, availability, tokens, and why."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from commands.database import SANDBOX, TenantName, ask, store, tenant_named
from commands.failure import Failure

if TYPE_CHECKING:
    from models.database import Database


def grant(
    login: str,
    role: Annotated[str, typer.Argument(help="A role such as TEACHER or DISTRICT_COORDINATOR.")],
    level: Annotated[str, typer.Option(help="TENANT, STATE, DISTRICT_GROUP, DISTRICT, SCHOOL_GROUP or SCHOOL.")],
    organization: Annotated[str, typer.Option(help="Its natural id, such as a 14-digit CDS code.")] = "",
    year: Annotated[int | None, typer.Option(help="School year; without it the tenant's.")] = None,
    tenant: TenantName = None,
) -> None:
    """Give a login a role at an organization for a school year."""
    from ingest.access import add_grant
    from policies.roles import known_roles, permissions_of

    role, level = role.upper(), level.upper()
    if role not in known_roles():
        raise Failure(f"role {role!r}: unknown; one of {', '.join(sorted(known_roles()))}")
    if not permissions_of(role, level):
        raise Failure(f"level {level!r}: {role} has no permission there")
    add = partial(add_grant, login=login, role=role, level=level, organization=organization, school_year=year)
    store(tenant, add)
    typer.echo(f"{login} is {role} at {organization or level}")


def availability(
    year: Annotated[int, typer.Option(help="School year.")],
    program: Annotated[str, typer.Option(help="Program by code, or `all`.")],
    district: Annotated[str, typer.Option(help="District by natural id, or `all`.")],
    status: Annotated[str, typer.Argument(help="LOADING, REVIEWING or RELEASED.")],
    report: Annotated[str, typer.Option(help="individual, aggregate or both.")] = "both",
    tenant: TenantName = None,
) -> None:
    """Hold back or release a program's summative results of a year."""
    from ingest.access import set_availability

    if report not in ("individual", "aggregate", "both"):
        raise Failure(f"report {report!r}: must be individual, aggregate or both")
    count = store(
        tenant,
        partial(
            set_availability,
            school_year=year,
            program_code=program,
            district_code=district,
            individual=None if report == "aggregate" else status.upper(),
            aggregate=None if report == "individual" else status.upper(),
            changed_by="command line",
        ),
    )
    typer.echo(f"{status.upper()}: {count} rows")


def token(
    login: str,
    minutes: Annotated[int, typer.Option(help="How long it lasts.", min=1)] = 60,
    tenant: TenantName = None,
) -> None:
    """Print a bearer token for a login, whose grants are the stored ones."""
    from policies.identity import Viewer, issue_token
    from settings import settings

    name, _ = tenant_named(tenant)
    if name == SANDBOX:
        raise Failure("the sandbox gives its own tokens: POST /sandbox/sessions")
    key = settings().tenants[name].key.get_secret_value()
    viewer = Viewer(tenant=name, login=login.strip().lower(), grants=None)
    value, ends = issue_token(viewer, key, timedelta(minutes=minutes))
    typer.echo(f"valid until {ends:%Y-%m-%d %H:%M} UTC", err=True)
    typer.echo(value)


def explain(
    login: Annotated[str, typer.Option("--as", help="The login that sees or does not see.")],
    ssid: Annotated[str, typer.Option("--student", help="The student, by SSID.")],
    tenant: TenantName = None,
) -> None:
    """Tell why a login sees a student and each result, or does not."""
    from models.reference import ReferenceSource
    from policies.explain import Step
    from policies.explain import explain as reasons
    from policies.identity import Viewer
    from policies.scoping import Scopes

    async def chain(database: "Database") -> list[Step]:
        viewer = Viewer(tenant=tenant_named(tenant)[0], login=login.strip().lower(), grants=None)
        scope = await Scopes(database).of(viewer, await ReferenceSource(database).current())
        return await database.run(lambda session: reasons(session, scope, ssid))

    for step in ask(tenant, chain):
        typer.echo(f"{'+' if step.opens else '-'} {step.subject}: {step.reason}")
