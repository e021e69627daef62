"""Adds or changes rows of reference data and counts what really changed."""

from collections import Counter
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from models import Base
from models.ids import new_id

Row = TypeVar("Row", bound=Base)


class Upsert:
    """Counts by `<table> added` and `<table> changed`. Trap: flush parents before children; rows know no relations."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.counts: Counter[str] = Counter()

    def put(self, model: type[Row], row: Row | None, **values: Any) -> Row:
        """Give `row` the values, or add a new row of `model` with them (and a new id if the table has one)."""
        if row is None:
            identity = {"id": new_id()} if "id" in inspect(model).columns else {}
            row = model(**identity, **values)
            self.session.add(row)
            self.counts[f"{model.__tablename__} added"] += 1
            return row
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            self.counts[f"{model.__tablename__} changed"] += 1
        return row

    def flush(self) -> None:
        """Write what was put so far."""
        self.session.flush()
