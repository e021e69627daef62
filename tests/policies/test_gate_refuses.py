"""The gate refuses whatever it cannot vouch for: text, tables without a rule, changes, and forms it does not know."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    join,
    lambda_stmt,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
    update,
    values,
)
from sqlalchemy.orm import aliased, load_only

from models import (
    Base,
    District,
    Grant,
    Level,
    Result,
    School,
    Student,
    Tenant,
)
from models.database import Database
from policies.errors import Ungated
from policies.gate import Admitted, Gate
from policies.identity import Grant as Granted
from policies.identity import Viewer
from policies.rows import OPEN_TABLES, ROW_RULES
from policies.scope import decide
from tests.policies.places import OAK, reference

FOREIGN = MetaData()


class Closed:
    """The gate of an empty database as a teacher finds it: nothing here is ever run."""

    def __init__(self, url: str) -> None:
        grant = Granted("TEACHER", "SCHOOL", OAK.natural_id, 2026)
        self.gate = Gate(Database(url))
        self.scope = decide(Viewer("test", "teacher@example.org"), [grant], reference())

    def admit(self, statement: Any) -> Admitted:
        return self.gate.admit(statement, self.scope)


@pytest.fixture
def closed(sqlite_url: str) -> Closed:
    return Closed(sqlite_url)


REFUSED: dict[str, Callable[[], Any]] = {
    "a text as a column": lambda: select(text("1")),
    "a text as a condition": lambda: select(Student.id).where(text("1 = 1")),
    "a text as an order": lambda: select(Student.id).order_by(text("1")),
    "a text as a source": lambda: select(column("id")).select_from(text("student")),
    "a text below an alias": lambda: select(Student.id).where(exists(select(text("1")).select_from(aliased(Student)))),
    "a text as a statement": lambda: text("SELECT ssid FROM student"),
    "columns of a text": lambda: select(text("SELECT id FROM student").columns(column("id")).subquery().c.id),
    "a name as an order": lambda: select(Student.id).order_by("ssid"),
    "a literal column": lambda: select(literal_column("ssid")).select_from(Student),
    "a literal column in a condition": lambda: select(Student.id).where(literal_column("1") == 1),
    "a prefix": lambda: select(Student.ssid).prefix_with("ALL"),
    "a suffix": lambda: select(Student.ssid).suffix_with("UNION SELECT ssid FROM student"),
    "a hint": lambda: select(Student.ssid).with_hint(Student, "ONLY"),
    "a statement hint": lambda: select(Student.ssid).with_statement_hint("UNION SELECT ssid FROM student"),
    "a lock": lambda: select(Student.ssid).with_for_update(),
    "loader options": lambda: select(Student).options(load_only(Student.ssid)),
    "an operator of one's own": lambda: select(Student.id).where(Student.ssid.op("= '' OR 1 = 1 OR ''")("")),
    "tenant settings": lambda: select(Tenant.name),
    "stored grants": lambda: select(Grant.login),
    "stored grants in a condition": lambda: select(Student.id).where(exists().where(Grant.school_year == 2026)),
    "levels joined": lambda: select(Result.id).join(Level, Level.number == Result.level),
    "a table of no model": lambda: select(table("student", column("ssid")).c.ssid),
    "a table of other models": lambda: select(Table("student", FOREIGN, Column("ssid"), extend_existing=True).c.ssid),
    "an open table's namesake": lambda: select(Table("district", FOREIGN, Column("ssid"), schema="other").c.ssid),
    "a statement of its own": lambda: select(Student).from_statement(text("SELECT * FROM student")),
    "an ORM statement around a select": lambda: select(Student).from_statement(select(Student)),
    "a lambda": lambda: lambda_stmt(lambda: select(Student.id)),
    "an outer join to students": lambda: select(Result.id).outerjoin(Student, Student.id == Result.student_id),
    "an outer join to an alias": lambda: select(District.id).outerjoin(aliased(Student), true()),
    "an outer join below a join": lambda: select(District.id).select_from(
        join(District, join(School, Student, true()), true(), isouter=True)
    ),
    "a join in brackets": lambda: select(Student.ssid).select_from(
        join(District, join(School, Student, true()), true())
    ),
    "a full join": lambda: select(School.id).join(Student, true(), full=True),
    "an outer join in a subquery": lambda: select(
        select(School.id).outerjoin(Student, Student.current_school_id == School.id).subquery().c.id
    ),
    "a common table expression": lambda: select(select(Student.ssid).cte().c.ssid),
    "a common table expression beside": lambda: select(School.id).add_cte(select(Student.ssid).cte("beside")),
    "a change in a common table expression": lambda: select(delete(Student).returning(Student.ssid).cte().c.ssid),
    "a lateral subquery": lambda: select(School.id, select(Student.ssid).lateral().c.ssid),
    "a sample": lambda: select(aliased(Student, Student.__table__.tablesample(50)).ssid),
    "a list of values": lambda: select(values(column("ssid", Integer)).data([(1,)])),
    "a list in a condition": lambda: select(Student.id).where(Student.id.in_([1, 2])),
    "an expanding parameter": lambda: select(Student.id).where(Student.id.in_(bindparam("ids", expanding=True))),
    "a parameter written into the text": lambda: select(literal("x", literal_execute=True)).select_from(School),
    "another function": lambda: select(func.lower(Student.ssid)),
    "a function that runs SQL": lambda: select(func.query_to_xml("SELECT * FROM student", True, False, "")),
    "a function as a source": lambda: select(func.pg_ls_dir("/").table_valued("name").c.name),
    "an insert": lambda: insert(Student).values(id=1),
    "an update": lambda: update(Student).values(first_name="X"),
    "a delete": lambda: delete(Student),
    "a table": lambda: Student.__table__,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_gate_cannot_vouch_for_is_refused(closed: Closed, name: str) -> None:
    with pytest.raises(Ungated):
        closed.admit(REFUSED[name]())


@pytest.mark.parametrize("model", Base.metadata.sorted_tables, ids=str)
def test_a_table_is_ruled_or_open_or_refused(closed: Closed, model: Table) -> None:
    statement = select(*model.primary_key.columns)
    if model.name in OPEN_TABLES or model.name in ROW_RULES:
        assert ("WHERE" in closed.admit(statement).sql) is (model.name in ROW_RULES)
    else:
        with pytest.raises(Ungated, match=f"table {model.name} has no rule"):
            closed.admit(statement)


def test_no_table_is_both_ruled_and_open() -> None:
    assert not OPEN_TABLES & set(ROW_RULES)
    assert set(ROW_RULES) | OPEN_TABLES <= set(Base.metadata.tables)


def test_an_admitted_statement_is_not_admitted_again(closed: Closed) -> None:
    statement = select(Student.ssid)
    closed.admit(statement)
    with pytest.raises(Ungated, match="admitted before"):
        closed.admit(statement)


def test_a_part_of_an_admitted_statement_is_not_admitted_again(closed: Closed) -> None:
    part = select(Student.ssid)
    closed.admit(part)
    with pytest.raises(Ungated, match="admitted before"):
        closed.admit(select(part.subquery().c.ssid))
