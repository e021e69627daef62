"""The `cers` command, one file per noun; `cli.py` is its door.

Trap: `cers --help` has to come quickly, so what is heavy is imported inside the functions that use it.
"""

import typer

from commands import access, contract, load, sandbox, serve, tenant

app = typer.Typer(
    help="California Educator Reporting System.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command()(serve.serve)
app.add_typer(sandbox.app, name="sandbox")
app.command()(tenant.migrate)
app.command()(load.load)
app.add_typer(tenant.app, name="tenant")
app.command()(access.grant)
app.command()(access.availability)
app.command()(access.token)
app.command()(access.explain)
app.command("schema")(contract.print_schema)
app.command()(tenant.check)
