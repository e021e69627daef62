"""Imports student groups from CSV, for the command line and for a viewer: parse -> check -> apply."""

import asyncio
from collections import Counter

from sqlalchemy.orm import Session

from ingest.attempts import attempt
from ingest.group_changes import Applied, apply
from ingest.groups import GroupRows, check, parse
from ingest.importer import OPERATOR, importer_of
from ingest.problem import rejected
from models.database import Database
from models.reference import load_reference
from policies.scope import Scope

CSV = "csv"
MOST_BYTES = 8 * 1024 * 1024


def load_groups(session: Session, file: str, content: bytes) -> Counter[str]:
    """Load one file for the command line. Returns what changed; raises `Rejected`."""
    groups = check(parse(content, file), load_reference(session), OPERATOR, file)
    return apply(session, groups, OPERATOR).counts


async def import_groups(database: Database, scope: Scope, content: bytes, *, dry_run: bool) -> Applied:
    """Import for a viewer, all or nothing; `dry_run` does the same and stores nothing.

    Raises `Rejected` with everything that is wrong.
    """
    if len(content) > MOST_BYTES:
        raise rejected(CSV, f"larger than {MOST_BYTES} bytes")
    importer = importer_of(scope)

    def read() -> list[GroupRows]:
        return check(parse(content, CSV), scope.reference, importer, CSV)

    groups = await asyncio.to_thread(read)

    def store(session: Session) -> Applied:
        applied = apply(session, groups, importer)
        if dry_run:
            session.rollback()
        return applied

    return await attempt(database, store)
