"""The scope of each viewer, decided once and kept for a short while; stored grants are read from the grant table."""

import time
from collections import OrderedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

import models
from models.database import Database
from models.reference import Reference
from policies.identity import Grant, Viewer
from policies.scope import Scope, decide

KEPT_SECONDS = 2.0
"""How long a change of stored grants may take to be seen."""
MOST_KEPT = 10_000


class Scopes:
    """Scopes of one tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[tuple[Viewer, int], tuple[Scope, float]] = OrderedDict()

    async def of(self, viewer: Viewer, reference: Reference) -> Scope:
        """What the viewer may reach now."""
        key = (viewer, reference.version)
        kept = self._kept.get(key)
        if kept is not None and (viewer.grants is not None or time.monotonic() - kept[1] < KEPT_SECONDS):
            self._kept.move_to_end(key)
            return kept[0]
        grants = viewer.grants if viewer.grants is not None else await self._stored(viewer)
        scope = decide(viewer, grants, reference)
        self._kept[key] = (scope, time.monotonic())
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return scope

    async def _stored(self, viewer: Viewer) -> list[Grant]:
        def read(session: Session) -> list[Grant]:
            rows = session.scalars(select(models.Grant).where(models.Grant.login == viewer.login))
            return [Grant(row.role, row.level, row.organization, row.school_year) for row in rows]

        return await self._database.run(read)
