"""The `cers` command: serve, sandbox build, migrate, load, tenant, grant, availability, token, explain, schema, check.

Trap: `main` puts the rooms on the path first, so everything of ours is imported inside the functions that use it.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID
    from sqlalchemy.orm import Session

    from models.database import Database

HERE = Path(__file__).resolve().parent
SANDBOX = "sandbox"
HOW_TO_ADD = "CERS_TENANTS__NAME__DATABASE and CERS_TENANTS__NAME__KEY add one"
T = TypeVar("T")

app = typer.Typer(
    help="California Educator Reporting System.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sandbox = typer.Typer(help="The fictitious tenant for training and trying out.", no_args_is_help=True)
app.add_typer(sandbox, name=SANDBOX)

TenantName = Annotated[
    str | None, typer.Option("--tenant", help="Tenant by name; `sandbox` is one. Without it: the only other one.")
]


class Failure(Exception):
    """What the operator has to know, told as it is."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an expected failure is told in plain lines and ends with exit code 2.

    `python -X dev cli.py ...` shows the trace instead.
    """
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    try:
        app(arguments)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        for line in _told(error):
            typer.echo(f"cers: {line}", err=True)
        sys.exit(2)


@app.command()
def serve() -> None:
    """Serve every tenant; builds the sandbox first where it is missing or out of date."""
    import socket

    import uvicorn

    from settings import settings

    setup = settings()
    if setup.sandbox:
        _build_sandbox()

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                typer.echo(_first_question(f"http://{setup.host}:{setup.port}"))

    try:
        listening = socket.create_server((setup.host, setup.port))
    except OSError as error:
        raise Failure(f"{setup.host}:{setup.port}: {error.strerror}; set CERS_HOST or CERS_PORT") from error
    Announcing(uvicorn.Config("server:create_app", factory=True, log_level="warning", access_log=False)).run(
        [listening]
    )


@sandbox.command()
def build(force: Annotated[bool, typer.Option(help="Build again even if it is there and up to date.")] = False) -> None:
    """Build the sandbox's database: always the same fictitious data."""
    if not _build_sandbox(force=force):
        typer.echo("The sandbox is there and up to date.")


@app.command()
def migrate(tenant: TenantName = None) -> None:
    """Create or bring up to date a tenant's tables."""
    import migrations

    name, url = _tenant(tenant)
    asyncio.run(migrations.upgrade(url))
    typer.echo(f"{name}: {migrations.newest()}")


@app.command()
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

        report = _ask(tenant, lambda database: load_files(database, paths, dry_run=dry_run, progress=progress))
    typer.echo(", ".join(f"{report.count(status)} {status.lower().replace('_', ' ')}" for status in Status))
    for what, count in sorted(report.totals().items()):
        typer.echo(f"{count:8} {what}")
    for problem in report.problems:
        typer.echo(f"cers: {problem}", err=True)
    if report.problems:
        raise typer.Exit(2)


