"""Alembic's entry: runs revisions on the connection that `migrations.upgrade` hands over.

A developer drafting a revision names a scratch database instead: `alembic -x url=sqlite:///scratch.sqlite3 revision
--autogenerate -m "..."`.
"""

import asyncio

from alembic import context
from sqlalchemy import Connection

from models import Base
from models.database import Database


def run(connection: Connection) -> None:
    """Run the revisions; who opened the connection commits."""
    context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_on(url: str) -> None:
    """Run the revisions on a database named by URL."""
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await database.close()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(run_on(context.get_x_argument(as_dictionary=True)["url"]))
