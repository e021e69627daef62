"""What every factory is made of, and `store`, which inserts the rows that factories built."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Generic, TypeVar, cast

import factory
from sqlalchemy.orm import Session

from models import Base

SCHOOL_YEAR = 2026
MOMENT = datetime(2026, 5, 12, 17, 3, tzinfo=UTC)
Row = TypeVar("Row", bound=Base)


class RowFactory(factory.Factory, Generic[Row]):  # type: ignore[misc]
    """Builds rows of one table; nothing is stored."""

    class Meta:
        abstract = True

    @classmethod
    def build(cls, **values: Any) -> Row:
        """A new row: the given columns and parents, defaults for the rest."""
        return cast(Row, super().build(**values))


def store(session: Session, *rows: Base) -> None:
    """Insert rows of any tables, parents first: there are no relationships from which a flush could tell."""
    place = {table.name: number for number, table in enumerate(Base.metadata.sorted_tables)}
    for _, alike in groupby(sorted(rows, key=lambda row: place[row.__tablename__]), key=type):
        session.add_all(alike)
        session.flush()


def columns(row: Base) -> dict[str, Any]:
    """The columns of a row that a factory built, for a bulk insert."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
