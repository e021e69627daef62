"""Who sees what: every cell of table.md, asked of the whole schema on both databases."""

import re

import pytest

from models import Base, District, School, Tenant
from models.database import Database
from seeds.factories import store
from tests.visibility.conftest import Asked
from tests.visibility.page import ANSWERED, LEGEND, TEXT
from tests.visibility.questions import QUESTIONS
from tests.visibility.world import WHO
from tests.worlds import ask, open_tenant

CELLS = [
    pytest.param(row["who"], question, cell, id=f"{question}-{row['who']}")
    for table in ANSWERED
    for row in table
    for question, cell in row.items()
    if question != "who"
]


@pytest.mark.parametrize(("who", "question", "cell"), [c for c in CELLS if not QUESTIONS[c.values[1]].otherwise])
async def test_the_cell_is_true(asked: Asked, who: str, question: str, cell: str) -> None:
    assert await asked.outcome(who, QUESTIONS[question]) == cell


@pytest.mark.parametrize(("who", "question", "cell"), [c for c in CELLS if QUESTIONS[c.values[1]].otherwise])
async def test_the_cell_is_true_where_the_tenant_says_otherwise(
    otherwise: Asked, who: str, question: str, cell: str
) -> None:
    assert await otherwise.outcome(who, QUESTIONS[question]) == cell


def test_every_table_asks_everybody_in_one_order_anonymous_first() -> None:
    assert next(iter(WHO)) == "anonymous"
    for table in ANSWERED:
        assert [row["who"] for row in table] == list(WHO)


def test_every_question_is_in_one_table_and_told_above_it() -> None:
    asked = [question for table in ANSWERED for question in table[0] if question != "who"]
    assert sorted(asked) == sorted(QUESTIONS)
    assert sorted(re.findall(r"^- \*\*(.+?)\*\*: ", TEXT, re.MULTILINE)) == sorted(asked)


def test_every_word_of_a_cell_that_is_no_name_is_told_in_the_legend() -> None:
    told = {word for row in LEGEND for word in re.findall(r"`(\w+)`", row["a cell says"])}
    cells = {cell for table in ANSWERED for row in table for question, cell in row.items() if question != "who"}
    assert told <= cells
    assert {cell for cell in cells if re.fullmatch("[A-Z_]{5,}", cell)} - {"FEMALE"} <= told


async def test_a_good_token_of_another_tenant_sees_nothing_of_this_one(asked: Asked, database: Database) -> None:
    """The other tenant has places of the same codes, and no students."""
    places = [row for row in asked.world.rows if isinstance(row, (Tenant, District, School))]
    await database.run(lambda session: store(session, *(copy_of(row) for row in places)))
    other = open_tenant(database)
    for who in ("teacher", "site educator", "district coordinator", "state administrator"):
        for question, nothing in (("Ana", "hidden"), ("Math by id", "hidden"), ("Students", "none")):
            document, given = QUESTIONS[question].document, QUESTIONS[question].given(asked.world)
            answer = await ask(other, asked.world.viewer(who), document, **given)
            assert (answer.errors, QUESTIONS[question].cell(answer.data)) == ([], nothing)


def copy_of(row: Base) -> Base:
    """A row with the same columns, for another database."""
    return type(row)(**{column.name: getattr(row, column.name) for column in row.__table__.columns})
