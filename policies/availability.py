"""Availability: who may change a state, its history, and how far results are out; never read from results."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import models
from models.ids import new_id
from policies.permission import Permission

Key = tuple[int, int, int]
"""School year, district id, program id."""

WRITE, REVIEW = Permission.AVAILABILITY_WRITE, Permission.AVAILABILITY_REVIEW
STEPS: Mapping[frozenset[str], frozenset[Permission]] = {
    frozenset({"LOADING", "REVIEWING"}): frozenset({WRITE}),
    frozenset({"REVIEWING", "RELEASED"}): frozenset({REVIEW, WRITE}),
}
"""Steps that a viewer may take, either way, with any of the permissions over the district (product.md: Visibility).
There is no step between LOADING and RELEASED: what is released was reviewed before, and the history shows it."""


def set_states(
    session: Session,
    keys: Collection[Key],
    wanted: Mapping[str, str],
    by: str,
    permit: Callable[[list[models.AvailabilityChange]], None] | None = None,
) -> list[models.AvailabilityChange]:
    """Give every key the wanted status of each report (INDIVIDUAL, AGGREGATE); returns what history keeps of it.

    `permit` is shown the changes before any is stored, and raises to stop them all.
    """
    _one_at_a_time(session)
    stored = _stored(session, keys)
    changed: dict[str, Any] = {"changed_at": datetime.now(UTC).replace(microsecond=0), "changed_by": by}
    changes = [
        models.AvailabilityChange(id=new_id(), **_columns(key), report=report, before=before, after=after, **changed)
        for key in dict.fromkeys(keys)
        for report, after in wanted.items()
        if (before := getattr(stored.get(key), report.lower(), "LOADING")) != after
    ]
    if permit is not None:
        permit(changes)
    for change in changes:
        key = (change.school_year, change.district_id, change.program_id)
        row = stored.get(key) or stored.setdefault(key, _loading(key))
        for column, value in {change.report.lower(): change.after, **changed}.items():
            setattr(row, column, value)
    session.add_all([*stored.values(), *changes])
    session.flush()
    return changes


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


def _one_at_a_time(session: Session) -> None:
    """Wait for whoever else changes states, so that each change begins where the last one ended. SQLite knows no locks
    of rows: a write that changes nothing serves both databases."""
    session.execute(update(models.Tenant).values(name=models.Tenant.name))


def _stored(session: Session, keys: Collection[Key]) -> dict[Key, models.Availability]:
    table = models.Availability
    years, districts, programs = (set(part) for part in zip(*keys, strict=True)) if keys else (set(), set(), set())
    rows = session.scalars(
        select(table).where(
            table.school_year.in_(years), table.district_id.in_(districts), table.program_id.in_(programs)
        )
    )
    return {(row.school_year, row.district_id, row.program_id): row for row in rows}


def _loading(key: Key) -> models.Availability:
    """What a key without a row stands for."""
    return models.Availability(**_columns(key), individual="LOADING", aggregate="LOADING")


def _columns(key: Key) -> dict[str, int]:
    return dict(zip(("school_year", "district_id", "program_id"), key, strict=True))
