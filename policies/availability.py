"""Availability asked about directly: how far results are out, from the table of states and never from results."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

import models


def unreleased_districts(session: Session, districts: Collection[int], wanted: Collection[tuple[int, int]]) -> int:
    """How many of the districts have some (school year, program id) of `wanted` not released for aggregates."""
    table = models.Availability
    released = session.execute(
        select(table.district_id, table.school_year, table.program_id).where(
            table.aggregate == "RELEASED", table.school_year.in_({year for year, _ in wanted})
        )
    )
    out: dict[int, set[tuple[int, int]]] = {}
    for district, year, program in released:
        out.setdefault(district, set()).add((year, program))
    return sum(1 for district in districts if not set(wanted) <= out.get(district, set()))
