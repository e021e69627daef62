"""What would lead around the gate is not written where questions are answered."""

import ast

import pytest

from tests.house.tree import ROOT, files, place, tree

CALLS = {"text", "literal_column", "from_statement", "exec_driver_sql"}
ATTRIBUTES = {"__table__", "reader", "exec_driver_sql", "from_statement"}


def ways_around(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=names):
            return any(alias.name in CALLS for alias in names)
        case ast.Call(func=ast.Name(id=name)):
            return name in CALLS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in CALLS | {"connection"}
        case ast.Attribute(value=ast.Attribute(attr="metadata") | ast.Name(id="metadata"), attr="tables"):
            return True
        case ast.Attribute(attr=name):
            return name in ATTRIBUTES
    return False


def spots(*places: str) -> list[str]:
    return [place(path, node) for path in files(*places) for node in ast.walk(tree(path)) if ways_around(node)]


def test_schema_resolvers_and_server_hold_no_way_around_the_gate() -> None:
    assert spots("schema", "resolvers", "server", "sign_on", "sandbox", "pages", "watch") == []


def test_nobody_who_enters_data_writes_sql_text() -> None:
    found = [
        place(path, node)
        for path in files("seeds", "ingest")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom | ast.Import) and any(alias.name in CALLS for alias in node.names)
    ]
    assert found == []


def test_only_the_gate_asks_for_the_reader() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in files(
            *(
                "server",
                "sign_on",
                "sandbox",
                "pages",
                "cli",
                "commands",
                "watch",
                "schema",
                "resolvers",
                "policies",
                "seeds",
                "ingest",
            ),
            "migrations",
        )
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "reader" and ast.unparse(node) != "csv.reader"
    }
    assert readers <= {"policies/gate.py"}


@pytest.mark.parametrize(
    "code",
    [
        "text('SELECT 1')",
        "sqlalchemy.text('SELECT 1')",
        "from sqlalchemy import text as sql",
        "literal_column('1')",
        "select(Result).from_statement(query)",
        "session.connection()",
        "Result.__table__",
        "Base.metadata.tables['result']",
        "database.reader.fetch(sql, ())",
        "connection.exec_driver_sql('SELECT 1')",
    ],
)
def test_each_way_around_is_recognised(code: str) -> None:
    assert any(ways_around(node) for node in ast.walk(ast.parse(code)))
