"""Every statement that reaches a tenant's database, by either path, with its values."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event

import models.reference
from resolvers.context import Tenant

Statements = list[tuple[str, Any]]


@asynccontextmanager
async def overheard(tenant: Tenant) -> AsyncIterator[Statements]:
    """The statements run inside, in order, as (text, values); reference data is not renewed meanwhile."""
    heard: Statements = []
    await tenant.reference.current()
    reader, engine = tenant.database.reader, tenant.database.engine.sync_engine
    fetch = reader.fetch

    async def listening(sql: str, values: Any, *given: Any, **named: Any) -> Any:
        heard.append((sql, values))
        return await fetch(sql, values, *given, **named)

    def told(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        heard.append((statement, values))

    event.listen(engine, "before_cursor_execute", told)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "fetch", listening)
        patch.setattr(models.reference, "RENEWAL_SECONDS", 3600)
        try:
            yield heard
        finally:
            event.remove(engine, "before_cursor_execute", told)


def texts(heard: Statements) -> list[str]:
    """The statements without their values."""
    return [statement for statement, _ in heard]
