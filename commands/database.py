"""How a command finds the tenant it is meant for, and asks its database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from commands.failure import Failure

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.database import Database

SANDBOX = "sandbox"
HOW_TO_ADD = "CERS_TENANTS__NAME__DATABASE and CERS_TENANTS__NAME__KEY add one"
T = TypeVar("T")

TenantName = Annotated[
    str | None, typer.Option("--tenant", help="Tenant by name; `sandbox` is one. Without it: the only other one.")
]


def tenant_named(name: str | None) -> tuple[str, str]:
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


def ask(tenant: str | None, question: "Callable[[Database], Awaitable[T]]") -> T:
    """The answer to `question` by the tenant's database, which has to be up to date."""
    import migrations
    from models.database import Database

    name, url = tenant_named(tenant)

    async def run() -> T:
        if not await migrations.is_current(url):
            raise Failure(_outdated(name))
        database = Database(url)
        try:
            return await question(database)
        finally:
            await database.close()

    return asyncio.run(run())


def store(tenant: str | None, work: "Callable[[Session], T]") -> T:
    """Do `work` in one transaction of the tenant's database."""
    return ask(tenant, lambda database: database.run(work))


def _outdated(name: str) -> str:
    remedy = "cers sandbox build" if name == SANDBOX else f"cers migrate --tenant {name}"
    return f"tenant {name!r}: its database is missing or out of date: run `{remedy}`"
