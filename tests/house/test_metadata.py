"""The data rules of the design hold for every table, so that a tenant can be spread by district."""

import pytest
from sqlalchemy import BigInteger, ForeignKeyConstraint, Integer, String, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql

from models import Base

TABLES = Base.metadata.sorted_tables
REFERENCE_WITH_A_DISTRICT_IN_ITS_KEY = {"availability"}
DISTRIBUTED = [
    table
    for table in TABLES
    if "district_id" in table.primary_key.columns and table.name not in REFERENCE_WITH_A_DISTRICT_IN_ITS_KEY
]

every_table = pytest.mark.parametrize("table", TABLES, ids=str)
every_distributed_table = pytest.mark.parametrize("table", DISTRIBUTED, ids=str)


def test_results_and_groups_are_distributed() -> None:
    assert {table.name for table in DISTRIBUTED} >= {
        "result", "sub_score", "trait_score", "target_score", "item_response", "student_group"
    }  # fmt: skip
    assert {table.name for table in TABLES if table.name.startswith("group_")} <= {table.name for table in DISTRIBUTED}


@every_distributed_table
def test_keys_of_a_distributed_table_begin_with_the_district(table: Table) -> None:
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    unique_indexes = [index for index in table.indexes if index.unique]
    for key in (table.primary_key, *unique, *unique_indexes):
        assert next(iter(key.columns)).name == "district_id", key


@every_distributed_table
def test_references_between_distributed_tables_say_the_same_district(table: Table) -> None:
    for key in table.constraints:
        if isinstance(key, ForeignKeyConstraint) and key.referred_table in DISTRIBUTED:
            first = key.elements[0]
            assert (first.parent.name, first.column.name) == ("district_id", "district_id"), key


@every_table
def test_identifiers_have_64_bits(table: Table) -> None:
    """On PostgreSQL; every integer of SQLite has 64."""
    for column in table.columns:
        if column.name == "id" or (column.name.endswith("_id") and isinstance(column.type, Integer)):
            assert isinstance(column.type, BigInteger), column


@every_table
def test_no_key_numbers_itself_and_none_is_emptied(table: Table) -> None:
    assert table.autoincrement_column is None
    assert [key for key in table.foreign_keys if "SET" in f"{key.ondelete} {key.onupdate}"] == []


@every_table
def test_text_compares_by_bytes(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, String) and type(column.type) is String:
            assert 'COLLATE "C"' in column.type.compile(dialect=postgresql.dialect()), column


def test_nothing_is_loaded_by_touching_an_attribute() -> None:
    relations = [relation for mapper in Base.registry.mappers for relation in mapper.relationships]
    assert [str(relation) for relation in relations if relation.lazy != "raise"] == []
