"""The second wall: on PostgreSQL a read meets rows of its viewer's districts only, whatever the gate lets through.

Row-level security holds for the role that reads, `OWNER_reader`, which may do nothing else. A read is preceded by its
viewer's opening; without one it meets no row. The owner of the tables, who loads and migrates, is not held back.
Students are a reference table: they are left to the gate, and so is all of SQLite.
Trap: a setting that a session once had reads as empty text, not as null.
Trap: settings are read in subselects, once a statement; read in the open, they would be parsed for every row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, MetaData, event, inspect, text

from models.base import Base

READER = "SELECT pg_get_userbyid(relowner) || '_reader' FROM pg_class WHERE oid = to_regclass('result')"
"""Gives the name of the role that reads; no row where there are no tables."""


@dataclass(frozen=True)
class Opening:
    """What the wall lets through for one viewer: rows of `districts` (None: of all), results of students who are now
    in `current_districts`, groups that `login` owns or is assigned to."""

    districts: Sequence[int] | None = ()
    current_districts: Sequence[int] = ()
    login: str | None = None

    @cached_property
    def settings(self) -> str:
        """The commands that make it: all of it, so nothing of another is left. The login goes in hexadecimal: it cannot
        be taken for SQL."""
        settings = {
            "districts": "*" if self.districts is None else _listed(self.districts),
            "current_districts": _listed(self.current_districts),
            "login": (self.login or "").encode().hex(),
        }
        return "; ".join(f"SET cers.{name} = '{value}'" for name, value in settings.items())


def build(connection: Connection) -> None:
    """Raise the wall around its tables as far as they are there; what stood before is replaced.

    A revision that adds a table to WALLED or OPEN calls it again. Raises ValueError for a reader the wall cannot hold.
    """
    if connection.dialect.name != "postgresql" or (name := connection.scalar(text(READER))) is None:
        return
    _require_role(connection, name)
    reader = connection.dialect.identifier_preparer.quote(name)
    present = set(inspect(connection).get_table_names())
    for table in present.intersection((*WALLED, *OPEN)):
        connection.exec_driver_sql(f"GRANT SELECT ON {table} TO {reader}")
    for table in present.intersection(WALLED):
        rows = f"{STATEWIDE} OR {_among('district_id', 'districts')} OR {WALLED[table]}"
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS second_wall ON {table}")
        connection.exec_driver_sql(f"CREATE POLICY second_wall ON {table} FOR SELECT TO {reader} USING ({rows})")


@event.listens_for(Base.metadata, "after_create")
def _build_with_the_tables(_metadata: MetaData, connection: Connection, **_options: Any) -> None:
    build(connection)


def _require_role(connection: Connection, name: str) -> None:
    """Make the role that reads where the server has none."""
    known = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :name").bindparams(name=name)
    above = connection.scalar(known)
    if above:
        raise ValueError(f"role {name}: SUPERUSER or BYPASSRLS puts it above the second wall; take that from it")
    if above is None:
        role = connection.dialect.identifier_preparer.quote(name)
        connection.exec_driver_sql(f"CREATE ROLE {role} NOLOGIN")
        connection.exec_driver_sql(f"GRANT {role} TO CURRENT_USER")


def _listed(districts: Sequence[int]) -> str:
    return f"{{{','.join(f'{district:d}' for district in districts)}}}"


def _setting(name: str) -> str:
    return f"NULLIF(current_setting('cers.{name}', true), '')"


def _among(column: str, setting: str) -> str:
    return f"{column} = ANY ((SELECT NULLIF({_setting(setting)}, '*')::bigint[])::bigint[])"


def _with(owner: str, key: str, table: str) -> str:
    """The row that it belongs to is let through."""
    return f"EXISTS (SELECT FROM {owner} o WHERE o.district_id = {table}.district_id AND o.id = {table}.{key})"


STATEWIDE = f"(SELECT {_setting('districts')} = '*')"
LOGIN = f"(SELECT convert_from(decode({_setting('login')}, 'hex'), 'UTF8'))"
ASSIGNED = f"""EXISTS (SELECT FROM group_educator e WHERE e.login = {LOGIN}
    AND e.district_id = student_group.district_id AND e.group_id = student_group.id)"""

WALLED: Mapping[str, str] = {
    "result": _among("current_district_id", "current_districts"),
    "sub_score": _with("result", "result_id", "sub_score"),
    "trait_score": _with("result", "result_id", "trait_score"),
    "target_score": _with("result", "result_id", "target_score"),
    "item_response": _with("result", "result_id", "item_response"),
    "student_group": f"owner_login = {LOGIN} OR {ASSIGNED}",
    "group_member": _with("student_group", "group_id", "group_member"),
    "pending_member": _with("student_group", "group_id", "pending_member"),
    "group_educator": f"login = {LOGIN}",
    "disclosure": "false",
    "disclosure_student": "false",
}
"""Tables behind the wall: their rows that are let through from outside the viewer's districts."""

OPEN = ("student", "district", "school", "subject", "program", "assessment", "availability", "availability_change")
"""Reference tables that are read as they are."""
