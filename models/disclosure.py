"""The disclosure log: who was shown results of which students, in what operation.

A log outlives what it tells of and nothing may keep an entry out, so it has no foreign keys. An entry is on disk
before its answer leaves (`models/journal.py`) and comes here a little later, perhaps twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Index, SmallInteger, bindparam, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.arrays import keys_parameters, keys_table
from models.base import Base, Id, Instant, Text
from models.ids import first_id_at

LONGEST = 255
INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Disclosure(Base):
    """One answer that held results of a district's students, or entries of this log about the district. An answer
    about several districts has the same id in each."""

    __tablename__ = "disclosure"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    list_id: Mapped[int] = mapped_column(Id)
    """Where the students are listed. Answers with the same students share a list, and so does a bulk output with itself
    when it is served again."""
    served_at: Mapped[datetime] = mapped_column(Instant)
    school_year: Mapped[int] = mapped_column(SmallInteger)
    """The tenant's school year at that moment."""
    login: Mapped[str] = mapped_column(Text(LONGEST))
    operation: Mapped[str | None] = mapped_column(Text(LONGEST))
    document: Mapped[str] = mapped_column(Text(64))
    """SHA-256 of the document's text, in hexadecimal."""
    of_log: Mapped[bool]
    """The answer held entries of this log."""
    __table_args__ = (
        Index("ix_disclosure_served_at", "district_id", "served_at"),
        Index("ix_disclosure_login", "login"),
        Index("ix_disclosure_list", "district_id", "list_id"),
        {"sqlite_with_rowid": False},
    )


class DisclosureStudent(Base):
    """A student of a list: one whose results, taken in the district, were served."""

    __tablename__ = "disclosure_student"
    district_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    list_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    student_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    __table_args__ = (
        Index("ix_disclosure_student_student", "student_id"),
        {"sqlite_with_rowid": False},
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer, as the journal keeps it. `students`: whose results were served, by district; none listed where the
    log was read, or where an earlier entry listed them under the same `list_id`."""

    id: int
    served_at: datetime
    school_year: int
    login: str
    operation: str | None
    document: str
    students: Mapping[int, Sequence[int]]
    of_log: bool = False
    list_id: int | None = None

    def written(self) -> bytes:
        return orjson.dumps(self, option=orjson.OPT_NON_STR_KEYS)

    @classmethod
    def read(cls, written: bytes) -> "Entry":
        fields = orjson.loads(written)
        fields["served_at"] = datetime.fromisoformat(fields["served_at"])
        fields["students"] = {int(district): listed for district, listed in fields["students"].items()}
        return cls(**fields)


def list_key(students: Mapping[int, Sequence[int]]) -> bytes:
    """Equal for the same students of the same districts, in whatever order."""
    listed = {district: sorted(of_district) for district, of_district in students.items()}
    return blake2b(orjson.dumps(listed, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS), digest_size=16).digest()


def store(session: Session, entries: Iterable[Entry]) -> None:
    """Put entries into the tables, one row per district; those that are there stay as they are."""
    disclosures, lists = [], []
    for entry in entries:
        columns = _columns(entry)
        for district, students in entry.students.items():
            disclosures.append({"district_id": district, **columns})
            if students:
                lists.append((district, columns["list_id"], students))
    _insert(session, disclosures, lists)


def _insert(
    session: Session, disclosures: Sequence[Mapping[str, object]], lists: Sequence[tuple[int, int, Sequence[int]]]
) -> None:
    dialect = session.get_bind().dialect.name
    if disclosures:
        session.execute(INSERT[dialect](Disclosure.__table__).on_conflict_do_nothing(), disclosures)
    if lists:
        keys = keys_table({"student_id": Id}, dialect)
        rows = select(bindparam("of_district", type_=Id), bindparam("of_list", type_=Id), keys.c.student_id)
        rows = rows.where(keys.c.student_id.is_not(None))  # or SQLite would take ON CONFLICT for a join's ON
        insert = INSERT[dialect](DisclosureStudent.__table__).from_select(
            ["district_id", "list_id", "student_id"], rows
        )
        given = [
            {"of_district": district, "of_list": list_id, **keys_parameters(["student_id"], students, dialect)}
            for district, list_id, students in lists
        ]
        session.execute(insert.on_conflict_do_nothing(), given)


def forget(session: Session, before: datetime) -> None:
    """Delete what was served before a moment; a list stays as long as a disclosure refers to it."""
    oldest = first_id_at(before)
    needed = exists().where(
        Disclosure.district_id == DisclosureStudent.district_id, Disclosure.list_id == DisclosureStudent.list_id
    )
    for district in session.scalars(select(Disclosure.district_id).distinct()).all():
        session.execute(delete(Disclosure).where(Disclosure.district_id == district, Disclosure.id < oldest))
        old_lists = (DisclosureStudent.district_id == district, DisclosureStudent.list_id < oldest)
        session.execute(delete(DisclosureStudent).where(*old_lists, ~needed))


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "list_id": entry.list_id or entry.id,
        "served_at": entry.served_at,
        "school_year": entry.school_year,
        "login": _storable(entry.login),
        "operation": None if entry.operation is None else _storable(entry.operation),
        "document": entry.document,
        "of_log": entry.of_log,
    }


def _storable(text: str) -> str:
    """What a text column of any database takes: an entry is never refused."""
    return text.replace("\x00", "\ufffd")[:LONGEST]