@app.command("tenant")
def change_tenant(
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

    typer.echo("\n".join(_store(tenant, change)))


@app.command()
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
    _store(tenant, add)
    typer.echo(f"{login} is {role} at {organization or level}")


@app.command()
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
    count = _store(
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


@app.command()
def token(
    login: str,
    minutes: Annotated[int, typer.Option(help="How long it lasts.", min=1)] = 60,
    tenant: TenantName = None,
) -> None:
    """Print a bearer token for a login, whose grants are the stored ones."""
    from policies.identity import Viewer, issue_token
    from settings import settings

    name, _ = _tenant(tenant)
    if name == SANDBOX:
        raise Failure("the sandbox gives its own tokens: POST /sandbox/sessions")
    key = settings().tenants[name].key.get_secret_value()
    viewer = Viewer(tenant=name, login=login.strip().lower(), grants=None)
    value, ends = issue_token(viewer, key, timedelta(minutes=minutes))
    typer.echo(f"valid until {ends:%Y-%m-%d %H:%M} UTC", err=True)
    typer.echo(value)


@app.command()
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
        viewer = Viewer(tenant=_tenant(tenant)[0], login=login.strip().lower(), grants=None)
        scope = await Scopes(database).of(viewer, await ReferenceSource(database).current())
        return await database.run(lambda session: reasons(session, scope, ssid))

    for step in _ask(tenant, chain):
        typer.echo(f"{'+' if step.opens else '-'} {step.subject}: {step.reason}")


@app.command("schema")
def print_schema(
    check: Annotated[bool, typer.Option("--check", help="Compare with schema/schema.graphql instead.")] = False,
) -> None:
    """Print the GraphQL contract (SDL)."""
    from schema import schema

    contract = schema.as_str() + "\n"
    committed = HERE / "schema" / "schema.graphql"
    if not check:
        typer.echo(contract, nl=False)
    elif not committed.exists() or committed.read_text(encoding="utf-8") != contract:
        raise Failure("schema/schema.graphql differs from the code: run `cers schema` into it and review the change")


@app.command()
def check(tenant: TenantName = None) -> None:
    """Check the settings, and that every tenant's database answers, is up to date and set up."""
    from ingest.access import tenant_of
    from settings import settings

    names = [tenant] if tenant else [*settings().tenants, *([SANDBOX] if settings().sandbox else [])]
    problems = []
    for name in names:
        try:
            _store(name, tenant_of)
            typer.echo(f"{name}: ready")
        except Exception as error:
            problems += _told(error)
    if problems:
        raise Failure("\n".join(problems))


def _tenant(name: str | None) -> tuple[str, str]:
    """The tenant meant, and the URL of its database."""
    from settings import settings

    known = settings().tenants
    if name is None and len(known) != 1:
        raise Failure(f"name a tenant with --tenant: {', '.join([*known, SANDBOX])} ({HOW_TO_ADD})")
    name = name or next(iter(known))
    if name == SANDBOX:
        return name, f"sqlite:///{settings().sandbox_path}"
    if name not in known:
        raise Failure(f"tenant {name!r}: unknown ({HOW_TO_ADD})")
    return name, known[name].database


def _ask(tenant: str | None, question: "Callable[[Database], Awaitable[T]]") -> T:
    """The answer to `question` by the tenant's database, which has to be up to date."""
    import migrations
    from models.database import Database

    name, url = _tenant(tenant)

    async def run() -> T:
        if not await migrations.is_current(url):
            raise Failure(_outdated(name))
        database = Database(url)
        try:
            return await question(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _store(tenant: str | None, work: "Callable[[Session], T]") -> T:
    """Do `work` in one transaction of the tenant's database."""
    return _ask(tenant, lambda database: database.run(work))


def _outdated(name: str) -> str:
    remedy = "cers sandbox build" if name == SANDBOX else f"cers migrate --tenant {name}"
    return f"tenant {name!r}: its database is missing or out of date: run `{remedy}`"


def _build_sandbox(*, force: bool = False) -> bool:
    """Build the sandbox's database where it is missing or out of date; whether that was needed."""
    from rich.console import Console
    from rich.progress import Progress

    import migrations
    from seeds.sandbox import build
    from settings import settings

    path = settings().sandbox_path
    if not force and asyncio.run(migrations.is_current(f"sqlite:///{path}")):
        return False
    with Progress(console=Console(stderr=True)) as bars:
        stages: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage)
            bars.update(stages[stage], completed=done, total=total)

        asyncio.run(migrations.create_file(path, lambda session: build(session, progress=progress)))
    return True


def _first_question(address: str) -> str:
    return f"""CERS answers at {address}

Ask the first question, as a teacher of the sandbox:

  JSON='Content-Type: application/json'
  TOKEN=$(curl -s {address}/sandbox/sessions -H "$JSON" -d '{{"role": "TEACHER"}}' | cut -d'"' -f4)
  curl -s {address}/graphql -H "$JSON" -H "Authorization: Bearer $TOKEN" \\
    -d '{{"query": "{{ groups(first: 3) {{ nodes {{ name studentCount }} }} }}"}}'
"""


def _told(error: Exception) -> list[str]:
    """The lines an operator reads instead of a trace."""
    from pydantic import ValidationError

    from ingest.problem import Rejected
    from policies.errors import CersError

    if isinstance(error, Rejected):
        return [str(problem) for problem in error.problems]
    if isinstance(error, ValidationError):
        return [f"settings: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    if isinstance(error, Failure | CersError):
        return str(error).splitlines()
    return [f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"]


if __name__ == "__main__":
    main()
